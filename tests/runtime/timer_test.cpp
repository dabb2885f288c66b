// tests/runtime/timer_test.cpp
// Goal    A timer sends once its time has come and never early; one cancelled in time never sends;
//         what an actor set for itself ends with it; nothing stays behind.
// Method  A stepped system with virtual time for what is exact; threads for who wakes whom.
#include <gtest/gtest.h>

#include <stet/runtime/timer.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "runtime/samples.hpp"
#include "support/scale.hpp"

namespace stet::test::timer_test {

using namespace std::chrono_literals;
using Times = std::vector<std::chrono::nanoseconds>;

struct Tick {
  std::shared_ptr<int> keeps = nullptr;
};
struct Begin {};
struct Halt {};

// Writes down when it is ticked.
class Listener : public Actor<Listener> {
 public:
  explicit Listener(Times& times) : times_(times) {}
  void handle(const Tick&) { times_.push_back(now()); }
  void handle(Begin) {
    static_cast<void>(send_after<Tick>(self(), 50ms));
    timer_ = send_every<Tick>(self(), 20ms);
  }
  void handle(Halt) { timer_.cancel(); }

 private:
  Times& times_;
  Timer timer_;
};

TEST(Timer, SendsOnceWhenItsTimeHasCome) {
  Times times;
  System system(stepped());
  const auto listener = system.spawn<Listener>(times);
  const Timer timer = send_after<Tick>(listener, 10ms);
  EXPECT_TRUE(timer.is_pending());
  system.advance(9'999'999ns);
  system.run_until_idle();
  EXPECT_TRUE(times.empty()) << "early";
  system.advance(1ns);
  EXPECT_FALSE(timer.is_pending());
  system.run_until_idle();
  EXPECT_EQ(times, Times{10ms});
  system.advance(1h);
  system.run_until_idle();
  EXPECT_EQ(times.size(), 1U);
}

TEST(Timer, CancelledInTimeItNeverSendsAndKeepsNothing) {
  Times times;
  System system(stepped());
  const auto listener = system.spawn<Listener>(times);
  const auto kept = std::make_shared<int>(1);
  Timer timer = send_after<Tick>(listener, 10ms, kept);
  EXPECT_EQ(kept.use_count(), 2);
  EXPECT_TRUE(timer.cancel());
  EXPECT_EQ(kept.use_count(), 1) << "a cancelled timer keeps its message";
  EXPECT_FALSE(timer.cancel()) << "cancelled twice";
  system.advance(1s);
  system.run_until_idle();
  EXPECT_TRUE(times.empty());
  Timer late = send_after<Tick>(listener, 1ms);
  system.advance(1ms);
  EXPECT_FALSE(late.cancel()) << "its message is on its way";
  EXPECT_FALSE(Timer().cancel());
}

TEST(Timer, SendsAgainAndAgainWithoutDrift) {
  Times times;
  System system(stepped());
  const auto listener = system.spawn<Listener>(times);
  listener.send<Begin>();
  system.run_until_idle();
  for (int step = 0; step < 100; ++step) {
    system.advance(1ms);
    system.run_until_idle();
  }
  EXPECT_EQ(times, (Times{20ms, 40ms, 50ms, 60ms, 80ms, 100ms}));
  listener.send<Halt>();
  system.run_until_idle();
  system.advance(1s);
  system.run_until_idle();
  EXPECT_EQ(times.size(), 6U);
}

TEST(Timer, OfAnActorForItselfEndsWithIt) {
  Times times;
  std::size_t dead = 0;
  SystemOptions options = stepped();
  options.dead_letters = [&](const DeadLetter&) { ++dead; };
  System system(std::move(options));
  const auto listener = system.spawn<Listener>(times);
  listener.send<Begin>();
  listener.stop();
  system.run_until_idle();
  system.advance(1s);
  system.run_until_idle();
  EXPECT_TRUE(times.empty());
  EXPECT_EQ(dead, 0U) << "its own timers should have gone with it";
  static_cast<void>(send_after<Tick>(listener, 1ms));
  system.advance(1ms);
  EXPECT_EQ(dead, 1U) << "one set by others is not lost silently";
}

TEST(Timer, StillPendingWhenTheSystemGoesKeepsNothing) {
  const auto kept = std::make_shared<int>(1);
  Times times;
  Timer survivor;
  {
    System system(stepped());
    const auto listener = system.spawn<Listener>(times);
    survivor = send_after<Tick>(listener, 1h, kept);
    static_cast<void>(send_every<Tick>(listener, 1h, kept));
    EXPECT_EQ(kept.use_count(), 3);
  }
  EXPECT_EQ(kept.use_count(), 1);
  EXPECT_FALSE(survivor.cancel());
}

// --- With threads.

class Clock : public Actor<Clock> {
 public:
  explicit Clock(std::atomic<std::int64_t>& late) : late_(late) {}
  void handle(std::chrono::nanoseconds due) {
    // release: pairs with the test's acquire.
    late_.store((now() - due).count(), std::memory_order_release);
  }
  void handle(Begin) { std::this_thread::sleep_for(300ms); }

