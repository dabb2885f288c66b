// tests/runtime/ask_await_test.cpp
// Goal    An exclusive question holds the asker's user messages until its answer, whatever that is
//         and whoever dies; those that wait for each other are told so at once.
// Method  Stepped systems; several seeds where the order of actors matters.
#include <gtest/gtest.h>

#include <stet/runtime/supervision.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/samples.hpp"

namespace stet::test::ask_await_test {

struct Query {
  using Reply = int;
};
struct Answer {
  Result<int> with;
};
class Slow : public Actor<Slow> {
 public:
  void handle(Query, Promise<Query> answer) { kept_.push_back(std::move(answer)); }
  void handle(const Answer& message) { std::exchange(kept_, {}).front().set(message.with); }

 private:
  std::vector<Promise<Query>> kept_;
};

class Await : public ::testing::Test {
 protected:
  // Runs `body` in a turn of the asker, with a message waiting behind it.
  template <class Body>
  void in_turn(Body body) {
    asker.send<Do>([body](ActorBase& self) { body(self); });
    asker.send<Do>([this](ActorBase&) { log += "user "; });
    system.run_until_idle();
  }
  auto note(const std::string& name) {
    return [this, name, keeps = payload](const Result<int>& answer) {
      log +=
          name +
          (answer ? std::to_string(answer.value()) : std::string(to_string(answer.error().code))) +
          ' ';
    };
  }

