// tests/runtime/supervision_test.cpp
// Goal    A child that fails is restarted, stopped, or takes its parent along, exactly as its
//         parent says; its mail, address and cell stay; nothing of the failed object lives on;
//         children end before their parents.
// Method  Stepped systems, many of them over seeds; objects write down their lives.
#include <gtest/gtest.h>

#include <stet/runtime/supervision.hpp>
#include <stet/runtime/timer.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "runtime/child_samples.hpp"

namespace stet::test::supervision_test {

// Runs what it is given in its constructor and in turns.
class Mother : public Actor<Mother> {
 public:
  using Actor<Mother>::self;
  using ActorBase::stop;
  Mother(Diary& diary, std::function<void(Mother&)> begin) : diary_(diary) {
    diary_.push_back("+mother");
    begin(*this);
  }
  ~Mother() { diary_.push_back("-mother"); }
  void handle(const Fail& message) { throw std::runtime_error(message.what); }
  void handle(Number message) { diary_.push_back("mother" + std::to_string(message.value)); }
  void handle(const Do& message) { message.body(*this); }

  std::vector<Address<Child>> children;

 private:
  Diary& diary_;
};

Diary sorted(Diary diary) {
  std::sort(diary.begin(), diary.end());
  return diary;
}

TEST(Supervision, RestartKeepsAddressAndMailButNotState) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Diary diary;
    System system(stepped(seed));
    const auto root = system.spawn<Supervisor>();
    const auto child = spawn_child<Child>(root, std::ref(diary), "a");
    child.send<Number>(1);
    child.send<Fail>();
    child.send<Number>(2);
    child.send<Number>(3);
    system.run_until_idle();
    EXPECT_TRUE(child.is_alive());
    EXPECT_EQ(diary, (Diary{"+a", "a1", "-a", "+a", "a2", "a3"})) << "seed " << seed;
    EXPECT_EQ(child.ask<Life>().get(1s).value(), 2);
    EXPECT_EQ(system.counters().restarts, 1U);
    EXPECT_EQ(system.counters().throws, 1U);
  }
}

TEST(Supervision, WhoAskedTheFailedTurnIsTold) {
  Diary diary;
  System system(stepped());
  const auto root = system.spawn<Supervisor>();
  const auto child = spawn_child<Child>(root, std::ref(diary), "a");
  EXPECT_EQ(child.ask<Breaks>().get(1s).error(), Errc::handler_threw);
  EXPECT_EQ(child.ask<Life>().get(1s).value(), 0);
}

TEST(Supervision, WithoutItAFailedChildStopsAndItsParentGoesOn) {
  Diary diary;
  std::string logged;
  SystemOptions options = stepped();
  options.log = [&](LogLevel, std::string_view, std::string_view text) { logged = text; };
  System system(options);
  Address<Child> child;
  const auto mother = system.spawn<Mother>(diary, [&](Mother& self) {
    child = spawn_child_with<Child>(self, {.name = "Ann"}, std::ref(diary), "a");
  });
  child.send<FailOddly>();
  child.send<Number>(1);
  system.run_until_idle();
  EXPECT_FALSE(child.is_alive());
  EXPECT_TRUE(mother.is_alive());
  EXPECT_EQ(diary, (Diary{"+mother", "+a", "-a"}));
  EXPECT_EQ(system.counters().dead_letters, 1U);
  EXPECT_NE(logged.find("Child 'Ann' failed: "), std::string::npos) << logged;
  EXPECT_NE(logged.find("it threw what is no std::exception"), std::string::npos) << logged;
  EXPECT_NE(logged.find("lets it stop"), std::string::npos) << logged;
}

