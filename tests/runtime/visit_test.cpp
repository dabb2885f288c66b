// tests/runtime/visit_test.cpp
// Goal    A handler that throws stops its own actor and nothing else.
// Method  Stepped for the words; workers to see that others go on.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "runtime/samples.hpp"

namespace stet::test::visit_test {

struct Explode {
  using Reply = int;
  bool standard;
};
class Bomb : public Actor<Bomb> {
 public:
  explicit Bomb(Address<Counter> counter) : counter_(std::move(counter)) {}
  int handle(Explode message) {
    counter_.send<Add>(1);
    if (message.standard) throw std::runtime_error("boom");
    throw 17;
  }

 private:
  Address<Counter> counter_;
};

TEST(Visit, OfAThrowingHandlerStopsTheActorAndTellsWhoAsked) {
  for (const bool standard : {false, true}) {
    std::string logged;
    SystemOptions options = stepped();
    options.log = [&](LogLevel level, std::string_view, std::string_view text) {
      EXPECT_EQ(level, LogLevel::error);
      logged.append(text);
    };
    System system(options);
    const auto counter = system.spawn<Counter>();
    const auto bomb = system.spawn_with<Bomb>({.name = "red wire"}, counter);
    EXPECT_EQ(bomb.ask<Explode>(standard).get(1s).error(), Errc::handler_threw);
    EXPECT_FALSE(bomb.is_alive());
    EXPECT_EQ(system.counters().throws, 1U);
    EXPECT_EQ(counter.ask<Read>().get(1s).value(), 1) << "what it had sent stays sent";
    EXPECT_NE(logged.find("Bomb red wire"), std::string::npos) << logged;
    EXPECT_NE(logged.find("Explode"), std::string::npos) << logged;
    if (standard) {
      EXPECT_NE(logged.find("boom"), std::string::npos) << logged;
    }
  }
}

TEST(Visit, OfAThrowingHandlerSendsTheRestOfTheMailToTheDeadLetters) {
  System system(stepped());
  const auto counter = system.spawn<Counter>();
  counter.send<Throw>();
  counter.send<Add>(1);
  counter.send<Add>(1);
  EXPECT_EQ(counter.ask<Read>().get(1s).error(), Errc::receiver_gone);
  EXPECT_EQ(system.counters().dead_letters, 3U);
}

TEST(Visit, OfAThrowingHandlerLeavesTheOthersRunning) {
  System system(with_workers(2));
  std::vector<Address<Counter>> counters;
  for (int i = 0; i < 100; ++i) counters.push_back(system.spawn<Counter>());
  for (int i = 0; i < 100; ++i) {
    auto& counter = counters[static_cast<std::size_t>(i)];
    counter.send<Add>(1);
    if (i % 2 == 0) counter.send<Throw>();
    counter.send<Add>(1);
  }
  for (int i = 0; i < 100; ++i) {
    const auto answer = counters[static_cast<std::size_t>(i)].ask<Read>().get(patience);
    if (i % 2 == 0) {
      EXPECT_EQ(answer.error(), Errc::receiver_gone);
    } else {
      EXPECT_EQ(answer.value(), 2);
    }
  }
  EXPECT_EQ(system.counters().throws, 50U);
}

class ThrowsWhenDrained : public Actor<ThrowsWhenDrained> {
 public:
  void handle(Add) {}
  void on_drained() { throw std::runtime_error("drained"); }
};

TEST(Visit, OfAThrowingHookStopsTheActor) {
  System system(stepped());
  const auto actor = system.spawn<ThrowsWhenDrained>();
  actor.send<Add>();
  system.run_until_idle();
  EXPECT_FALSE(actor.is_alive());
}

TEST(Visit, EndsWithTheTurnThatStoppedTheActor) {
  System system(stepped());
  const auto runner = system.spawn<Runner>();
  int after = 0;
  runner.send<Do>([](ActorBase& self) { static_cast<Runner&>(self).stop(); });
  runner.send<Do>([&](ActorBase&) { ++after; });
  system.run_until_idle();
  EXPECT_FALSE(runner.is_alive());
  EXPECT_EQ(after, 0);
}

// A worker leaves a busy actor after turn_messages messages, so that others get their turn.
TEST(Visit, IsBoundedByTheTurnLimit) {
  SystemOptions options = with_workers(1);
  options.turn_messages = 10;
  System system(options);
  std::vector<int> out;
  const auto busy = system.spawn<Runner>();
  const auto other = system.spawn<Recorder>(out);
  std::atomic<bool> go{false};
  std::atomic<bool> done{false};
  busy.send<Do>([&](ActorBase&) {
    while (!go) std::this_thread::yield();
  });
  for (int i = 0; i < 2000; ++i) {
    busy.send<Do>([&out, i](ActorBase&) { out.push_back(i); });
  }
  other.send<Number>(-1);
  busy.send<Do>([&](ActorBase&) { done = true; });
  go = true;
  ASSERT_TRUE(eventually([&] { return done.load(); }));
  ASSERT_TRUE(system.shutdown(patience));
  const auto at = std::find(out.begin(), out.end(), -1) - out.begin();
  // The injector may be looked at after 61 visits only; without a bound it would come last.
  EXPECT_LT(at, 1000);
}

}  // namespace stet::test::visit_test
