// tests/runtime/promise_test.cpp
// Goal    A promise answers once: when told, else when it is dropped.
// Method  A reply slot of the test's own counts the answers.
#include <gtest/gtest.h>

#include <stet/runtime/promise.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "runtime/samples.hpp"

namespace stet::test::promise_test {

struct Slot : detail::ReplySlot {
  Slot() : ReplySlot{&take} {}
  static void take(ReplySlot* slot, void* value, const Error* error) noexcept {
    auto* self = static_cast<Slot*>(slot);
    ++self->answers;
    if (value != nullptr) self->value = *static_cast<std::int64_t*>(value);
    if (error != nullptr) self->code = error->code;
  }
  int answers = 0;
  std::optional<std::int64_t> value;
  std::optional<Errc> code;
};

TEST(Promise, AnswersOnceHoweverOftenItIsTold) {
  Slot slot;
  {
    Promise<Read> promise(&slot);
    EXPECT_TRUE(promise.is_asked());
    promise.resolve(5);
    EXPECT_FALSE(promise.is_asked());
    promise.resolve(6);
    promise.fail(Error(Errc::io));
  }
  EXPECT_EQ(slot.answers, 1);
  EXPECT_EQ(slot.value, 5);
}

TEST(Promise, DroppedSaysThatItWasBroken) {
  Slot slot;
  { Promise<Read> promise(&slot); }
  EXPECT_EQ(slot.answers, 1);
  EXPECT_EQ(slot.code, Errc::broken_promise);
}

TEST(Promise, MovesItsDutyAlong) {
  Slot first;
  Slot second;
  {
    Promise<Read> one(&first);
    Promise<Read> two(&second);
    Promise<Read> three(std::move(one));
    EXPECT_FALSE(one.is_asked());  // NOLINT(bugprone-use-after-move): that is what is tested.
    EXPECT_EQ(first.answers, 0);
    three = std::move(two);
    EXPECT_EQ(first.code, Errc::broken_promise);
    three.set(Result<std::int64_t>(7));
  }
  EXPECT_EQ(first.answers, 1);
  EXPECT_EQ(second.answers, 1);
  EXPECT_EQ(second.value, 7);
}

TEST(Promise, OfNobodyDoesNothing) {
  Promise<Read> promise;
  EXPECT_FALSE(promise.is_asked());
  promise.resolve(1);
  promise.set(Result<std::int64_t>(Errc::io));
}

struct Slow {
  using Reply = int;
  bool fail;
};
class Thrower : public Actor<Thrower> {
 public:
  void handle(Slow message, Promise<Slow> answer) {
    if (message.fail) throw std::runtime_error("before it answered");
    answer.resolve(1);
    throw std::runtime_error("after it answered");
  }
};

TEST(Promise, OfAHandlerThatThrowsSaysSo) {
  System system(stepped());
  const auto one = system.spawn<Thrower>();
  EXPECT_EQ(one.ask<Slow>(true).get(1s).error(), Errc::handler_threw);
  EXPECT_FALSE(one.is_alive());
  const auto two = system.spawn<Thrower>();
  EXPECT_EQ(two.ask<Slow>(false).get(1s).value(), 1);
  EXPECT_FALSE(two.is_alive());
}

// --- Delegation.

struct Order {
  using Reply = int;
  std::shared_ptr<int> what;
};
struct Bake {
  using Reply = int;
  std::shared_ptr<int> what;
};
class Baker : public Actor<Baker> {
 public:
  int handle(const Order& order) { return *order.what; }
  int handle(const Bake& bake) {
    ++baked_;
    if (*bake.what < 0) throw std::runtime_error("burnt");
    return 10 * *bake.what;
  }
  std::int64_t handle(Read) { return baked_; }

