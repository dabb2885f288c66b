// tests/runtime/host_loop_test.cpp
// Goal    Without workers the host's loop runs everything, is told once when there is something to
//         do, and never sleeps over an answer.
// Method  The test's thread is the loop; other threads send, answer and block.
#include <gtest/gtest.h>

#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include <stet/runtime/timer.hpp>

#include "runtime/samples.hpp"
#include "support/scale.hpp"

namespace stet::test::host_loop_test {

SystemOptions looped() {
  SystemOptions options;
  options.host_loop = true;
  options.shutdown_timeout = patience;
  return options;
}

std::size_t threads_of_this_process() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(entry.path() / "comm"), name);
    if (name.starts_with("stet-")) ++count;
  }
  return count;
}

TEST(HostLoop, HasNoWorkerAndStartsNoThread) {
  const std::size_t before = threads_of_this_process();
  System system(looped());
  const auto counter = system.spawn<Counter>();
  counter.send<Add>(1);
  EXPECT_EQ(system.workers(), 0U);
  EXPECT_EQ(threads_of_this_process(), before);
}

TEST(HostLoop, RunsOneMessageAtATime) {
  System system(looped());
  std::vector<int> seen;
  const auto recorder = system.spawn<Recorder>(seen);
  for (int i = 0; i < 3; ++i) recorder.send<Number>(i);
  EXPECT_TRUE(seen.empty()) << "nobody has called it";
  EXPECT_TRUE(system.run_one());
  EXPECT_EQ(seen, (std::vector{0}));
  while (system.run_one()) {
  }
  EXPECT_EQ(seen, (std::vector{0, 1, 2}));
  EXPECT_TRUE(system.is_quiet());
}

TEST(HostLoop, RunsWhatIsReadyAndDoesNotWaitForMore) {
  System system(looped());
  std::vector<int> seen;
  const auto recorder = system.spawn<Recorder>(seen);
  for (int i = 0; i < 1000; ++i) recorder.send<Number>(i);
  EXPECT_GE(system.run_for(patience), 1000U);
  EXPECT_EQ(seen.size(), 1000U);
  EXPECT_EQ(system.run_for(patience), 0U);
}

// Keeps itself busy for ever.
struct Again {};
class Restless : public Actor<Restless> {
 public:
  explicit Restless(std::atomic<std::uint64_t>& turns) : turns_(turns) {}
  void handle(Again) {
    ++turns_;
    self().send<Again>();
  }

 private:
  std::atomic<std::uint64_t>& turns_;
};

TEST(HostLoop, StopsAtItsTimeAndTellsThatThereIsMore) {
  std::atomic<std::uint64_t> turns{0};
  std::atomic<int> told{0};
  System system(looped());
  system.on_ready([&] { ++told; });
  const auto restless = system.spawn<Restless>(turns);
  restless.send<Again>();
  EXPECT_EQ(told, 1);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_NE(system.run_for(5ms), 0U);
  EXPECT_GE(std::chrono::steady_clock::now() - began, 5ms);
  EXPECT_EQ(told, 2);
  restless.stop_now();
  while (system.run_for(5ms) != 0) {
  }
}

TEST(HostLoop, ServesOthersBesideOneThatKeepsItselfBusy) {
  std::atomic<std::uint64_t> turns{0};
  System system(looped());
  const auto restless = system.spawn<Restless>(turns);
  const auto other = system.spawn<Restless>(turns);
  const auto counter = system.spawn<Counter>();
  restless.send<Again>();
  other.send<Again>();
  system.run_for(1ms);
  std::thread([&] { counter.send<Add>(7); }).join();
  EXPECT_EQ(counter.ask<Read>().get(patience).value(), 7);
  restless.stop_now();
  other.stop_now();
}

TEST(HostLoop, IsToldOncePerRest) {
  std::atomic<int> told{0};
  System system(looped());
  const auto counter = system.spawn<Counter>();
  while (system.run_one()) {
  }
  system.on_ready([&] { ++told; });
  counter.send<Add>(1);
  counter.send<Add>(1);
  std::thread([&] { counter.send<Add>(1); }).join();
  EXPECT_EQ(told, 1);
  system.run_for(patience);
  EXPECT_EQ(told, 1);
  counter.send<Add>(1);
  EXPECT_EQ(told, 2);
}

TEST(HostLoop, IsToldAtOnceOfWhatCameBeforeItCared) {
  std::atomic<int> told{0};
  System system(looped());
  const auto counter = system.spawn<Counter>();
  counter.send<Add>(1);
  system.on_ready([&] { ++told; });
  EXPECT_EQ(told, 1);
}

TEST(HostLoop, RunsHandlersOnTheThreadThatPumpsOnly) {
  System system(looped());
  std::set<std::thread::id> threads;
  const auto runner = system.spawn<Runner>();
  std::atomic<bool> done{false};
  std::thread sender([&] {
    for (int i = 0; i < 100; ++i) {
      runner.send<Do>([&](ActorBase&) { threads.insert(std::this_thread::get_id()); });
    }
    done = true;
  });
  ASSERT_TRUE(eventually([&] {
    system.run_for(1ms);
    return done.load();
  }));
  sender.join();
  system.run_for(patience);
  EXPECT_EQ(threads, std::set<std::thread::id>{std::this_thread::get_id()});
}

TEST(HostLoop, AnswersItsOwnThreadThatWaits) {
  System system(looped());
  const auto counter = system.spawn<Counter>(5);
  EXPECT_EQ(counter.ask<Read>().get(patience).value(), 5);
}

