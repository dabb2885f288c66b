// tests/runtime/receive_timeout_test.cpp
// Goal    ReceiveTimeout comes after a silence, exactly; messages put it off, answers do not.
// Method  The virtual clock of a stepped system.
#include <stet/runtime/receive_timeout.hpp>

#include <gtest/gtest.h>

#include <functional>
#include <vector>

#include <stet/runtime/supervision.hpp>

#include "runtime/samples.hpp"

namespace stet::test::receive_timeout_test {

struct SetTo {
  std::chrono::nanoseconds after;  // 0: cancel.
};
struct AskNow {
  Address<Counter> whom;
};

class Listener : public Actor<Listener> {
 public:
  explicit Listener(std::vector<std::chrono::nanoseconds>& out,
                    std::chrono::nanoseconds after = 100ms)
      : out_(out) {
    if (after > 0ns) silence_.set(after);
  }
  void handle(ReceiveTimeout) { out_.push_back(now()); }
  void handle(Add) {}
  void handle(SetTo message) {
    if (message.after == 0ns) {
      silence_.cancel();
    } else {
      silence_.set(message.after);
    }
  }
  void handle(AskNow message) {
    message.whom.ask<Read>().then(*this, [](const Result<std::int64_t>&) {});
  }

 private:
  std::vector<std::chrono::nanoseconds>& out_;
  ReceiveTimer<Listener> silence_{*this};
};

class ReceiveTimeoutTest : public testing::Test {
 protected:
  void pass(std::chrono::nanoseconds time) {
    system_.advance(time);
    system_.run_until_idle();
  }
  System system_{stepped()};
  std::vector<std::chrono::nanoseconds> out_;
};

TEST_F(ReceiveTimeoutTest, ComesAfterASilenceAndAgain) {
  const auto listener = system_.spawn<Listener>(out_);
  pass(99ms);
  EXPECT_TRUE(out_.empty());
  pass(1ms);
  EXPECT_EQ(out_, (std::vector<std::chrono::nanoseconds>{100ms}));
  pass(100ms);
  EXPECT_EQ(out_, (std::vector<std::chrono::nanoseconds>{100ms, 200ms}));
}

TEST_F(ReceiveTimeoutTest, IsPutOffByMessages) {
  const auto listener = system_.spawn<Listener>(out_);
  for (int i = 0; i < 5; ++i) {
    pass(60ms);
    listener.send<Add>(1);
    system_.run_until_idle();
  }
  EXPECT_TRUE(out_.empty());
  pass(99ms);
  EXPECT_TRUE(out_.empty());
  pass(1ms);
  EXPECT_EQ(out_, (std::vector<std::chrono::nanoseconds>{400ms}));
}

TEST_F(ReceiveTimeoutTest, IsNotPutOffByAnswers) {
  const auto counter = system_.spawn<Counter>();
  const auto listener = system_.spawn<Listener>(out_);
  listener.send<AskNow>(counter);
  system_.step();
  system_.step();
  pass(0ns);
  pass(100ms);
  EXPECT_EQ(out_.size(), 1U);
}

TEST_F(ReceiveTimeoutTest, MessageThatWaitsEndsTheSilence) {
  const auto listener = system_.spawn<Listener>(out_);
  system_.run_until_idle();
  system_.advance(99ms);
  listener.send<Add>(1);
  pass(1ms);
  EXPECT_TRUE(out_.empty());
  pass(100ms);
  EXPECT_EQ(out_, (std::vector<std::chrono::nanoseconds>{200ms}));
}

TEST_F(ReceiveTimeoutTest, CanBeCancelledAndSetAnew) {
  const auto listener = system_.spawn<Listener>(out_, 0ns);
  pass(1s);
  EXPECT_TRUE(out_.empty());
  listener.send<SetTo>(50ms);
  system_.run_until_idle();
  listener.send<SetTo>(80ms);
  system_.run_until_idle();
  pass(50ms);
  EXPECT_TRUE(out_.empty());
  pass(30ms);
  EXPECT_EQ(out_.size(), 1U);
  listener.send<SetTo>(0ns);
  system_.run_until_idle();
  pass(1s);
  EXPECT_EQ(out_.size(), 1U);
}

// A look of an earlier setting that is in the mailbox already must not set a second timer.
TEST_F(ReceiveTimeoutTest, ComesOnceEachTimeAfterManySettings) {
  const auto listener = system_.spawn<Listener>(out_);
  for (int i = 0; i < 5; ++i) {
    listener.send<SetTo>(100ms);
    system_.advance(100ms);
  }
  system_.run_until_idle();
  out_.clear();
  for (int i = 0; i < 10; ++i) pass(100ms);
  EXPECT_GE(out_.size(), 9U);
  EXPECT_LE(out_.size(), 10U);
}

TEST_F(ReceiveTimeoutTest, EndsWithTheActor) {
  const auto listener = system_.spawn<Listener>(out_);
  listener.stop();
  system_.run_until_idle();
  pass(1s);
  EXPECT_TRUE(out_.empty());
  EXPECT_EQ(system_.counters().dead_letters, 0U);
}

TEST_F(ReceiveTimeoutTest, PassesABoundedMailbox) {
  for (const WhenFull policy : {WhenFull::reject, WhenFull::drop_oldest}) {
    out_.clear();
    SpawnOptions options;
    options.mailbox = {.capacity = 1, .when_full = policy};
    const auto listener = system_.spawn_with<Listener>(options, out_);
    pass(250ms);
    pass(0ns);
    EXPECT_GE(out_.size(), 1U);
    EXPECT_EQ(mailbox_state(listener).waiting, 0U);
    listener.stop();
    system_.run_until_idle();
  }
}

// Sets its timer only in its first life, or in each.
class Reborn : public Actor<Reborn> {
 public:
  Reborn(std::vector<std::chrono::nanoseconds>& out, int& made, bool each) : out_(out) {
    if (++made == 1 || each) silence_.set(100ms);
  }
  void handle(ReceiveTimeout) { out_.push_back(now()); }
  void handle(const Throw& message) { throw std::runtime_error(message.what); }