  System system{stepped()};
  Address<Slow> slow = system.spawn<Slow>();
  Address<Slow> other = system.spawn<Slow>();
  Address<Runner> asker = system.spawn<Runner>();
  std::shared_ptr<int> payload = std::make_shared<int>(1);
  std::string log;
};

TEST_F(Await, HoldsUserMessagesUntilTheAnswer) {
  in_turn([this](ActorBase& self) { slow.ask<Query>().await(self, note("a")); });
  EXPECT_EQ(log, "");
  slow.send<Answer>(7);
  system.run_until_idle();
  EXPECT_EQ(log, "a7 user ");
  EXPECT_EQ(payload.use_count(), 1);
}

TEST_F(Await, LetsAnswersToOtherQuestionsThrough) {
  in_turn([this](ActorBase& self) {
    slow.ask<Query>().await(self, note("a"));
    other.ask<Query>().then(self, note("b"));
  });
  other.send<Answer>(1);
  system.run_until_idle();
  EXPECT_EQ(log, "b1 ");
  slow.send<Answer>(2);
  system.run_until_idle();
  EXPECT_EQ(log, "b1 a2 user ");
}

TEST_F(Await, OfSeveralHoldsUntilTheLastAnswer) {
  std::vector<Address<Slow>> all;
  for (int i = 0; i < 10; ++i) all.push_back(system.spawn<Slow>());
  in_turn([this, &all](ActorBase& self) {
    for (const auto& each : all) each.ask<Query>().await(self, note("a"));
  });
  for (std::size_t i = all.size(); i-- > 0;) {
    EXPECT_EQ(log.find("user"), std::string::npos);
    all[i].send<Answer>(static_cast<int>(i));
    system.run_until_idle();
  }
  EXPECT_EQ(log, "a9 a8 a7 a6 a5 a4 a3 a2 a1 a0 user ");
}

TEST_F(Await, MayAwaitAgainInItsContinuation) {
  in_turn([this](ActorBase& self) {
    slow.ask<Query>().await(self, [this, &self](const Result<int>&) {
      log += "first ";
      other.ask<Query>().await(self, note("b"));
    });
  });
  slow.send<Answer>(1);
  system.run_until_idle();
  EXPECT_EQ(log, "first ");
  other.send<Answer>(2);
  system.run_until_idle();
  EXPECT_EQ(log, "first b2 user ");
}

TEST_F(Await, WithADeadlineGoesOnWhenThatHasPassed) {
  in_turn([this](ActorBase& self) { slow.ask<Query>().within(1s).await(self, note("a")); });
  system.advance(1s);
  system.run_until_idle();
  EXPECT_EQ(log, "atimed_out user ");
  slow.send<Answer>(1);
  system.run_until_idle();
  EXPECT_EQ(log, "atimed_out user ");
  EXPECT_EQ(payload.use_count(), 1);
}

TEST_F(Await, GoesOnWhenTheReceiverDies) {
  in_turn([this](ActorBase& self) { slow.ask<Query>().await(self, note("a")); });
  slow.stop_now();
  system.run_until_idle();
  EXPECT_EQ(log, "abroken_promise user ");
  in_turn([this](ActorBase& self) { slow.ask<Query>().await(self, note("a")); });
  EXPECT_EQ(log, "abroken_promise user areceiver_gone user ");
}

TEST_F(Await, OfAnAskerThatIsStoppedKeepsNothing) {
  in_turn([this](ActorBase& self) { slow.ask<Query>().within(1h).await(self, note("a")); });
  asker.stop_now();
  system.run_until_idle();
  EXPECT_FALSE(asker.is_alive());
  slow.send<Answer>(1);
  system.run_until_idle();
  EXPECT_EQ(log, "");
  EXPECT_EQ(payload.use_count(), 1);
}

TEST_F(Await, OfAnAskerThatThrowsKeepsNothing) {
  in_turn([this](ActorBase& self) {
    slow.ask<Query>().await(self, note("a"));
    throw std::runtime_error("on purpose");
  });
  EXPECT_FALSE(asker.is_alive());
  slow.stop_now();
  system.run_until_idle();
  EXPECT_EQ(log, "");
  EXPECT_EQ(payload.use_count(), 1);
}

TEST_F(Await, ContinuationThatThrowsStopsTheAsker) {
  in_turn([this](ActorBase& self) {
    slow.ask<Query>().await(self, [](const Result<int>&) { throw 5; });
  });
  slow.send<Answer>(1);
  system.run_until_idle();
  EXPECT_FALSE(asker.is_alive());
  EXPECT_EQ(log, "");
}

TEST_F(Await, ForgottenLetsUserMessagesGoAndItsAnswerChangesNothing) {
  in_turn([this](ActorBase& self) {
    slow.ask<Query>().await(self, note("a"));
    other.ask<Query>().then(self, [&self](const Result<int>&) {
      detail::forget_awaits(self.cell());  // As a restart does.
    });
  });
  other.send<Answer>(1);
  system.run_until_idle();
  EXPECT_EQ(log, "user ");
  in_turn([this](ActorBase& self) { other.ask<Query>().await(self, note("b")); });
  slow.send<Answer>(2);
  system.run_until_idle();
  EXPECT_EQ(log, "user a2 ") << "the new question still holds user messages";
  other.send<Answer>(3);
  system.run_until_idle();
  EXPECT_EQ(log, "user a2 b3 user ");
}

TEST_F(Await, IsStoppedByAShutdown) {
  in_turn([this](ActorBase& self) { slow.ask<Query>().await(self, note("a")); });
  static_cast<void>(system.shutdown(1s));
  EXPECT_EQ(payload.use_count(), 1);
}

// --- Restarts.

class AskRestart : public Await {
 protected:
  // The asker's object fails in a continuation while this question of its is open.
  template <class Ask>
  void restart_during(Ask ask) {
    const auto root = system.spawn<Supervisor>(Supervision{});
    asker = spawn_child<Runner>(root);
    in_turn([this, ask](ActorBase& self) {
      ask(self);
      other.ask<Query>().then(self, [](const Result<int>&) { throw 5; });
    });
    other.send<Answer>(1);
    system.run_until_idle();
    system.advance(1s);
    system.run_until_idle();
    slow.send<Answer>(2);
    system.run_until_idle();
    EXPECT_TRUE(asker.is_alive());
    EXPECT_EQ(log, "user ") << "a continuation of the object that failed ran";
    EXPECT_EQ(payload.use_count(), 1);
    in_turn([this](ActorBase& self) { slow.ask<Query>().await(self, note("new")); });
    slow.send<Answer>(3);
    system.run_until_idle();
    EXPECT_EQ(log, "user new3 user ");
  }
};

TEST_F(AskRestart, DropsTheContinuation) {
  restart_during([this](ActorBase& self) { slow.ask<Query>().then(self, note("old")); });
}
TEST_F(AskRestart, DropsTheExclusiveContinuation) {
  restart_during([this](ActorBase& self) { slow.ask<Query>().await(self, note("old")); });
}
TEST_F(AskRestart, DropsTheOneWithADeadline) {
  restart_during(
      [this](ActorBase& self) { slow.ask<Query>().within(1h).await(self, note("old")); });
}

// --- Cycles.

struct Transfer {
  using Reply = std::string;
};
struct Next {
  std::vector<Recipient<Transfer>> to;
};
// Asks all of them exclusively, and never answers.
struct Teller : Actor<Teller> {
  void handle(Next message) { next = std::move(message.to); }
  void handle(Transfer, Promise<Transfer> answer) {
    promise = std::move(answer);
    for (const auto& each : next) each.ask().await(*this, [](const Result<std::string>&) {});
  }
  std::vector<Recipient<Transfer>> next;
  Promise<Transfer> promise;
};
// Passes on what it is told, or what went wrong.
struct Ledger : Actor<Ledger> {
  void handle(Next message) { next = std::move(message.to); }
  void handle(Transfer, Promise<Transfer> answer) {
    if (next.empty()) return answer.resolve("done");
    next.front().ask().await(*this,
                             [answer = std::move(answer)](const Result<std::string>& told) mutable {
                               answer.resolve(told ? told.value() : told.error().message());
                             });
  }
  std::vector<Recipient<Transfer>> next;
};

Next to() { return {}; }
Next to(Recipient<Transfer> who) {
  Next out;
  out.to.push_back(std::move(who));
  return out;
}

const std::string space = "stet::test::ask_await_test::";

Address<Ledger> ledger(System& system, const char* name) {
  return system.spawn_with<Ledger>(SpawnOptions{.name = name});
}

TEST(AskCycle, OfOneIsTold) {
  System system(stepped());
  const auto a = ledger(system, "a");
  a.send(to(a));
  EXPECT_EQ(a.ask<Transfer>().get(1s).value(),
            "ask_cycle: " + space + "Ledger 'a' waits for " + space + "Ledger 'a'");
  EXPECT_EQ(system.now(), 0s) << "it was told after a timeout";
}

TEST(AskCycle, IsNamedFromWhoClosesIt) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    System system(stepped(seed));
    const auto a = ledger(system, "a");
    const auto b = ledger(system, "b");
    const auto c = system.spawn<Ledger>();
    a.send(to(b));
    b.send(to(c));
    c.send(to(a));
    system.run_until_idle();
    const std::string l = space + "Ledger";
    EXPECT_EQ(a.ask<Transfer>().get(1s).value(),
              "ask_cycle: " + l + " waits for " + l + " 'a' waits for " + l + " 'b' waits for " + l)
        << "seed " << seed;
  }
}