TEST(HostLoop, SleepsUntilAnotherThreadAnswersTheThreadOfTheLoop) {
  System system(looped());
  const auto slow = system.spawn_with<Runner>({.runs_on = RunsOn::own_thread});
  const auto own = system.spawn_with<Counter>({.runs_on = RunsOn::own_thread}, 6);
  for (std::size_t i = 0; i < scaled(200); ++i) {
    ASSERT_EQ(own.ask<Read>().get(patience).value(), 6);
  }
}

TEST(HostLoop, AnswersAnotherThreadWhileItPumps) {
  System system(looped());
  const auto counter = system.spawn<Counter>(8);
  std::atomic<int> answers{0};
  const auto rounds = static_cast<int>(scaled(200));
  std::thread asker([&] {
    for (int i = 0; i < rounds; ++i) {
      answers += counter.ask<Read>().get(patience).value() == 8 ? 1 : 0;
    }
  });
  EXPECT_TRUE(eventually([&] {
    system.run_for(1ms);
    return answers == rounds;
  }));
  asker.join();
}

TEST(HostLoop, GivesUpAQuestionAtItsTime) {
  System system(looped());
  const auto blocked = system.nascent<Counter>();
  const auto began = std::chrono::steady_clock::now();
  const auto answer = blocked.address().ask<Read>().get(20ms);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Errc::timed_out);
  EXPECT_GE(std::chrono::steady_clock::now() - began, 20ms);
}

TEST(HostLoop, RefusesToWaitInsideATurn) {
  System system(looped());
  const auto counter = system.spawn<Counter>();
  const auto runner = system.spawn<Runner>();
  Errc code{};
  bool ran = true;
  runner.send<Do>([&](ActorBase&) {
    code = counter.ask<Read>().get(1s).error().code;
    ran = system.run_one();
  });
  system.run_for(patience);
  EXPECT_EQ(code, Errc::would_deadlock);
  EXPECT_FALSE(ran);
}

struct Rang {};
class Sleeper : public Actor<Sleeper> {
 public:
  explicit Sleeper(std::atomic<int>& rings) : rings_(rings) {}
  void handle(Add message) {
    timer_ = send_after<Rang>(self(), std::chrono::milliseconds(message.amount));
  }
  void handle(Rang) { ++rings_; }

 private:
  std::atomic<int>& rings_;
  Timer timer_;
};

TEST(HostLoop, SaysWhenItsNextTimerIsDueAndRunsItThen) {
  System system(looped());
  EXPECT_EQ(system.next_deadline(), std::chrono::nanoseconds::max());
  std::atomic<int> rings{0};
  const auto sleeper = system.spawn<Sleeper>(rings);
  sleeper.send<Add>(300);
  const auto began = system.now();
  system.run_for(patience);
  const auto due = system.next_deadline();
  EXPECT_GT(due, began);
  EXPECT_LE(due, system.now() + 300ms);
  EXPECT_EQ(rings, 0);
  EXPECT_TRUE(eventually([&] {
    std::this_thread::sleep_for(std::max(0ns, std::min(due - system.now(), 30'000'000ns)));
    system.run_for(patience);
    return rings == 1;
  }));
  EXPECT_EQ(system.next_deadline(), std::chrono::nanoseconds::max());
}

TEST(HostLoop, DrainsAndStopsAllWhenItIsShutDown) {
  std::atomic<int> alive{0};
  class Holder : public Actor<Holder> {
   public:
    explicit Holder(std::atomic<int>& count) : alive_(count) {}
    void handle(Add) {}

   private:
    Alive alive_;
  };
  System system(looped());
  std::vector<Address<Holder>> holders;
  for (int i = 0; i < 50; ++i) {
    holders.push_back(system.spawn_with<Holder>({.service = i % 2 == 0}, alive));
    holders.back().send<Add>();
  }
  EXPECT_TRUE(system.shutdown(patience));
  EXPECT_EQ(alive, 0);
  const auto late = system.spawn<Counter>();
  late.send<Add>(1);
  system.run_for(patience);
  EXPECT_FALSE(late.is_alive());
}

TEST(HostLoop, IsPumpedByItsDestructorAlsoOnAnotherThread) {
  std::vector<int> seen;
  auto system = std::make_unique<System>(looped());
  const auto recorder = system->spawn<Recorder>(seen);
  for (int i = 0; i < 100; ++i) recorder.send<Number>(i);
  std::thread([&] { system.reset(); }).join();
  EXPECT_EQ(seen.size(), 100U);
  EXPECT_FALSE(recorder.is_alive());
}

// Conservation and wake-ups: the loop sleeps on a condition that only on_ready() sets.
TEST(HostLoop, LosesNoWakeUpOfManySenders) {
  System system(looped());
  std::mutex mutex;
  std::condition_variable changed;
  bool ready = false;
  system.on_ready([&] {
    const std::lock_guard lock(mutex);
    ready = true;
    changed.notify_one();
  });
  const auto counter = system.spawn<Counter>();
  constexpr int senders = 3;
  const auto each = static_cast<std::int64_t>(scaled(20'000));
  std::atomic<std::int64_t> handled{0};
  const auto runner = system.spawn<Runner>();
  std::vector<std::thread> threads;
  for (int i = 0; i < senders; ++i) {
    threads.emplace_back([&] {
      for (std::int64_t k = 0; k < each; ++k) {
        runner.send<Do>([&](ActorBase&) { ++handled; });
        if (k % 16 == 0) std::this_thread::yield();
      }
    });
  }
  while (handled < senders * each) {
    std::unique_lock lock(mutex);
    ASSERT_TRUE(changed.wait_for(lock, patience, [&] { return ready; })) << handled;
    ready = false;
    lock.unlock();
    while (system.run_for(1ms) != 0) {
    }
  }
  for (std::thread& thread : threads) thread.join();
  system.on_ready({});
}

}  // namespace stet::test::host_loop_test
