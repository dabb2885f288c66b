// tests/runtime/actor_test.cpp
// Goal    A handler gets exactly its message, in whichever way it takes it.
// Method  Handles<A, M> is checked by the compiler, the calls in a stepped system.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "runtime/samples.hpp"

namespace stet::test::actor_test {

struct ByValue {
  int value;
};
struct ByReference {
  int value;
};
struct ByMove {
  std::unique_ptr<int> value;
};
struct Base {
  int value;
};
struct Derived : Base {};
struct FromInt {
  FromInt(int given) : value(given) {}  // NOLINT(google-explicit-constructor)
  int value;
};
struct Unhandled {};
struct Later {
  using Reply = int;
};
struct ByResult {
  using Reply = int;
  bool fail;
};

class Taker : public Actor<Taker> {
 public:
  explicit Taker(std::string& log) : log_(log) {}
  void handle(ByValue message) { log_ += "value" + std::to_string(message.value) + ' '; }
  void handle(const ByReference& message) {
    log_ += "reference" + std::to_string(message.value) + ' ';
  }
  void handle(ByMove&& message) { log_ += "move" + std::to_string(*message.value) + ' '; }
  void handle(Base message) { log_ += "base" + std::to_string(message.value) + ' '; }
  void handle(FromInt message) { log_ += "int" + std::to_string(message.value) + ' '; }
  void handle(Later, Promise<Later> answer) { answer.resolve(7); }
  Result<int> handle(ByResult message) {
    if (message.fail) return Error(Errc::not_found, "as asked");
    return 8;
  }

 private:
  std::string& log_;
};

static_assert(Handles<Taker, ByValue>);
static_assert(Handles<Taker, ByReference>);
static_assert(Handles<Taker, ByMove>);
static_assert(Handles<Taker, Later>);
static_assert(Handles<Taker, ByResult>);
static_assert(!Handles<Taker, Unhandled>);
// What merely converts is not handled.
static_assert(Handles<Taker, Base> && !Handles<Taker, Derived>);
static_assert(Handles<Taker, FromInt> && !Handles<Taker, int>);

class Private : public Actor<Private> {
 private:
  friend Access;
  void handle(Add) {}
  void on_drained() {}
};
static_assert(Handles<Private, Add>);

class Shut : public Actor<Shut> {
  void handle(Add) {}  // Private, and no friend.

 public:
  void touch() { handle(Add{}); }
};
static_assert(!Handles<Shut, Add>);

class Greedy : public Actor<Greedy> {
 public:
  void handle(auto) {}
};
static_assert(!Handles<Greedy, Add>);

struct MayThrowWhenMoved {
  MayThrowWhenMoved() = default;
  MayThrowWhenMoved(MayThrowWhenMoved&&) noexcept(false) {}
};
static_assert(!Message<MayThrowWhenMoved> && !Message<int&> && !Message<const Add>);
static_assert(Message<std::unique_ptr<int>> && Question<Read> && !Question<Add>);

TEST(Actor, TakesAMessageByValueByReferenceAndByMove) {
  System system(stepped());
  std::string log;
  const auto taker = system.spawn<Taker>(log);
  taker.send<ByValue>(1);
  taker.send(ByReference{2});
  taker.send<ByMove>(std::make_unique<int>(3));
  taker.send(Base{4});
  taker.send<FromInt>(5);
  const ByValue kept{6};
  taker.send(kept);
  system.run_until_idle();
  EXPECT_EQ(log, "value1 reference2 move3 base4 int5 value6 ");
}

TEST(Actor, MayBeSentAMessageNamedAndMadeAtOnce) {
  System system(stepped());
  const auto counter = system.spawn<Counter>();
  counter.send<Add>(Add{3});
  const Add kept{4};
  counter.send<Add>(kept);
  EXPECT_EQ(counter.ask<Read>().get(1s).value(), 7);
}

TEST(Actor, AnswersByValueByResultAndByPromise) {
  System system(stepped());
  std::string log;
  const auto taker = system.spawn<Taker>(log);
  EXPECT_EQ(taker.ask<Later>().get(1s).value(), 7);
  EXPECT_EQ(taker.ask<ByResult>(false).get(1s).value(), 8);
  const auto failed = taker.ask<ByResult>(true).get(1s);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error(), Errc::not_found);
  EXPECT_EQ(failed.error().text, "as asked");
}