// What three children of a parent go through when the middle one fails.
Diary after_a_failure_of_the_middle_one(std::uint64_t seed, Strategy strategy) {
  Diary diary;
  System system(stepped(seed));
  const auto root = system.spawn<Supervisor>(Supervision{.strategy = strategy});
  std::vector<Address<Child>> children;
  for (const char* name : {"a", "b", "c"}) {
    children.push_back(spawn_child<Child>(root, std::ref(diary), name));
  }
  system.run_until_idle();
  diary.clear();
  children[1].send<Fail>();
  for (const auto& child : children) child.send<Number>(1);
  system.run_until_idle();
  for (const auto& child : children) EXPECT_TRUE(child.is_alive());
  Diary lives = diary;
  std::erase_if(lives, [](const std::string& each) { return each.back() == '1'; });
  EXPECT_EQ(diary.size(), lives.size() + 3) << "a message was lost or doubled, seed " << seed;
  return lives;
}

TEST(Supervision, OneForOneRestartsTheFailedChildOnly) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    EXPECT_EQ(after_a_failure_of_the_middle_one(seed, Strategy::one_for_one), (Diary{"-b", "+b"}));
  }
}

TEST(Supervision, OneForAllDestroysAllBeforeItMakesTheFirst) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Diary lives = after_a_failure_of_the_middle_one(seed, Strategy::one_for_all);
    ASSERT_EQ(lives.size(), 6U) << "seed " << seed;
    EXPECT_EQ(sorted({lives.begin(), lives.begin() + 3}), (Diary{"-a", "-b", "-c"}));
    EXPECT_EQ((Diary{lives.begin() + 3, lives.end()}), (Diary{"+a", "+b", "+c"}));
  }
}

TEST(Supervision, RestForOneRestartsTheLaterOnesToo) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Diary lives = after_a_failure_of_the_middle_one(seed, Strategy::rest_for_one);
    ASSERT_EQ(lives.size(), 4U) << "seed " << seed;
    EXPECT_EQ(sorted({lives.begin(), lives.begin() + 2}), (Diary{"-b", "-c"}));
    EXPECT_EQ((Diary{lives.begin() + 2, lives.end()}), (Diary{"+b", "+c"}));
  }
}

TEST(Supervision, TooManyFailuresInTheWindowEscalate) {
  Diary diary;
  System system(stepped());
  const auto root = system.spawn<Supervisor>(
      Supervision{.restarts_max = 2, .restarts_within = std::chrono::seconds(10)});
  const auto child = spawn_child<Child>(root, std::ref(diary), "a");
  for (int i = 0; i < 4; ++i) {  // The window slides: two of them at any time.
    child.send<Fail>();
    system.run_until_idle();
    EXPECT_TRUE(child.is_alive()) << i;
    system.advance(std::chrono::seconds(6));
  }
  EXPECT_EQ(system.counters().restarts, 4U);
  for (int i = 0; i < 2; ++i) child.send<Fail>();
  system.run_until_idle();
  EXPECT_FALSE(child.is_alive());
  EXPECT_FALSE(root.is_alive());
  EXPECT_EQ(system.counters().restarts, 5U);
}

TEST(Supervision, EscalationRestartsTheParentWithNewChildren) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Diary diary;
    System system(stepped(seed));
    const auto root = system.spawn<Supervisor>();
    std::vector<Address<Child>> children;
    const std::function<void(Mother&)> begin = [&](Mother& self) {
      supervise(self, {.restarts_max = 0});
      children.push_back(spawn_child<Child>(self, std::ref(diary), "a"));
    };
    const auto mother = spawn_child<Mother>(root, std::ref(diary), begin);
    system.run_until_idle();
    ASSERT_EQ(children.size(), 1U);
    const auto first = children[0];
    first.send<Fail>();
    mother.send<Number>(1);
    system.run_until_idle();
    ASSERT_EQ(children.size(), 2U);
    EXPECT_FALSE(first.is_alive());
    EXPECT_TRUE(children[1].is_alive());
    std::erase(diary, "mother1");  // Before or after, as it comes.
    EXPECT_EQ(diary, (Diary{"+mother", "+a", "-a", "-mother", "+mother", "+a"})) << "seed " << seed;
  }
}