 private:
  std::int64_t baked_ = 0;
};
enum class How { forwards, delegates, to_recipient };
class Waiter : public Actor<Waiter> {
 public:
  Waiter(Address<Baker> baker, How how) : baker_(std::move(baker)), how_(how) {}
  void handle(Order order, Promise<Order> answer) {
    switch (how_) {
      case How::forwards: answer.delegate(baker_, std::move(order)); break;
      case How::delegates: answer.delegate<Bake>(baker_, std::move(order.what)); break;
      case How::to_recipient:
        answer.delegate(Recipient<Bake>(baker_), std::move(order.what));
        break;
    }
    EXPECT_FALSE(answer.is_asked());  // NOLINT(bugprone-use-after-move): it was delegated.
    answer.resolve(-1);
  }

 private:
  Address<Baker> baker_;
  How how_;
};

class Delegation : public ::testing::Test {
 protected:
  System system{stepped()};
  Address<Baker> baker = system.spawn<Baker>();
  std::shared_ptr<int> what = std::make_shared<int>(4);
};

TEST_F(Delegation, LetsTheOtherAnswerTheAsker) {
  const auto ask = [this](How how) {
    return system.spawn<Waiter>(baker, how).ask<Order>(what).get(1s).value();
  };
  EXPECT_EQ(ask(How::forwards), 4);
  EXPECT_EQ(ask(How::delegates), 40);
  EXPECT_EQ(ask(How::to_recipient), 40);
  EXPECT_EQ(what.use_count(), 1);
}

TEST_F(Delegation, OfWhatWasSentIsSent) {
  system.spawn<Waiter>(baker, How::delegates).send<Order>(what);
  system.run_until_idle();
  EXPECT_EQ(baker.ask<Read>().get(1s).value(), 1);
  EXPECT_EQ(what.use_count(), 1);
}

TEST_F(Delegation, TellsTheAskerWhatBecameOfItThere) {
  const auto waiter = system.spawn<Waiter>(baker, How::delegates);
  EXPECT_EQ(waiter.ask<Order>(std::make_shared<int>(-1)).get(1s).error(), Errc::handler_threw);
  EXPECT_TRUE(waiter.is_alive());
  EXPECT_EQ(waiter.ask<Order>(what).get(1s).error(), Errc::receiver_gone);
  EXPECT_EQ(what.use_count(), 1);
}

// Gives its question on again and again.
struct Relay : Actor<Relay> {
  void handle(const Address<Relay>& to) { next = to; }
  void handle(Order order, Promise<Order> answer) {
    if (next && --*order.what > 0) return answer.delegate(next, std::move(order));
    if (!next) return;
    answer.resolve(*order.what);
  }
  Address<Relay> next;
};

TEST_F(Delegation, MayGoRoundInCircles) {
  const auto one = system.spawn<Relay>();
  const auto two = system.spawn<Relay>();
  one.send<Address<Relay>>(two);
  two.send<Address<Relay>>(one);
  *what = 100;
  EXPECT_EQ(one.ask<Order>(what).get(1s).value(), 0);
}

TEST_F(Delegation, KeepsTheDeadline) {
  const auto relay = system.spawn<Relay>();  // Drops what it gets.
  struct Keeper : Actor<Keeper> {
    void handle(Order, Promise<Order> answer) { kept = std::move(answer); }
    void handle(Add) { kept.resolve(1); }
    Promise<Order> kept;
  };
  const auto keeper = system.spawn<Keeper>();
  struct Passer : Actor<Passer> {
    explicit Passer(Address<Keeper> who) : to(std::move(who)) {}
    void handle(Order order, Promise<Order> answer) { answer.delegate(to, std::move(order)); }
    Address<Keeper> to;
  };
  const auto passer = system.spawn<Passer>(keeper);
  const auto asker = system.spawn<Runner>();
  int answers = 0;
  std::optional<Errc> seen;
  asker.send<Do>([&](ActorBase& self) {
    passer.ask<Order>(what).within(1s).then(self, [&, keeps = what](const Result<int>& answer) {
      ++answers;
      if (!answer) seen = answer.error().code;
    });
  });
  system.run_until_idle();
  system.advance(1s);
  system.run_until_idle();
  EXPECT_EQ(seen, Errc::timed_out);
  keeper.send<Add>();
  system.run_until_idle();
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(what.use_count(), 1);
}

// Answers an order that says what, passes on or keeps others, and asks exclusively when told to.
struct Party : Actor<Party> {
  struct AskIt {
    Address<Party> who;
    std::shared_ptr<int> what;
  };
  struct PassTo {
    Address<Party> who;
  };
  struct Told {
    using Reply = std::string;
  };
  void handle(Order order, Promise<Order> answer) {
    if (order.what) return answer.resolve(*order.what);
    if (to) return answer.delegate(to, std::move(order));
    kept = std::move(answer);
  }
  void handle(AskIt message) {
    message.who.ask<Order>(std::move(message.what)).await(*this, [this](const Result<int>& told) {
      text = told ? std::to_string(told.value()) : told.error().message();
    });
  }
  void handle(PassTo message) { to = std::move(message.who); }
  void handle(Add message) { kept.resolve(static_cast<int>(message.amount)); }
  std::string handle(Told) { return text; }