TEST(Actor, HandlesAQuestionThatIsOnlySent) {
  System system(stepped());
  std::string log;
  const auto taker = system.spawn<Taker>(log);
  taker.send<Later>();
  taker.send<ByResult>(true);
  system.run_until_idle();
  EXPECT_TRUE(taker.is_alive());
}

class Drained : public Actor<Drained> {
 public:
  explicit Drained(std::string& log) : log_(log) {}
  void handle(Add) { log_ += '+'; }

 private:
  friend Access;
  void on_drained() { log_ += '.'; }
  std::string& log_;
};

TEST(Actor, IsToldWhenItsMailHasBeenHandled) {
  System system(stepped());
  std::string log;
  const auto drained = system.spawn<Drained>(log);
  drained.send<Add>();
  drained.send<Add>();
  drained.send<Add>();
  system.run_until_idle();
  EXPECT_EQ(log, "+++.");
  drained.send<Add>();
  drained.stop();
  system.run_until_idle();
  EXPECT_EQ(log, "+++.+.");
}

class SelfSender : public Actor<SelfSender> {
 public:
  explicit SelfSender(int& sum) : sum_(sum) { self().send<Add>(20); }
  void handle(Add message) { sum_ += static_cast<int>(message.amount); }

 private:
  int& sum_;
};

TEST(Actor, MaySendToItselfWhileItIsConstructed) {
  System system(stepped());
  int sum = 0;
  const auto actor = system.spawn<SelfSender>(sum);
  actor.send<Add>(1);
  system.run_until_idle();
  EXPECT_EQ(sum, 21);
}

class Parent : public Actor<Parent> {
 public:
  // A child made before ActorBase has taken its own cell would take the parent's.
  explicit Parent(System& system) : child_(system.spawn<Counter>(5)) {}
  std::int64_t handle(Read) { return 1; }
  void handle(Add message) { child_.send(message); }
  [[nodiscard]] const Address<Counter>& child() const { return child_; }

 private:
  Address<Counter> child_;
};

TEST(Actor, MaySpawnAnotherWhileItIsConstructed) {
  System system(stepped());
  const auto parent = system.spawn<Parent>(system);
  parent.send<Add>(1);
  EXPECT_EQ(parent.ask<Read>().get(1s).value(), 1);
  EXPECT_EQ(system.counters().actors_alive, 2U);
}

TEST(Actor, SeesThatMoreMailWaits) {
  System system(stepped());
  const auto runner = system.spawn<Runner>();
  std::string seen;
  const auto look = [&](ActorBase& actor) {
    seen += static_cast<Runner&>(actor).more_mail() ? 'm' : '-';
  };
  runner.send<Do>(look);
  runner.send<Do>(look);
  system.run_until_idle();
  EXPECT_EQ(seen, "m-");
}

// One message alone is handled where it lies, which must not look like mail that waits.
TEST(Actor, SeesNoMoreMailBehindTheOnlyMessage) {
  System system(stepped());
  const auto runner = system.spawn<Runner>();
  std::string seen;
  const auto look = [&](ActorBase& actor) {
    seen += static_cast<Runner&>(actor).more_mail() ? 'm' : '-';
  };
  runner.send<Do>(look);
  system.run_until_idle();
  runner.send<Do>([&](ActorBase& actor) {
    look(actor);
    runner.send<Do>(look);
    look(actor);
  });
  system.run_until_idle();
  EXPECT_EQ(seen, "--m-");
}

}  // namespace stet::test::actor_test