TEST(Supervision, TheDeciderHasTheLastWord) {
  Diary diary;
  std::vector<std::string> told;
  System system(stepped());
  Supervision how;
  how.decide = [&](const Failure& failure) {
    told.push_back(std::string(failure.name) + ": " + failure.error.text);
    if (failure.error.text.find("stop") != std::string::npos) return Decision::stop;
    if (failure.error.text.find("escalate") != std::string::npos) return Decision::escalate;
    if (failure.error.text.find("odd") != std::string::npos) throw 1;
    return Decision::restart;
  };
  for (const bool throws : {false, true}) {
    const auto root = system.spawn<Supervisor>(how);
    const auto a = spawn_child_with<Child>(root, {.name = "a"}, std::ref(diary), "a");
    const auto b = spawn_child_with<Child>(root, {.name = "b"}, std::ref(diary), "b");
    a.send<Fail>("again");
    system.run_until_idle();
    EXPECT_TRUE(a.is_alive());
    a.send<Fail>("stop");
    system.run_until_idle();
    EXPECT_FALSE(a.is_alive());
    EXPECT_TRUE(b.is_alive());
    b.send<Fail>(throws ? "odd" : "escalate");
    system.run_until_idle();
    EXPECT_FALSE(b.is_alive());
    EXPECT_FALSE(root.is_alive());
  }
  ASSERT_EQ(told.size(), 6U);
  EXPECT_NE(told[0].find("a: handling "), std::string::npos) << told[0];
  EXPECT_NE(told[0].find("Fail: again"), std::string::npos) << told[0];
}

TEST(Supervision, MailWaitsOutTheBackoff) {
  Diary diary;
  System system(stepped());
  Supervision how;
  how.restarts_max = 100;
  how.backoff = {.min = 10ms, .max = 35ms, .factor = 2, .jitter = 0};
  const auto root = system.spawn<Supervisor>(how);
  const auto child = spawn_child<Child>(root, std::ref(diary), "a");
  for (const auto pause : {10ms, 20ms, 35ms, 35ms}) {
    diary.clear();
    child.send<Fail>();
    child.send<Number>(1);
    system.run_until_idle();
    system.advance(pause - 1ns);
    system.run_until_idle();
    EXPECT_EQ(diary.back(), "-a");
    system.advance(1ns);
    system.run_until_idle();
    EXPECT_EQ(diary.back(), "a1") << pause.count();
  }
  system.advance(31s);  // Calm for as long as the window.
  diary.clear();
  child.send<Fail>();
  system.run_until_idle();
  system.advance(10ms);
  system.run_until_idle();
  EXPECT_EQ(diary.back(), "+a");
}

TEST(Supervision, JitterIsDrawnFromTheSeed) {
  const auto pauses = [](std::uint64_t seed) {
    Diary diary;
    System system(stepped(seed));
    Supervision how;
    how.backoff = {.min = 100ms, .max = 10s, .factor = 1, .jitter = 1};
    const auto root = system.spawn<Supervisor>(how);
    const auto child = spawn_child<Child>(root, std::ref(diary), "a");
    std::vector<int> found;
    for (int i = 0; i < 5; ++i) {
      child.send<Fail>();
      system.run_until_idle();
      int ms = 0;
      for (; diary.back() != "+a"; ++ms) {
        system.advance(1ms);
        system.run_until_idle();
      }
      EXPECT_GE(ms, 100);
      EXPECT_LE(ms, 200);
      found.push_back(ms);
    }
    return found;
  };
  EXPECT_EQ(pauses(1), pauses(1));
  EXPECT_NE(pauses(1), pauses(2));
}

TEST(Supervision, AConstructorThatThrowsIsAFailureLikeAnother) {
  class Stubborn : public Actor<Stubborn> {
   public:
    explicit Stubborn(int& attempts) {
      if (++attempts < 3) throw std::runtime_error("not yet");
    }
    void handle(Number) {}
  };
  int attempts = 0;
  System system(stepped());
  const auto root = system.spawn<Supervisor>();
  const auto child = spawn_child<Stubborn>(root, std::ref(attempts));
  child.send<Number>(1);
  system.run_until_idle();
  EXPECT_EQ(attempts, 3);
  EXPECT_TRUE(child.is_alive());
  EXPECT_EQ(system.counters().restarts, 2U);
  EXPECT_EQ(system.counters().dead_letters, 0U);
}

