// tests/runtime/stash_test.cpp
// Goal    What is put aside comes back before waiting mail, in order, once; over the bound it stays
//         with the caller; at the actor's end nothing vanishes.
#include <stet/runtime/stash.hpp>

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include <stet/runtime/supervision.hpp>
#include <stet/runtime/urgent.hpp>

#include "runtime/samples.hpp"

namespace stet::test::stash_test {

struct Open {};
struct Close {};
struct Count {
  using Reply = int;
};

// Takes numbers and questions only while it is open.
class Door : public Actor<Door> {
 public:
  explicit Door(std::vector<int>& out) : out_(out) {}
  void handle(Open) {
    open_ = true;
    stash_.unstash_all();
  }
  void handle(Close) { open_ = false; }
  void handle(Number number) {
    if (!open_) {
      if (!stash_.put(number)) out_.push_back(-number.value);
      return;
    }
    out_.push_back(number.value);
  }
  void handle(Count question, Promise<Count> promise) {
    if (!open_) {
      if (!stash_.put(question, promise)) promise.fail(Error(Errc::mailbox_full));
      return;
    }
    promise.resolve(static_cast<int>(out_.size()));
  }

 private:
  bool open_ = false;
  std::vector<int>& out_;
  Stash<Door> stash_{*this, 3};
};

class StashTest : public testing::Test {
 protected:
  SystemOptions options() {
    SystemOptions made = stepped();
    made.dead_letters = letters_.handler();
    return made;
  }
  Letters letters_;
  std::vector<int> out_;
  System system_{options()};
};

TEST_F(StashTest, ComesBackInOrderBeforeWaitingMail) {
  const auto door = system_.spawn<Door>(out_);
  for (int i = 1; i <= 3; ++i) door.send<Number>(i);
  system_.run_until_idle();
  EXPECT_TRUE(out_.empty());
  door.send<Open>();
  door.send<Number>(4);
  door.send<Number>(5);
  system_.run_until_idle();
  EXPECT_EQ(out_, (std::vector<int>{1, 2, 3, 4, 5}));
}

TEST_F(StashTest, RefusesOverItsBound) {
  const auto door = system_.spawn<Door>(out_);
  for (int i = 1; i <= 4; ++i) door.send<Number>(i);
  system_.run_until_idle();
  EXPECT_EQ(out_, std::vector<int>{-4});
  std::optional<Result<int>> answer;
  system_.spawn<Runner>().send<Do>([&](ActorBase& self) {
    door.ask<Count>().then(self, [&](Result<int> result) { answer = std::move(result); });
  });
  system_.run_until_idle();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->error(), Errc::mailbox_full);
}

TEST_F(StashTest, KeepsWhoAsked) {
  const auto door = system_.spawn<Door>(out_);
  std::optional<Result<int>> answer;
  system_.spawn<Runner>().send<Do>([&](ActorBase& self) {
    door.ask<Count>().then(self, [&](Result<int> result) { answer = std::move(result); });
  });
  system_.run_until_idle();
  EXPECT_FALSE(answer.has_value());
  door.send<Number>(7);
  door.send<Open>();
  system_.run_until_idle();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->value(), 0);  // Asked before the number came.
  EXPECT_EQ(out_, std::vector<int>{7});
}

TEST_F(StashTest, LosesNothingSilentlyAtTheActorsEnd) {
  const auto door = system_.spawn<Door>(out_);
  std::optional<Result<int>> answer;
  door.send<Number>(1);
  system_.spawn<Runner>().send<Do>([&](ActorBase& self) {
    door.ask<Count>().then(self, [&](Result<int> result) { answer = std::move(result); });
  });
  system_.run_until_idle();
  door.stop();
  system_.run_until_idle();
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->error(), Errc::receiver_gone);
  EXPECT_EQ(letters_.all().size(), 2U);  // The question too: nobody handled it.
}

// Bounded mailboxes: what is aside does not count, what has come back does.
TEST_F(StashTest, CountsAgainOnceItIsBack) {
  for (const WhenFull policy : {WhenFull::reject, WhenFull::drop_oldest}) {
    out_.clear();
    SpawnOptions options;
    options.mailbox = {.capacity = 3, .when_full = policy};
    const auto door = system_.spawn_with<Door>(options, out_);
    for (int i = 1; i <= 3; ++i) door.send<Number>(i);
    system_.run_until_idle();
    EXPECT_EQ(mailbox_state(door).waiting, 0U);
    door.send<Open>();
    door.send<Number>(4);
    door.send<Number>(5);
    system_.run_until_idle();
    EXPECT_EQ(out_, (std::vector<int>{1, 2, 3, 4, 5}));
    EXPECT_EQ(mailbox_state(door).waiting, 0U);
    EXPECT_TRUE(letters_.all().empty());
  }
}