TEST(AskCycle, OfTwoThatAskAtTheSameMomentIsToldToOneAtLeast) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    System system(stepped(seed));
    const auto a = ledger(system, "a");
    const auto b = ledger(system, "b");
    a.send(to(b));
    b.send(to(a));
    system.run_until_idle();
    int told = 0;
    const auto asker = system.spawn<Runner>();
    asker.send<Do>([&](ActorBase& self) {
      for (const auto& each : {a, b}) {
        each.ask<Transfer>().then(self, [&told](const Result<std::string>& answer) {
          told += answer.value().starts_with("ask_cycle") ? 1 : 0;
        });
      }
    });
    system.run_until_idle();
    EXPECT_GE(told, 1) << "seed " << seed;
    EXPECT_TRUE(system.is_quiet());
  }
}

TEST(AskCycle, IsNoneWhenTheQuestionWasAnswered) {
  // b answers a and asks a in the same turn: a's question is not open any more.
  System system(stepped());
  const auto a = system.spawn<Runner>();
  struct Back : Actor<Back> {
    void handle(Query, Promise<Query> answer) {
      answer.resolve(1);
      back.ask().await(*this, [this](const Result<int>& told) { got = told ? told.value() : -1; });
    }
    void handle(const Recipient<Query>& who) { back = who; }
    std::int64_t handle(Read) { return got; }
    Recipient<Query> back;
    std::int64_t got = 0;
  };
  struct Two : Actor<Two> {
    explicit Two(Address<Back> who) : back(std::move(who)) {}
    void handle(Add) {
      back.ask<Query>().await(*this, [](const Result<int>&) {});
    }
    int handle(Query) { return 5; }
    Address<Back> back;
  };
  const auto back = system.spawn<Back>();
  const auto two = system.spawn<Two>(back);
  back.send<Recipient<Query>>(two);
  two.send<Add>();
  system.run_until_idle();
  EXPECT_EQ(back.ask<Read>().get(1s).value(), 5);
}

TEST(AskCycle, OverTheFifthOfSeveralQuestionsIsFoundToo) {
  System system(stepped());
  const auto a = system.spawn_with<Teller>(SpawnOptions{.name = "a"});
  const auto b = ledger(system, "b");
  std::vector<Address<Slow>> slow;
  struct Sink : Actor<Sink> {
    void handle(Transfer, Promise<Transfer> answer) { kept.push_back(std::move(answer)); }
    std::vector<Promise<Transfer>> kept;
  };
  std::vector<Recipient<Transfer>> all;
  for (int i = 0; i < 7; ++i) all.emplace_back(system.spawn<Sink>());
  all.emplace_back(b);
  a.send<Next>(all);
  b.send(to(a));
  const auto asker = system.spawn<Runner>();
  asker.send<Do>(
      [&](ActorBase& self) { a.ask<Transfer>().then(self, [](const Result<std::string>&) {}); });
  system.run_until_idle();
  // b has been asked by a, asks a, and so closes the cycle.
  EXPECT_EQ(a.cell().pauses, 1);
  EXPECT_EQ(b.cell().pauses, 0);
}

TEST(AskCycle, MayGoOnAfterwards) {
  System system(stepped());
  const auto a = ledger(system, "a");
  const auto b = ledger(system, "b");
  a.send(to(b));
  b.send(to(a));
  for (int round = 0; round < 5; ++round) {
    EXPECT_TRUE(a.ask<Transfer>().get(1s).value().starts_with("ask_cycle")) << round;
  }
  b.send(to());
  EXPECT_EQ(a.ask<Transfer>().get(1s).value(), "done");
}

}  // namespace stet::test::ask_await_test
