// tests/runtime/stepper_test.cpp
// Goal    The same seed gives the same run, another seed another; time stands still but for us.
// Method  Three senders write into one record; runs are compared.
#include <gtest/gtest.h>

#include <vector>

#include "runtime/samples.hpp"
#include "support/seed.hpp"

namespace stet::test::stepper_test {

struct Start {
  int count;
};
class Sender : public Actor<Sender> {
 public:
  Sender(Address<Recorder> to, int base) : to_(std::move(to)), next_(base) {}
  void handle(Start message) {
    to_.send<Number>(next_++);
    if (message.count > 1) self().send<Start>(message.count - 1);
  }

 private:
  Address<Recorder> to_;
  int next_;
};

std::vector<int> run_with(std::uint64_t seed) {
  System system(stepped(seed));
  std::vector<int> out;
  const auto recorder = system.spawn<Recorder>(out);
  std::vector<Address<Sender>> senders;
  for (int i = 0; i < 3; ++i) {
    senders.push_back(system.spawn<Sender>(recorder, 100 * i));
    senders.back().send<Start>(10);
  }
  system.run_until_idle();
  return out;
}

TEST(Stepper, RepeatsARunFromItsSeed) {
  const Seed seed = Seed::from_environment_or_random();
  const std::vector<int> first = run_with(seed.value());
  EXPECT_EQ(first.size(), 30U) << seed;
  EXPECT_EQ(first, run_with(seed.value())) << seed;
}

TEST(Stepper, ChoosesAnotherOrderForAnotherSeed) {
  const Seed seed = Seed::from_environment_or_random();
  const std::vector<int> first = run_with(seed.value());
  bool another = false;
  for (std::uint64_t n = 0; n < 5; ++n) {
    const std::vector<int> other = run_with(seed.derive(n).value());
    another = another || other != first;
    for (int sender = 0; sender < 3; ++sender) {
      int next = 100 * sender;
      for (const int value : other) {
        if (value / 100 == sender) {
          EXPECT_EQ(value, next++) << "order of one sender, " << seed;
        }
      }
    }
  }
  EXPECT_TRUE(another) << seed;
}

TEST(Stepper, RunsOneMessageAStep) {
  System system(stepped());
  const auto counter = system.spawn<Counter>();
  EXPECT_FALSE(system.step());
  counter.send<Add>(1);
  counter.send<Add>(1);
  EXPECT_TRUE(system.step());
  EXPECT_EQ(system.counters().messages, 1U);
  EXPECT_TRUE(system.step());
  EXPECT_FALSE(system.step());
  EXPECT_EQ(system.counters().messages, 2U);
}

TEST(Stepper, StopsAtItsBound) {
  System system(stepped());
  const auto counter = system.spawn<Counter>();
  for (int i = 0; i < 10; ++i) counter.send<Add>(1);
  EXPECT_EQ(system.run_until_idle(4), 4U);
  EXPECT_EQ(system.run_until_idle(), 6U);
}

class Alarm : public Actor<Alarm> {
 public:
  explicit Alarm(std::vector<std::chrono::nanoseconds>& rings) : rings_(rings) {}
  void handle(Add message) { wake_at(std::chrono::nanoseconds(message.amount)); }
  void on_wake() { rings_.push_back(now()); }

 private:
  std::vector<std::chrono::nanoseconds>& rings_;
};

TEST(Stepper, MovesTimeOnlyWhenTold) {
  System system(stepped());
  std::vector<std::chrono::nanoseconds> rings;
  const auto alarm = system.spawn_with<Alarm>({.runs_on = RunsOn::own_thread}, rings);
  EXPECT_EQ(system.now(), 0ns);
  alarm.send<Add>(100);
  system.run_until_idle();
  EXPECT_EQ(system.now(), 0ns);
  system.advance(99ns);
  system.run_until_idle();
  EXPECT_TRUE(rings.empty());
  system.advance(1ns);
  system.run_until_idle();
  EXPECT_EQ(rings, (std::vector<std::chrono::nanoseconds>{100ns}));
  system.advance(1s);
  system.run_until_idle();
  EXPECT_EQ(rings.size(), 1U);
}

TEST(Stepper, GetPumpsMessagesAndMovesTime) {
  System system(stepped());
  std::vector<std::chrono::nanoseconds> rings;
  const auto alarm = system.spawn<Alarm>(rings);
  const auto counter = system.spawn<Counter>(1);
  alarm.send<Add>(500);
  EXPECT_EQ(counter.ask<Read>().get(1us).value(), 1);
  struct Never {
    using Reply = int;
  };
  class Silent : public Actor<Silent> {
   public:
    void handle(Never, Promise<Never> promise) { kept_ = std::move(promise); }

   private:
    Promise<Never> kept_;
  };
  const auto silent = system.spawn<Silent>();
  const auto began = system.now();
  EXPECT_EQ(silent.ask<Never>().get(1us).error(), Errc::timed_out);
  EXPECT_EQ(system.now(), began + 1us);
  EXPECT_EQ(rings.size(), 1U);
}

// Found by the leak checker: the memory of the system must go though a time is still set.
TEST(Stepper, ForgetsTheTimesOfActorsThatHaveStopped) {
  std::vector<std::chrono::nanoseconds> rings;
  System system(stepped());
  for (int i = 0; i < 3; ++i) {
    const auto alarm = system.spawn<Alarm>(rings);
    alarm.send<Add>(100);
    system.run_until_idle();
    if (i == 1) system.advance(1s);  // Due, and stopped before it rang.
    alarm.stop_now();
    system.run_until_idle();
  }
  const auto left = system.spawn<Alarm>(rings);
  left.send<Add>(2'000'000'000);
  system.run_until_idle();
  system.advance(500ms);
}

}  // namespace stet::test::stepper_test