 private:
  std::atomic<std::int64_t>& late_;
};

std::int64_t await(const std::atomic<std::int64_t>& value, std::int64_t none) {
  const auto give_up = std::chrono::steady_clock::now() + 20s;
  while (value.load(std::memory_order_acquire) == none &&
         std::chrono::steady_clock::now() < give_up) {
    std::this_thread::sleep_for(1ms);
  }
  return value.load(std::memory_order_acquire);
}

TEST(Timer, SetByTheHostWakesASleepingPool) {
  SystemOptions options;
  options.workers = 2;
  System system(std::move(options));
  std::atomic<std::int64_t> late{-1};
  const auto clock = system.spawn<Clock>(late);
  std::this_thread::sleep_for(20ms);  // Both workers sleep, without a timeout.
  static_cast<void>(send_after<std::chrono::nanoseconds>(clock, 1h, system.now()));
  static_cast<void>(send_after<std::chrono::nanoseconds>(clock, 30ms, system.now() + 30ms));
  EXPECT_GE(await(late, -1), 0) << "early, or never";
}

// While one worker is in a long turn, another sees to its timers.
TEST(Timer, OfABusyWorkerIsNotLateByALongTurn) {
  SystemOptions options;
  options.workers = 2;
  System system(std::move(options));
  std::atomic<std::int64_t> late{-1};
  class Setter : public Actor<Setter> {
   public:
    explicit Setter(Address<Clock> clock) : clock_(std::move(clock)) {}
    void handle(Begin) {
      static_cast<void>(send_after<std::chrono::nanoseconds>(clock_, 20ms, now() + 20ms));
      std::this_thread::sleep_for(2s);
    }

   private:
    Address<Clock> clock_;
  };
  const auto setter = system.spawn<Setter>(system.spawn<Clock>(late));
  setter.send<Begin>();
  EXPECT_GE(await(late, -1), 0) << "early, or never";
  EXPECT_LT(late.load(), 1'500'000'000) << "it waited for the end of the turn";
}

// Each timer sends or was cancelled, never both, never neither.
TEST(Timer, RacesBetweenCancelAndTimeHaveOneWinner) {
  class Counting : public Actor<Counting> {
   public:
    explicit Counting(std::atomic<int>& count) : count_(count) {}
    // relaxed: read after shutdown.
    void handle(const Tick&) { count_.fetch_add(1, std::memory_order_relaxed); }

   private:
    std::atomic<int>& count_;
  };
  SystemOptions options;
  options.workers = 2;
  std::atomic<int> sent{0};
  std::atomic<int> cancelled{0};
  const int count = static_cast<int>(scaled(20'000));
  {
    System system(std::move(options));
    const auto counting = system.spawn<Counting>(sent);
    std::vector<std::thread> hosts;
    for (int host = 0; host < 3; ++host) {
      hosts.emplace_back([&] {
        std::vector<Timer> timers;
        for (int each = 0; each < count; ++each) {
          timers.push_back(send_after<Tick>(counting, std::chrono::microseconds(each % 300)));
          if (timers.size() < 64) continue;
          for (Timer& timer : timers) cancelled += timer.cancel() ? 1 : 0;
          timers.clear();
        }
        for (Timer& timer : timers) cancelled += timer.cancel() ? 1 : 0;
      });
    }
    for (std::thread& host : hosts) host.join();
    ASSERT_TRUE(system.shutdown(20s));
  }
  EXPECT_EQ(sent.load() + cancelled.load(), 3 * count);
  EXPECT_GT(cancelled.load(), 0);
}

TEST(Timer, AMillionPendingCostNothingButMemory) {
  Times times;
  System system(stepped());
  const auto listener = system.spawn<Listener>(times);
  const std::size_t count = scaled(1'000'000);
  std::vector<Timer> timers(count);
  for (std::size_t each = 0; each < count; ++each) {
    timers[each] = send_after<Tick>(listener, 1h + std::chrono::microseconds(each));
  }
  system.advance(59min);
  for (std::size_t each = 1; each < count; ++each) EXPECT_TRUE(timers[each].cancel());
  system.advance(1h);
  system.run_until_idle();
  EXPECT_EQ(times.size(), 1U);
}

}  // namespace stet::test::timer_test
