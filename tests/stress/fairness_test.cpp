// tests/stress/fairness_test.cpp
// Goal    Whoever keeps a worker busy without end (a flooded actor, two that play ping-pong, one that
//         sends to itself) starves nobody: not other actors, timers, stops, or threads outside.
// Method  One and two workers; a load that goes on until the one that must not starve was heard. Only a
//         hang fails, and a bound on how much the load may do meanwhile.
#include <gtest/gtest.h>

#include <functional>

#include <stet/runtime/timer.hpp>

#include "runtime/samples.hpp"

namespace stet::test::fairness_test {

struct Ball {};

class Player : public Actor<Player> {
 public:
  explicit Player(std::atomic<bool>& over) : over_(over) {}
  void handle(Address<Player> other) { other_ = std::move(other); }
  void handle(Ball) {
    if (over_.load(std::memory_order_relaxed)) {  // relaxed: only an end.
      other_ = {};
      return;
    }
    if (other_) other_.send<Ball>();
  }

 private:
  std::atomic<bool>& over_;
  Address<Player> other_;
};

// Who keeps each worker busy, until it is over.
enum class Load { to_itself, ping_pong, flood };

void keep_busy(System& system, Load load, unsigned workers, std::atomic<bool>& over) {
  for (unsigned i = 0; i < workers; ++i) {
    const auto one = system.spawn<Player>(over);
    const auto two = load == Load::ping_pong ? system.spawn<Player>(over) : one;
    one.send(two);
    if (load == Load::ping_pong) two.send(one);
    // The flood: so much mail that one visit, or a hundred, do not see its end.
    const int balls = load == Load::flood ? 20'000 : 1;
    for (int ball = 0; ball < balls; ++ball) one.send<Ball>();
  }
}

template <class Body>
void under_each_load(Body&& body) {
  for (const unsigned workers : {1U, 2U}) {
    for (const Load load : {Load::to_itself, Load::ping_pong, Load::flood}) {
      SCOPED_TRACE(testing::Message() << workers << " workers, load " << static_cast<int>(load));
      std::atomic<bool> over{false};
      System system(with_workers(workers));
      keep_busy(system, load, workers, over);
      body(system);
      over = true;
      ASSERT_TRUE(system.shutdown(patience).has_value());
    }
  }
}

TEST(Fairness, OtherActorsAreServed) {
  under_each_load([](System& system) {
    std::atomic<int> rounds{0};
    const auto one = system.spawn<Runner>();
    const auto two = system.spawn<Runner>();
    std::function<void(ActorBase&)> ping;
    std::function<void(ActorBase&)> pong;
    ping = [&](ActorBase&) {
      if (++rounds < 200) two.send<Do>(pong);
    };
    pong = [&](ActorBase&) { one.send<Do>(ping); };
    one.send<Do>(ping);
    ASSERT_TRUE(eventually([&] { return rounds == 200; }));
  });
}

TEST(Fairness, ThreadsOutsideAreServed) {
  under_each_load([](System& system) {
    const auto counter = system.spawn<Counter>(1);
    for (int i = 0; i < 100; ++i) {
      ASSERT_EQ(counter.ask<Read>().get(patience).value(), 1);
    }
  });
}

TEST(Fairness, TimersFire) {
  under_each_load([](System& system) {
    std::atomic<int> ticks{0};
    const auto clock = system.spawn<Runner>();
    Timer timer = send_every<Do>(clock, 1ms, [&](ActorBase&) { ++ticks; });
    ASSERT_TRUE(eventually([&] { return ticks >= 20; }));
    timer.cancel();
    // One set inside a turn lies with the worker that is busy.
    std::atomic<bool> rang{false};
    clock.send<Do>([&](ActorBase&) {
      static_cast<void>(send_after<Do>(clock, 1ms, [&](ActorBase&) { rang = true; }));
    });
    ASSERT_TRUE(eventually([&] { return rang.load(); }));
    // No turn may still see what ends here.
    ASSERT_TRUE(eventually([&] { return !timer.is_pending(); }));
    clock.stop();
    ASSERT_TRUE(eventually([&] { return !clock.is_alive(); }));
  });
}

TEST(Fairness, SystemMessagesReachWhoIsFlooded) {
  for (const unsigned workers : {1U, 2U}) {
    System system(with_workers(workers));
    const auto flooded = system.spawn<Runner>();
    std::atomic<bool> over{false};
    std::function<void(ActorBase&)> twice;
    std::atomic<int> waiting{1};
    // Always more mail than it handles, up to a bound for the test's memory.
    twice = [&](ActorBase&) {
      --waiting;
      while (!over && waiting < 5'000) {
        ++waiting;
        flooded.send<Do>(twice);
      }
    };
    flooded.send<Do>(twice);
    ASSERT_TRUE(eventually([&] { return waiting >= 4'000; }));
    flooded.stop_now();
    ASSERT_TRUE(eventually([&] { return !flooded.is_alive(); }));
    over = true;
    ASSERT_TRUE(system.shutdown(patience).has_value());
  }
}

// Of those that have not run yet the newest come first, but the oldest comes too.
TEST(Fairness, ANewActorIsServedWhileNewerOnesKeepComing) {
  System system(with_workers(1));
  std::atomic<bool> served{false};
  const auto maker = system.spawn<Runner>();
  std::function<void(ActorBase&)> make_more;
  // Two a turn: one runs next, and of the others the newest is taken; as many come as go.
  make_more = [&](ActorBase&) {
    if (served) return;
    for (int i = 0; i < 2; ++i) {
      system.spawn<Runner>().send<Do>([](ActorBase& actor) { static_cast<Runner&>(actor).stop(); });
    }
    maker.send<Do>(make_more);
  };
  maker.send<Do>([&](ActorBase& actor) {
    system.spawn<Runner>().send<Do>([](ActorBase&) {});
    system.spawn<Runner>().send<Do>([&](ActorBase&) { served = true; });
    make_more(actor);
  });
  EXPECT_TRUE(eventually([&] { return served.load(); }));
  served = true;
  ASSERT_TRUE(system.shutdown(patience).has_value());
}

// In numbers, where time plays no part: whoever is ready is served within a few visits of others.
TEST(Fairness, ReadyActorWaitsForABoundedAmountOfOthersMail) {
  std::atomic<bool> over{false};
  std::atomic<std::uint64_t> served{0};
  std::atomic<std::uint64_t> worst{0};
  std::atomic<std::uint64_t> balls{0};
  System system(with_workers(1));
  const auto hot = system.spawn<Runner>();
  std::function<void(ActorBase&)> again;
  again = [&](ActorBase&) {
    ++balls;
    if (!over) hot.send<Do>(again);
  };
  const auto other = system.spawn<Runner>();
  std::uint64_t at_last = 0;
  std::function<void(ActorBase&)> serve;
  serve = [&](ActorBase&) {
    const std::uint64_t now = balls;
    if (served != 0) worst = std::max<std::uint64_t>(worst, now - at_last);
    at_last = now;
    if (++served < 1'000) other.send<Do>(serve);
  };
  for (int i = 0; i < 5'000; ++i) hot.send<Do>(again);  // One snapshot of its mail has all.
  other.send<Do>(serve);
  ASSERT_TRUE(eventually([&] { return served == 1'000; }));
  over = true;
  ASSERT_TRUE(system.shutdown(patience).has_value());
  // A visit is 64 messages; the slot runs 16 visits in a row before the queue is looked at.
  EXPECT_LE(worst, 64U * 17);
}

}  // namespace stet::test::fairness_test
