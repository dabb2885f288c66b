// tests/runtime/own_thread_test.cpp
// Goal    An actor on its own thread blocks nobody, is woken by time, and ends with its thread.
// Method  Real threads; /proc for what is left of them.
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "runtime/samples.hpp"

namespace stet::test::own_thread_test {

const SpawnOptions own{.runs_on = RunsOn::own_thread};

// Ours only: a sanitizer starts threads of its own when it likes.
std::size_t threads_of_stet() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(entry.path() / "comm"), name);
    if (name.starts_with("stet-")) ++count;
  }
  return count;
}

TEST(OwnThread, RunsEveryTurnOnOneNamedThreadThatTakesNoSignals) {
  System system(with_workers(1));
  const auto runner = system.spawn_with<Runner>(own);
  std::set<std::thread::id> threads;
  std::string name(16, '\0');
  sigset_t mask;
  sigemptyset(&mask);
  std::atomic<int> runs{0};
  for (int i = 0; i < 10; ++i) {
    runner.send<Do>([&](ActorBase&) {
      threads.insert(std::this_thread::get_id());
      pthread_getname_np(pthread_self(), name.data(), name.size());
      pthread_sigmask(SIG_SETMASK, nullptr, &mask);
      ++runs;
    });
    ASSERT_TRUE(eventually([&] { return runs == i + 1; }));
  }
  EXPECT_EQ(threads.size(), 1U);
  EXPECT_EQ(threads.count(std::this_thread::get_id()), 0U);
  EXPECT_STREQ(name.c_str(), "stet-own");
  EXPECT_EQ(sigismember(&mask, SIGTERM), 1);
  EXPECT_EQ(sigismember(&mask, SIGPROF), 1);
}

TEST(OwnThread, ThatBlocksKeepsNobodyWaiting) {
  System system(with_workers(1));
  const auto blocker = system.spawn_with<Runner>(own);
  const auto counter = system.spawn<Counter>();
  std::atomic<bool> go{false};
  blocker.send<Do>([&](ActorBase&) {
    while (!go) std::this_thread::sleep_for(1ms);
  });
  counter.send<Add>(1);
  EXPECT_EQ(counter.ask<Read>().get(patience).value(), 1);
  EXPECT_FALSE(system.is_quiet());
  go = true;
}

class Batcher : public Actor<Batcher> {
 public:
  explicit Batcher(std::atomic<int>& flushed) : flushed_(flushed) {}
  void handle(Add message) { sum_ += static_cast<int>(message.amount); }
  void on_drained() { flushed_ += std::exchange(sum_, 0); }

 private:
  int sum_ = 0;
  std::atomic<int>& flushed_;
};

TEST(OwnThread, TellsWhenTheMailIsHandledAlsoBeforeItEnds) {
  std::atomic<int> flushed{0};
  System system(with_workers(1));
  const auto batcher = system.spawn_with<Batcher>(own, flushed);
  for (int i = 0; i < 1000; ++i) batcher.send<Add>(1);
  ASSERT_TRUE(eventually([&] { return flushed == 1000; }));
  batcher.send<Add>(1);
  batcher.stop();
  ASSERT_TRUE(eventually([&] { return !batcher.is_alive(); }));
  EXPECT_EQ(flushed, 1001);
}

class Alarm : public Actor<Alarm> {
 public:
  explicit Alarm(std::atomic<int>& rings) : rings_(rings) {}
  void handle(Add message) { wake_at(now() + std::chrono::milliseconds(message.amount)); }
  void on_wake() { ++rings_; }

 private:
  std::atomic<int>& rings_;
};

TEST(OwnThread, WakesTheActorOnceAtItsTime) {
  std::atomic<int> rings{0};
  System system(with_workers(1));
  const auto alarm = system.spawn_with<Alarm>(own, rings);
  const auto began = std::chrono::steady_clock::now();
  alarm.send<Add>(30);
  ASSERT_TRUE(eventually([&] { return rings == 1; }));
  EXPECT_GE(std::chrono::steady_clock::now() - began, 30ms);
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(rings, 1);
  alarm.send<Add>(0);
  EXPECT_TRUE(eventually([&] { return rings == 2; }));
}

TEST(OwnThread, ReplacesAnEarlierTime) {
  std::atomic<int> rings{0};
  System system(with_workers(1));
  const auto alarm = system.spawn_with<Alarm>(own, rings);
  alarm.send<Add>(3'600'000);
  alarm.send<Add>(1);
  EXPECT_TRUE(eventually([&] { return rings == 1; }));
}

