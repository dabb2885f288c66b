// tests/runtime/ask_test.cpp
// Goal    Every question is answered exactly once, whatever happens to who was asked or who asks.
// Method  Stepped where order matters, two workers where waiting does.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/samples.hpp"

namespace stet::test::ask_test {

struct Wait {
  using Reply = std::unique_ptr<int>;
};
struct Release {
  int value;
};
struct Drop {};

// Keeps the questions it gets until it is told to answer or to drop them.
class Keeper : public Actor<Keeper> {
 public:
  void handle(Wait, Promise<Wait> answer) { kept_.push_back(std::move(answer)); }
  void handle(Release message) {
    for (auto& answer : kept_) answer.resolve(std::make_unique<int>(message.value));
    kept_.clear();
  }
  void handle(Drop) { kept_.clear(); }
  void handle(Throw) { throw std::runtime_error("on purpose"); }

 private:
  std::vector<Promise<Wait>> kept_;
};

struct AskNow {
  Address<Keeper> keeper;
};
struct Tell {
  using Reply = std::string;
};
class Asker : public Actor<Asker> {
 public:
  void handle(AskNow message) {
    message.keeper.ask<Wait>().then(*this, [this](Result<std::unique_ptr<int>> answer) {
      log_ +=
          answer ? std::to_string(*answer.value()) : std::string(to_string(answer.error().code));
      log_ += ' ';
    });
  }
  void handle(Add) { log_ += "add "; }
  std::string handle(Tell) { return log_; }