 private:
  std::vector<std::chrono::nanoseconds>& out_;
  ReceiveTimer<Reborn> silence_{*this};
};

TEST_F(ReceiveTimeoutTest, OfADiscardedObjectDoesNotComeToTheNext) {
  int made = 0;
  const auto root = system_.spawn<Supervisor>();
  const auto reborn = spawn_child<Reborn>(root, std::ref(out_), std::ref(made), false);
  pass(60ms);
  reborn.send<Throw>();
  pass(0ns);
  ASSERT_EQ(made, 2);
  pass(1s);
  EXPECT_TRUE(out_.empty());
}

TEST_F(ReceiveTimeoutTest, OfADiscardedObjectThatIsOnItsWayDoesNotComeToTheNext) {
  int made = 0;
  const auto root = system_.spawn<Supervisor>();
  const auto reborn = spawn_child<Reborn>(root, std::ref(out_), std::ref(made), false);
  pass(0ns);
  reborn.send<Throw>();
  pass(100ms);  // The look comes behind the message that makes it fail.
  ASSERT_EQ(made, 2);
  pass(1s);
  EXPECT_TRUE(out_.empty());
}

TEST_F(ReceiveTimeoutTest, StartsAnewWithTheNextObject) {
  int made = 0;
  const auto root = system_.spawn<Supervisor>();
  const auto reborn = spawn_child<Reborn>(root, std::ref(out_), std::ref(made), true);
  pass(60ms);
  reborn.send<Throw>();
  pass(0ns);
  ASSERT_EQ(made, 2);
  pass(99ms);
  EXPECT_TRUE(out_.empty());
  pass(1ms);
  EXPECT_EQ(out_, (std::vector<std::chrono::nanoseconds>{160ms}));
  pass(100ms);
  EXPECT_EQ(out_.size(), 2U);
}

TEST(ReceiveTimeout, ComesOnRealThreads) {
  System system(with_workers(1));
  class Quiet : public Actor<Quiet> {
   public:
    explicit Quiet(std::atomic<int>& count) : count_(count) { silence_.set(5ms); }
    void handle(ReceiveTimeout) { ++count_; }

   private:
    std::atomic<int>& count_;
    ReceiveTimer<Quiet> silence_{*this};
  };
  std::atomic<int> count{0};
  static_cast<void>(system.spawn<Quiet>(count));
  EXPECT_TRUE(eventually([&] { return count >= 3; }));
}

}  // namespace stet::test::receive_timeout_test
