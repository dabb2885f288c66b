// tests/runtime/ask_deadline_test.cpp
// Goal    Of answer and deadline the first counts and the second vanishes; both leave nothing
//         behind; and each way in which a question can fail is told by its own code.
// Method  Stepped systems with virtual time; what a continuation keeps is counted.
#include <gtest/gtest.h>

#include <stet/runtime/timer.hpp>

#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "runtime/samples.hpp"

namespace stet::test::ask_deadline_test {

struct Query {
  using Reply = std::shared_ptr<int>;
};
struct Answer {
  std::shared_ptr<int> with;
};
// Keeps its questions until it is told the answer.
class Slow : public Actor<Slow> {
 public:
  void handle(Query, Promise<Query> answer) { kept_.push_back(std::move(answer)); }
  void handle(const Answer& message) {
    for (auto& answer : kept_) answer.resolve(message.with);
    kept_.clear();
  }
  void handle(Throw) { throw std::runtime_error("on purpose"); }

 private:
  std::vector<Promise<Query>> kept_;
};

// One asker, one receiver, and what became of the question.
class AskDeadline : public ::testing::Test {
 protected:
  static SystemOptions counting(std::size_t& dead) {
    SystemOptions options = stepped();
    options.dead_letters = [&dead](const DeadLetter&) { ++dead; };
    return options;
  }
  void ask(std::chrono::nanoseconds within) {
    asker.send<Do>([this, within](ActorBase& self) {
      slow.ask<Query>().within(within).then(
          self, [this, keeps = payload](Result<Query::Reply> answer) {
            ++answers;
            seen = answer ? std::nullopt : std::optional(answer.error().code);
            at = system.now();
          });
    });
    system.run_until_idle();
  }