// In the turn of an answer, while user messages wait: then the mail lies the other way round.
TEST_F(StashTest, ComesBackBeforeMailThatWaitsForAPause) {
  class Patient : public Actor<Patient> {
   public:
    Patient(std::vector<int>& out, Address<Counter> counter)
        : out_(out), counter_(std::move(counter)) {}
    void handle(Number number) {
      if (aside_) {
        ASSERT_TRUE(stash_.put(number).has_value());
        return;
      }
      out_.push_back(number.value);
    }
    void handle(Close) {
      aside_ = false;
      pause_ = Turn::pause_actor();
      counter_.ask<Read>().then(*this, [this](const Result<std::int64_t>&) {
        stash_.unstash_all();
        pause_ = {};
      });
    }

   private:
    bool aside_ = true;
    std::vector<int>& out_;
    Address<Counter> counter_;
    ActorPause pause_;
    Stash<Patient> stash_{*this, 10};
  };
  const auto counter = system_.spawn<Counter>(1);
  const auto patient = system_.spawn<Patient>(out_, counter);
  patient.send<Number>(1);
  patient.send<Number>(2);
  patient.send<Close>();
  patient.send<Number>(3);
  patient.send<Number>(4);
  system_.run_until_idle();
  EXPECT_EQ(out_, (std::vector<int>{1, 2, 3, 4}));
}

// Closed when it is made, and breaks.
class Fragile : public Actor<Fragile> {
 public:
  explicit Fragile(std::vector<int>& out) : out_(out) {}
  void handle(Open) {
    open_ = true;
    stash_.unstash_all();
  }
  void handle(Number number) {
    if (!open_) {
      EXPECT_TRUE(stash_.put(number));
      return;
    }
    out_.push_back(number.value);
  }
  void handle(Count question, Promise<Count> promise) {
    if (!open_) {
      EXPECT_TRUE(stash_.put(question, promise));
      return;
    }
    promise.resolve(static_cast<int>(out_.size()));
  }
  void handle(const Throw& message) { throw std::runtime_error(message.what); }

 private:
  bool open_ = false;
  std::vector<int>& out_;
  Stash<Fragile> stash_{*this, 10};
};

TEST_F(StashTest, ComesToTheNextObjectBeforeWaitingMailWhenTheActorIsRestarted) {
  const auto root = system_.spawn<Supervisor>();
  SpawnOptions options;
  options.mailbox = {.capacity = 20};
  const auto fragile = spawn_child_with<Fragile>(root, options, std::ref(out_));
  std::optional<Result<int>> answer;
  fragile.send<Number>(1);
  fragile.send<Number>(2);
  system_.run_until_idle();
  system_.spawn<Runner>().send<Do>([&](ActorBase& self) {
    fragile.ask<Count>().then(self, [&](Result<int> result) { answer = std::move(result); });
  });
  system_.run_until_idle();
  fragile.send<Throw>();
  fragile.send<Number>(3);
  fragile.send<Open>();
  fragile.send<Number>(4);
  system_.run_until_idle();
  EXPECT_EQ(system_.counters().restarts, 1U);
  EXPECT_EQ(out_, (std::vector<int>{1, 2, 3, 4}));
  ASSERT_TRUE(answer.has_value()) << "its promise went with it";
  EXPECT_EQ(answer->value(), 2);
  EXPECT_EQ(mailbox_state(fragile).waiting, 0U);
  EXPECT_TRUE(letters_.all().empty());
}

TEST_F(StashTest, GoesToTheDeadLettersWhenTheFailedActorIsStopped) {
  const auto root = system_.spawn<Supervisor>(
      Supervision{.decide = [](const Failure&) { return Decision::stop; }});
  const auto fragile = spawn_child<Fragile>(root, std::ref(out_));
  std::optional<Result<int>> answer;
  fragile.send<Number>(1);
  system_.spawn<Runner>().send<Do>([&](ActorBase& self) {
    fragile.ask<Count>().then(self, [&](Result<int> result) { answer = std::move(result); });
  });
  system_.run_until_idle();
  fragile.send<Throw>();
  fragile.send<Number>(2);
  system_.run_until_idle();
  EXPECT_TRUE(out_.empty());
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(answer->error(), Errc::receiver_gone);
  EXPECT_EQ(letters_.all().size(), 3U);
}

}  // namespace stet::test::stash_test