 private:
  std::string log_;
};

TEST(Ask, GetWaitsForTheAnswer) {
  System system(with_workers(2));
  const auto counter = system.spawn<Counter>(40);
  counter.send<Add>(2);
  EXPECT_EQ(counter.ask<Read>().get(patience).value(), 42);
}

TEST(Ask, GetMayWaitForEver) {
  System system(with_workers(1));
  const auto counter = system.spawn<Counter>(1);
  EXPECT_EQ(counter.ask<Read>().get(std::chrono::nanoseconds::max()).value(), 1);
}

TEST(Ask, GetOfASteppedSystemMayWaitForEver) {
  System system(stepped());
  const auto counter = system.spawn<Counter>(1);
  counter.send<Add>(1);
  EXPECT_EQ(counter.ask<Read>().get(std::chrono::nanoseconds::max()).value(), 2);
}

TEST(Ask, GetGivesUpAtItsTimeoutAndALateAnswerHurtsNobody) {
  System system(with_workers(2));
  const auto keeper = system.spawn<Keeper>();
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(keeper.ask<Wait>().get(20ms).error(), Errc::timed_out);
  EXPECT_GE(std::chrono::steady_clock::now() - before, 20ms);
  EXPECT_EQ(keeper.ask<Wait>().get(0ms).error(), Errc::timed_out);
  keeper.send<Release>(1);
  EXPECT_EQ(keeper.ask<Wait>().get(1ms).error(), Errc::timed_out);
}

TEST(Ask, TellsThatTheReceiverIsGone) {
  System system(with_workers(1));
  const auto keeper = system.spawn<Keeper>();
  keeper.stop();
  ASSERT_TRUE(eventually([&] { return !keeper.is_alive(); }));
  EXPECT_EQ(keeper.ask<Wait>().get(patience).error(), Errc::receiver_gone);
}

TEST(Ask, TellsThatTheReceiverStoppedWithTheQuestionUnread) {
  System system(stepped());
  const auto asker = system.spawn<Asker>();
  const auto keeper = system.spawn<Keeper>();
  asker.send<AskNow>(keeper);
  keeper.stop();
  system.run_until_idle();
  EXPECT_EQ(asker.ask<Tell>().get(1s).value(), "receiver_gone ");
}

TEST(Ask, TellsThatThePromiseWasDropped) {
  System system(with_workers(1));
  const auto keeper = system.spawn<Keeper>();
  const auto asker = system.spawn<Asker>();
  asker.send<AskNow>(keeper);
  ASSERT_TRUE(eventually([&] { return system.is_quiet(); }));
  keeper.send<Drop>();
  EXPECT_TRUE(
      eventually([&] { return asker.ask<Tell>().get(patience).value() == "broken_promise "; }));
}

TEST(Ask, TellsThatTheActorEndedWithThePromise) {
  System system(stepped());
  const auto keeper = system.spawn<Keeper>();
  const auto asker = system.spawn<Asker>();
  asker.send<AskNow>(keeper);
  system.run_until_idle();
  keeper.stop_now();
  system.run_until_idle();
  EXPECT_EQ(asker.ask<Tell>().get(1s).value(), "broken_promise ");
}

TEST(Ask, OnAThreadThatRunsActorsIsAnErrorAndNoDeadlock) {
  System system(with_workers(1));
  const auto counter = system.spawn<Counter>();
  const auto runner = system.spawn<Runner>();
  std::optional<Errc> seen;
  std::atomic<bool> done{false};
  runner.send<Do>([&](ActorBase&) {
    seen = counter.ask<Read>().get(patience).error().code;
    done = true;
  });
  ASSERT_TRUE(eventually([&] { return done.load(); }));
  EXPECT_EQ(seen, Errc::would_deadlock);
  EXPECT_EQ(counter.ask<Read>().get(patience).value(), 0);
}

TEST(Ask, InsideAStepIsAnErrorToo) {
  System system(stepped());
  const auto counter = system.spawn<Counter>();
  const auto runner = system.spawn<Runner>();
  std::optional<Errc> seen;
  runner.send<Do>([&](ActorBase&) { seen = counter.ask<Read>().get(1s).error().code; });
  system.run_until_idle();
  EXPECT_EQ(seen, Errc::would_deadlock);
}

TEST(Ask, ThenRunsBetweenTheAskersMessages) {
  System system(stepped());
  const auto keeper = system.spawn<Keeper>();
  const auto asker = system.spawn<Asker>();
  asker.send<AskNow>(keeper);
  system.run_until_idle();
  asker.send<Add>();
  keeper.send<Release>(5);
  system.run_until_idle();
  const std::string log = asker.ask<Tell>().get(1s).value();
  EXPECT_TRUE(log == "add 5 " || log == "5 add ") << log;
}

TEST(Ask, ThenOfAnAskerThatHasStoppedIsDroppedInSilence) {
  System system(stepped());
  std::atomic<int> alive{0};
  const auto keeper = system.spawn<Keeper>();
  const auto runner = system.spawn<Runner>();
  bool ran = false;
  runner.send<Do>([&](ActorBase& self) {
    keeper.ask<Wait>().then(
        self, [&ran, token = Alive(alive)](Result<std::unique_ptr<int>>) { ran = true; });
  });
  system.run_until_idle();
  EXPECT_GE(alive, 1);
  runner.stop();
  system.run_until_idle();
  keeper.send<Release>(1);
  system.run_until_idle();
  EXPECT_FALSE(ran);
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(system.counters().dead_letters, 0U);
}

TEST(Ask, ThenWorksBetweenSystems) {
  System one(with_workers(1));
  System two(with_workers(1));
  const auto keeper = one.spawn<Keeper>();
  const auto asker = two.spawn<Asker>();
  asker.send<AskNow>(keeper);
  ASSERT_TRUE(eventually([&] { return two.is_quiet() && one.is_quiet(); }));
  keeper.send<Release>(9);
  EXPECT_TRUE(eventually([&] { return asker.ask<Tell>().get(patience).value() == "9 "; }));
}

TEST(Ask, ThatIsDroppedSendsNothing) {
  System system(stepped());
  const auto keeper = system.spawn<Keeper>();
  { [[maybe_unused]] auto ask = keeper.ask<Wait>(); }
  EXPECT_TRUE(system.is_quiet());
  EXPECT_EQ(system.counters().dead_letters, 0U);
}

TEST(Ask, ContinuationMayBeBigAndMayAskAgain) {
  System system(stepped());
  const auto counter = system.spawn<Counter>(3);
  const auto runner = system.spawn<Runner>();
  std::int64_t sum = 0;
  runner.send<Do>([&](ActorBase& self) {
    std::array<std::int64_t, 100> big{};
    big[99] = 4;
    counter.ask<Read>().then(self, [&, big](Result<std::int64_t> first) {
      sum += first.value() + big[99];
      counter.ask<Read>().then(self, [&](Result<std::int64_t> second) { sum += second.value(); });
    });
  });
  system.run_until_idle();
  EXPECT_EQ(sum, 10);
}

TEST(Ask, ContinuationThatThrowsStopsTheAsker) {
  System system(stepped());
  const auto counter = system.spawn<Counter>();
  const auto runner = system.spawn<Runner>();
  runner.send<Do>([&](ActorBase& self) {
    counter.ask<Read>().then(self, [](Result<std::int64_t>) { throw 5; });
  });
  system.run_until_idle();
  EXPECT_FALSE(runner.is_alive());
  EXPECT_TRUE(counter.is_alive());
}

}  // namespace stet::test::ask_test