  std::size_t dead = 0;
  System system{counting(dead)};
  Address<Slow> slow = system.spawn<Slow>();
  Address<Runner> asker = system.spawn<Runner>();
  std::shared_ptr<int> payload = std::make_shared<int>(1);
  int answers = 0;
  std::optional<Errc> seen;
  std::chrono::nanoseconds at{0};
};

TEST_F(AskDeadline, PassedFirstSaysTimedOutAtThatMoment) {
  ask(2s);
  system.advance(2s - 1ns);
  system.run_until_idle();
  EXPECT_EQ(answers, 0) << "early";
  system.advance(1ns);
  system.run_until_idle();
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(seen, Errc::timed_out);
  EXPECT_EQ(at, 2s);
  EXPECT_EQ(payload.use_count(), 1);
}

TEST_F(AskDeadline, LateAnswerVanishesBeforeAnyMailbox) {
  ask(1s);
  system.advance(1s);
  system.run_until_idle();
  const std::uint64_t handled = system.counters().messages;
  const auto late = std::make_shared<int>(2);
  slow.send<Answer>(late);
  system.run_until_idle();
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(seen, Errc::timed_out);
  EXPECT_EQ(late.use_count(), 1);
  EXPECT_EQ(system.counters().messages, handled + 1) << "the asker got a turn for it";
  EXPECT_EQ(dead, 0U);
}

TEST_F(AskDeadline, AnswerInTimeTakesTheTimerAway) {
  ask(10s);
  slow.send<Answer>(payload);
  system.run_until_idle();
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(seen, std::nullopt);
  EXPECT_EQ(payload.use_count(), 1);
  const std::uint64_t handled = system.counters().messages;
  system.advance(1h);
  system.run_until_idle();
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(system.counters().messages, handled);
}

TEST_F(AskDeadline, OfNothingOrLessIsUpAtOnceThoughTheQuestionIsSent) {
  ask(0ns);
  system.advance(0ns);
  system.run_until_idle();
  EXPECT_EQ(seen, Errc::timed_out);
  slow.send<Answer>(payload);
  system.run_until_idle();
  EXPECT_EQ(answers, 1);
}

TEST_F(AskDeadline, ForEverIsNone) {
  ask(std::chrono::nanoseconds::max());
  system.advance(24h);
  system.run_until_idle();
  EXPECT_EQ(answers, 0);
  slow.send<Answer>(payload);
  system.run_until_idle();
  EXPECT_EQ(answers, 1);
  EXPECT_EQ(seen, std::nullopt);
}

TEST_F(AskDeadline, HoldsForGetToo) {
  EXPECT_EQ(slow.ask<Query>().within(1s).get(1h).error(), Errc::timed_out);
  EXPECT_LT(system.now(), 2s);
  EXPECT_EQ(slow.ask<Query>().within(1h).get(1s).error(), Errc::timed_out);
  EXPECT_LT(system.now(), 3s);
}

TEST_F(AskDeadline, PassedAfterTheAskerStoppedKeepsNothing) {
  ask(1s);
  asker.stop();
  system.run_until_idle();
  EXPECT_EQ(payload.use_count(), 2);
  system.advance(1s);
  system.run_until_idle();
  EXPECT_EQ(payload.use_count(), 1);
  slow.send<Answer>(payload);
  system.run_until_idle();
  EXPECT_EQ(answers, 0);
  EXPECT_EQ(dead, 0U);
}

TEST_F(AskDeadline, StillOpenWhenBothHaveStoppedKeepsNothing) {
  ask(1h);
  asker.stop();
  system.run_until_idle();
  slow.stop_now();
  system.run_until_idle();
  EXPECT_EQ(payload.use_count(), 1);
  EXPECT_EQ(answers, 0);
}

TEST(AskDeadlines, StillOpenWhenTheSystemGoesKeepNothing) {
  const auto payload = std::make_shared<int>(1);
  System other(stepped());
  const auto slow = other.spawn<Slow>();
  {
    System system(stepped());
    const auto asker = system.spawn<Runner>();
    asker.send<Do>([&](ActorBase& self) {
      slow.ask<Query>().within(1h).then(self, [payload](const Result<Query::Reply>&) {});
    });
    system.run_until_idle();
    other.run_until_idle();
    EXPECT_EQ(payload.use_count(), 2);
  }
  EXPECT_EQ(payload.use_count(), 1);
  slow.send<Answer>(payload);  // To an asker whose System has gone.
  other.run_until_idle();
  EXPECT_EQ(payload.use_count(), 1);
}

// --- Every error says which.

class Errors : public AskDeadline {
 protected:
  // The code with which this question is answered. `meanwhile` happens once it has been asked.
  template <class Meanwhile>
  std::optional<Errc> code_of(Meanwhile&& meanwhile) {
    ask(1s);
    meanwhile();
    system.run_until_idle();
    return answers == 1 ? seen : std::nullopt;
  }
};

TEST_F(Errors, ReceiverGone) {
  slow.stop();
  system.run_until_idle();
  EXPECT_EQ(code_of([] {}), Errc::receiver_gone);
}
TEST_F(Errors, ReceiverGoneWithTheQuestionUnread) {
  asker.send<Do>([this](ActorBase& self) {
    slow.stop_now();
    slow.ask<Query>().within(1s).then(
        self, [this](const Result<Query::Reply>& answer) { seen = answer.error().code; });
  });
  system.run_until_idle();
  EXPECT_EQ(seen, Errc::receiver_gone);
}
TEST_F(Errors, BrokenPromise) {
  EXPECT_EQ(code_of([this] { slow.stop_now(); }), Errc::broken_promise);
}
TEST_F(Errors, TimedOut) {
  EXPECT_EQ(code_of([this] { system.advance(1s); }), Errc::timed_out);
}
TEST_F(Errors, WouldDeadlock) {
  asker.send<Do>([this](ActorBase&) { seen = slow.ask<Query>().get(1s).error().code; });
  system.run_until_idle();
  EXPECT_EQ(seen, Errc::would_deadlock);
}
TEST_F(Errors, MailboxFull) {
  slow = system.spawn_with<Slow>(SpawnOptions{.mailbox = {.capacity = 1}});
  int answered = 0;
  const auto note = [&answered, this, keeps = payload](const Result<Query::Reply>& answer) {
    ++answered;
    seen = answer.error().code;
  };
  asker.send<Do>([this, note](ActorBase& self) {
    slow.send<Answer>(payload);
    slow.ask<Query>().then(self, note);
    slow.ask<Query>().within(1h).then(self, note);
    slow.ask<Query>().await(self, note);
  });
  system.run_until_idle();
  EXPECT_EQ(seen, Errc::mailbox_full);
  EXPECT_EQ(answered, 3);
  EXPECT_EQ(asker.cell().pauses, 0);
}
struct Risky {
  using Reply = int;
};
class Thrower : public Actor<Thrower> {
 public:
  int handle(Risky) { throw 5; }
};
TEST_F(Errors, HandlerThrew) {
  const auto thrower = system.spawn<Thrower>();
  asker.send<Do>([this, thrower](ActorBase& self) {
    thrower.ask<Risky>().within(1s).then(
        self, [this](const Result<int>& answer) { seen = answer.error().code; });
  });
  system.run_until_idle();
  EXPECT_EQ(seen, Errc::handler_threw);
}
class Refusal : public TurnParticipant {
 public:
  bool on_turn_end(TurnOutcome) noexcept override { return false; }
};
class Refused : public Actor<Refused> {
 public:
  int handle(Risky) {
    Turn::join(refusal_);
    return 1;
  }

 private:
  Refusal refusal_;
};
TEST_F(Errors, RolledBack) {
  const auto refused = system.spawn<Refused>();
  asker.send<Do>([this, refused](ActorBase& self) {
    refused.ask<Risky>().within(1s).then(
        self, [this](const Result<int>& answer) { seen = answer.error().code; });
  });
  system.run_until_idle();
  EXPECT_EQ(seen, Errc::rolled_back);
}

}  // namespace stet::test::ask_deadline_test