TEST(Supervision, AMakerMayTakeItsTime) {
  struct Fetch {
    using Reply = int;
  };
  class Source : public Actor<Source> {
   public:
    int handle(Fetch) { return ++count_; }

   private:
    int count_ = 0;
  };
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Diary diary;
    System system(stepped(seed));
    const auto source = system.spawn<Source>();
    const auto root = system.spawn<Supervisor>();
    const auto child = spawn_child_from<Child>(root, {}, [&](Nascent<Child> nascent) {
      const Address<Child> address = nascent.address();
      source.ask<Fetch>().then(
          address,
          [&, kept = std::make_shared<Nascent<Child>>(std::move(nascent))](Result<int> answer) {
            if (*answer == 2) return kept->fail(Error(Errc::hydration_failed, "unreadable"));
            kept->birth(diary, std::to_string(*answer) + ".");
          });
    });
    child.send<Number>(1);
    child.send<Fail>();
    child.send<Number>(2);
    system.run_until_idle();
    EXPECT_EQ(diary, (Diary{"+1.", "1.1", "-1.", "+3.", "3.2"})) << "seed " << seed;
    EXPECT_EQ(system.counters().restarts, 2U);
  }
}

TEST(Supervision, ALateBirthOfAGivenUpObjectIsNone) {
  // b is still to be born when all are restarted.
  struct Fetch {
    using Reply = int;
  };
  class Slow : public Actor<Slow> {
   public:
    void handle(Fetch, Promise<Fetch> promise) { promises_.push_back(std::move(promise)); }
    void handle(Number message) {
      for (auto& each : std::exchange(promises_, {})) each.resolve(message.value);
    }

   private:
    std::vector<Promise<Fetch>> promises_;
  };
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    Diary diary;
    System system(stepped(seed));
    const auto slow = system.spawn<Slow>();
    const auto root = system.spawn<Supervisor>(Supervision{.strategy = Strategy::one_for_all});
    const auto a = spawn_child<Child>(root, std::ref(diary), "a");
    const auto b = spawn_child_from<Child>(root, {}, [&](Nascent<Child> nascent) {
      const Address<Child> address = nascent.address();
      slow.ask<Fetch>().then(
          address, [&, kept = std::make_shared<Nascent<Child>>(std::move(nascent))](Result<int>) {
            kept->birth(diary, "b");
          });
    });
    system.run_until_idle();
    a.send<Fail>();
    system.run_until_idle();  // Both questions of b wait for their answer.
    slow.send<Number>(1);
    system.run_until_idle();
    EXPECT_EQ(diary, (Diary{"+a", "-a", "+a", "+b"})) << "seed " << seed;
    EXPECT_TRUE(b.is_alive());
    b.send<Number>(1);
    system.run_until_idle();
    EXPECT_EQ(diary.back(), "b1");
  }
}

TEST(Supervision, ChildrenEndBeforeTheirParentAndAfterTheirMail) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Diary diary;
    System system(stepped(seed));
    std::vector<Address<Child>> children;
    const auto mother = system.spawn<Mother>(diary, [&](Mother& self) {
      for (const char* name : {"a", "b"}) {
        children.push_back(spawn_child<Child>(self, std::ref(diary), name));
      }
    });
    for (const auto& child : children) child.send<Number>(1);
    mother.stop();
    mother.send<Number>(1);
    system.run_until_idle();
    EXPECT_FALSE(mother.is_alive());
    EXPECT_EQ(diary.back(), "-mother") << "seed " << seed;
    EXPECT_EQ(sorted(diary), (Diary{"+a", "+b", "+mother", "-a", "-b", "-mother", "a1", "b1"}));
    EXPECT_EQ(system.counters().actors_alive, 0U);
  }
}

}  // namespace stet::test::supervision_test