  Address<Party> to;
  Promise<Order> kept;
  std::string text = "nothing";
};

class Waiting : public Delegation {
 protected:
  Address<Party> party(const char* name) {
    return system.spawn_with<Party>(SpawnOptions{.name = name});
  }
  Address<Party> a = party("a");
  Address<Party> b = party("b");
  Address<Party> c = party("c");
};

TEST_F(Waiting, IsForWhomTheQuestionWasPassedTo) {
  b.send<Party::PassTo>(c);
  a.send<Party::AskIt>(b, nullptr);
  system.run_until_idle();
  b.send<Party::AskIt>(a, what);  // No cycle: it is c who has a's question.
  system.run_until_idle();
  c.send<Add>(5);
  system.run_until_idle();
  EXPECT_EQ(a.ask<Party::Told>().get(1s).value(), "5");
  EXPECT_EQ(b.ask<Party::Told>().get(1s).value(), "4");
}

TEST_F(Waiting, InACycleThatDelegationClosesIsTold) {
  b.send<Party::PassTo>(c);
  c.send<Party::AskIt>(a, nullptr);
  system.run_until_idle();
  a.send<Party::AskIt>(b, nullptr);
  system.run_until_idle();
  const std::string name = "stet::test::promise_test::Party";
  EXPECT_EQ(a.ask<Party::Told>().get(1s).value(),
            "ask_cycle: " + name + " 'a' waits for " + name + " 'c' waits for " + name + " 'a'");
  a.send<Add>(7);
  EXPECT_EQ(c.ask<Party::Told>().get(1s).value(), "7");
}

TEST_F(Waiting, OfOneThatStoppedHurtsNobody) {
  a.send<Party::AskIt>(b, nullptr);
  system.run_until_idle();
  a.stop_now();
  system.run_until_idle();
  b.send<Add>(1);
  b.send<Party::AskIt>(b, what);
  system.run_until_idle();
  EXPECT_EQ(b.ask<Party::Told>().get(1s).value(),
            "ask_cycle: stet::test::promise_test::Party 'b' waits for "
            "stet::test::promise_test::Party 'b'");
}

TEST_F(Waiting, BetweenSystemsIsNotSearchedButAnswered) {
  System other(stepped());
  const auto far = other.spawn<Party>();
  b.send<Party::PassTo>(far);
  a.send<Party::AskIt>(b, nullptr);
  a.send<Add>(0);
  system.run_until_idle();
  other.run_until_idle();
  EXPECT_EQ(a.cell().pauses, 1);
  far.send<Add>(3);
  other.run_until_idle();
  system.run_until_idle();
  EXPECT_EQ(a.cell().pauses, 0);
  EXPECT_EQ(a.ask<Party::Told>().get(1s).value(), "3");
  a.send<Party::AskIt>(far, nullptr);
  system.run_until_idle();
  other.run_until_idle();
  far.send<Add>(8);
  other.run_until_idle();
  EXPECT_EQ(a.ask<Party::Told>().get(1s).value(), "8");
}

}  // namespace stet::test::promise_test