TEST(OwnThread, IsWokenByTimeWhileMailKeepsComing) {
  std::atomic<int> rings{0};
  System system(with_workers(1));
  const auto alarm = system.spawn_with<Alarm>(own, rings);
  for (int i = 0; i < 200; ++i) {
    alarm.send<Add>(i % 2);
    std::this_thread::sleep_for(100us);
  }
  EXPECT_TRUE(eventually([&] { return rings >= 1; }));
}

TEST(OwnThread, OfThePoolCannotBeAskedToWake) {
  System system(with_workers(1));
  const auto runner = system.spawn<Runner>();
  std::optional<bool> answer;
  std::atomic<bool> done{false};
  runner.send<Do>([&](ActorBase& self) {
    answer = static_cast<Runner&>(self).wake_at(1s);
    done = true;
  });
  ASSERT_TRUE(eventually([&] { return done.load(); }));
  EXPECT_EQ(answer, false);
}

class WakesEarly : public Actor<WakesEarly> {
 public:
  explicit WakesEarly(std::optional<bool>& answer) { answer = wake_at(now()); }
  void on_wake() {}
};

TEST(OwnThread, CannotBeAskedToWakeByAConstructorThatRunsElsewhere) {
  System system(with_workers(1));
  std::optional<bool> answer;
  const auto actor = system.spawn_with<WakesEarly>(own, answer);
  EXPECT_EQ(answer, false);
}

TEST(OwnThread, ServiceStopsAfterTheOthers) {
  std::vector<int> order;
  std::mutex mutex;
  struct Farewell {
    std::vector<int>* order;
    std::mutex* mutex;
    int number;
    Farewell(std::vector<int>* o, std::mutex* m, int n) : order(o), mutex(m), number(n) {}
    Farewell(const Farewell&) = delete;
    ~Farewell() {
      const std::lock_guard lock(*mutex);
      order->push_back(number);
    }
  };
  class Last : public Actor<Last> {
   public:
    Last(std::vector<int>& o, std::mutex& m, int n) : farewell_(&o, &m, n) {}
    void handle(Add) {}

   private:
    Farewell farewell_;
  };
  {
    System system(with_workers(2));
    const SpawnOptions service{.name = {}, .runs_on = RunsOn::own_thread, .service = true};
    const auto one = system.spawn_with<Last>(service, order, mutex, 100);
    std::vector<Address<Last>> others;
    for (int i = 0; i < 20; ++i) {
      others.push_back(system.spawn_with<Last>(
          {.runs_on = i % 2 == 0 ? RunsOn::pool : RunsOn::own_thread}, order, mutex, i));
      others.back().send<Add>();
    }
    EXPECT_TRUE(system.shutdown(patience));
  }
  ASSERT_EQ(order.size(), 21U);
  EXPECT_EQ(order.back(), 100);
}

TEST(OwnThread, EndsWithItsActor) {
  System system(with_workers(1));
  const std::size_t before = threads_of_stet();
  for (int i = 0; i < 20; ++i) {
    const auto runner = system.spawn_with<Runner>(own);
    runner.stop();
    ASSERT_TRUE(eventually([&] { return !runner.is_alive(); }));
  }
  EXPECT_TRUE(eventually([&] { return threads_of_stet() <= before; }));
}

TEST(OwnThread, IsGoneWhenTheSystemIs) {
  const std::size_t before = threads_of_stet();
  for (int i = 0; i < 20; ++i) {
    Address<Counter> kept;
    {
      System system(with_workers(1));
      for (int k = 0; k < 4; ++k) kept = system.spawn_with<Counter>(own);
      kept.send<Add>(1);
    }
    // A joined thread may be listed for a moment more.
    ASSERT_TRUE(eventually([&] { return threads_of_stet() == before; }));
  }
}

TEST(OwnThread, KeepsItsCountsWhenItIsGone) {
  System system(with_workers(1));
  for (int i = 0; i < 5; ++i) {
    const auto counter = system.spawn_with<Counter>(own);
    counter.send<Add>(1);
    ASSERT_TRUE(counter.ask<Read>().get(patience));
    counter.stop();
    ASSERT_TRUE(eventually([&] { return !counter.is_alive(); }));
  }
  ASSERT_TRUE(eventually([&] { return system.is_quiet(); }));
  EXPECT_EQ(system.counters().messages, 15U);
}

}  // namespace stet::test::own_thread_test
