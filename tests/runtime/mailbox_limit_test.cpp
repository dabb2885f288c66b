// tests/runtime/mailbox_limit_test.cpp
// Goal    A bounded mailbox does what its policy says, at exactly its bound; answers, stops and urgent
//         mail pass it; marks are told in turn; nothing is lost silently.
// Method  Stepped systems, where mail waits as long as nobody steps; seeds for random runs.
#include <stet/runtime/mailbox_limit.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include <stet/runtime/stash.hpp>
#include <stet/runtime/timer.hpp>
#include <stet/runtime/urgent.hpp>

#include "runtime/samples.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::mailbox_limit_test {

SpawnOptions limited(std::uint32_t capacity, WhenFull when_full) {
  SpawnOptions options;
  options.mailbox.capacity = capacity;
  options.mailbox.when_full = when_full;
  return options;
}

struct Rig {
  explicit Rig(std::uint64_t seed = 1) : system(make(seed)) {}
  SystemOptions make(std::uint64_t seed) {
    SystemOptions options = stepped(seed);
    options.dead_letters = letters.handler();
    return options;
  }
  Letters letters;
  std::vector<int> out;
  System system;
};

TEST(MailboxLimit, RejectsWhatComesOverTheBound) {
  Rig rig;
  const auto to = rig.system.spawn_with<Recorder>(limited(3, WhenFull::reject), rig.out);
  for (int i = 0; i < 5; ++i) to.send<Number>(i);
  EXPECT_EQ(mailbox_state(to).waiting, 3U);
  ASSERT_EQ(rig.letters.all().size(), 2U);
  EXPECT_EQ(rig.letters.all()[0].reason, Errc::mailbox_full);
  rig.system.run_until_idle();
  EXPECT_EQ(rig.out, (std::vector<int>{0, 1, 2}));
  EXPECT_EQ(mailbox_state(to).waiting, 0U);
  to.send<Number>(5);
  rig.system.run_until_idle();
  EXPECT_EQ(rig.out.back(), 5);
}

TEST(MailboxLimit, LeavesARefusedMessageWithWhoTries) {
  struct Parcel {
    std::unique_ptr<int> content;
  };
  struct Shelf : Actor<Shelf> {
    void handle(Parcel) {}
  };
  for (const WhenFull policy : {WhenFull::reject, WhenFull::wait}) {
    Rig rig;
    const auto to = rig.system.spawn_with<Shelf>(limited(1, policy));
    Parcel first{std::make_unique<int>(1)};
    Parcel second{std::make_unique<int>(2)};
    EXPECT_TRUE(to.try_send(first).has_value());
    const Result<void> refused = to.try_send(second);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error(), Errc::mailbox_full);
    ASSERT_NE(second.content, nullptr);
    EXPECT_EQ(*second.content, 2);
    EXPECT_TRUE(rig.letters.all().empty());
    rig.system.run_until_idle();
    EXPECT_TRUE(to.try_send(second).has_value());
    to.stop_now();
    rig.system.run_until_idle();
    Parcel third{std::make_unique<int>(3)};
    EXPECT_EQ(to.try_send(third).error(), Errc::receiver_gone);
    EXPECT_NE(third.content, nullptr);
  }
}

TEST(MailboxLimit, AnswersAQuestionThatFindsNoRoom) {
  for (const WhenFull policy : {WhenFull::reject, WhenFull::drop_newest}) {
    Rig rig;
    const auto to = rig.system.spawn_with<Counter>(limited(1, policy), 7);
    to.send<Add>(1);
    EXPECT_EQ(to.ask<Read>().get(1s).error(), Errc::mailbox_full);
    rig.system.run_until_idle();
    EXPECT_EQ(to.ask<Read>().get(1s).value(), 8);
  }
}

TEST(MailboxLimit, DropsTheNewestAndCountsIt) {
  Rig rig;
  const auto to = rig.system.spawn_with<Recorder>(limited(2, WhenFull::drop_newest), rig.out);
  for (int i = 0; i < 4; ++i) {
    Number number{i};
    EXPECT_TRUE(to.try_send(number).has_value());
  }
  EXPECT_EQ(mailbox_state(to).dropped, 2U);
  EXPECT_EQ(rig.letters.all().size(), 2U);
  rig.system.run_until_idle();
  EXPECT_EQ(rig.out, (std::vector<int>{0, 1}));
}

TEST(MailboxLimit, DropsTheOldestAlsoDuringALongTurn) {
  Rig rig;
  const auto to = rig.system.spawn_with<Runner>(limited(3, WhenFull::drop_oldest));
  std::vector<int> ran;
  const auto note = [&ran](int n) { return [&ran, n](ActorBase&) { ran.push_back(n); }; };
  to.send<Do>([&](ActorBase&) {
    for (int n = 0; n < 10; ++n) to.send<Do>(note(n));
    EXPECT_EQ(mailbox_state(to).waiting, 3U);
  });
  rig.system.run_until_idle();
  EXPECT_EQ(ran, (std::vector<int>{7, 8, 9}));
  EXPECT_EQ(rig.letters.all().size(), 7U);
  EXPECT_EQ(mailbox_state(to).dropped, 7U);
  EXPECT_EQ(mailbox_state(to).waiting, 0U);
}

// Mail in the ring is mail for on_drained() and more_mail() too.
TEST(MailboxLimit, KnowsOfMoreMailInTheRing) {
  struct Gatherer : Actor<Gatherer> {
    explicit Gatherer(std::vector<int>& out) : out_(out) {}
    void handle(Number) { out_.push_back(more_mail() ? 1 : 0); }
    void on_drained() { out_.push_back(-1); }
    std::vector<int>& out_;
  };
  Rig rig;
  const auto to = rig.system.spawn_with<Gatherer>(limited(3, WhenFull::drop_oldest), rig.out);
  for (int i = 0; i < 3; ++i) to.send<Number>(i);
  rig.system.run_until_idle();
  EXPECT_EQ(rig.out, (std::vector<int>{1, 1, 0, -1}));
}

TEST(MailboxLimit, HandlesWhatWaitsBeforeAStopAlsoFromTheRing) {
  for (const WhenFull policy : {WhenFull::reject, WhenFull::drop_oldest}) {
    Rig rig;
    const auto to = rig.system.spawn_with<Recorder>(limited(4, policy), rig.out);
    for (int i = 0; i < 4; ++i) to.send<Number>(i);
    to.stop();
    to.send<Number>(9);
    rig.system.run_until_idle();
    ASSERT_GE(rig.out.size(), 3U);
    EXPECT_EQ(rig.out[2], policy == WhenFull::reject ? 2 : 3);
    EXPECT_FALSE(to.is_alive());
    EXPECT_EQ(rig.out.size() + rig.letters.all().size(), 5U);
    EXPECT_EQ(mailbox_state(to).waiting, 0U);
  }
}

// Else a full mailbox could never be emptied by an actor that waits for an answer.
TEST(MailboxLimit, NeverRefusesAnswers) {
  for (const WhenFull policy : {WhenFull::reject, WhenFull::drop_newest, WhenFull::drop_oldest}) {
    Rig rig;
    const auto asker = rig.system.spawn_with<Runner>(limited(1, policy));
    const auto counter = rig.system.spawn<Counter>(3);
    std::vector<std::int64_t> answers;
    asker.send<Do>([&](ActorBase& self) {
      for (int i = 0; i < 5; ++i) {
        counter.ask<Read>().then(
            self, [&](const Result<std::int64_t>& answer) { answers.push_back(answer.value()); });
      }
    });
    rig.system.step();
    asker.send<Do>([](ActorBase&) {});
    rig.system.run_until_idle();
    EXPECT_EQ(answers.size(), 5U);
    EXPECT_TRUE(rig.letters.all().empty());
  }
}

TEST(MailboxLimit, LetsTheHostOfASteppedSystemStepForAPlace) {
  Rig rig;
  const auto to = rig.system.spawn_with<Recorder>(limited(2, WhenFull::wait), rig.out);
  for (int i = 0; i < 6; ++i) {
    to.send<Number>(i);
    EXPECT_LE(mailbox_state(to).waiting, 2U);
  }
  rig.system.run_until_idle();
  EXPECT_EQ(rig.out, (std::vector<int>{0, 1, 2, 3, 4, 5}));
  EXPECT_TRUE(rig.letters.all().empty());
}

TEST(MailboxLimit, RejectsInsteadOfWaitingOnAThreadThatRunsActors) {
  Rig rig;
  const auto to = rig.system.spawn_with<Recorder>(limited(1, WhenFull::wait), rig.out);
  const auto runner = rig.system.spawn<Runner>();
  runner.send<Do>([&](ActorBase&) {
    to.send<Number>(0);
    to.send<Number>(1);
  });
  rig.system.run_until_idle();
  EXPECT_EQ(rig.out, std::vector<int>{0});
  EXPECT_EQ(rig.letters.all().size(), 1U);
}

// A timer that fires while time is moved must not step.
TEST(MailboxLimit, RejectsInsteadOfWaitingInATimer) {
  Rig rig;
  const auto to = rig.system.spawn_with<Recorder>(limited(1, WhenFull::wait), rig.out);
  static_cast<void>(send_after<Number>(to, 1ms, 1));
  static_cast<void>(send_after<Number>(to, 2ms, 2));
  rig.system.advance(3ms);
  rig.system.run_until_idle();
  EXPECT_EQ(rig.out, std::vector<int>{1});
  EXPECT_EQ(rig.letters.all().size(), 1U);
}

TEST(MailboxLimit, WaitsOnAHostThreadUntilThereIsRoom) {
  std::vector<int> out;
  System system(with_workers(1));
  const auto to = system.spawn_with<Recorder>(limited(4, WhenFull::wait), out);
  const int count = static_cast<int>(scaled(20'000));
  for (int i = 0; i < count; ++i) to.send<Number>(i);
  ASSERT_TRUE(system.shutdown(patience).has_value());
  ASSERT_EQ(out.size(), static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) ASSERT_EQ(out[static_cast<std::size_t>(i)], i);
  EXPECT_EQ(system.counters().dead_letters, 0U);
}

TEST(MailboxLimit, GivesUpWaitingAtItsTimeAndAtTheActorsEnd) {
  System system(with_workers(1));
  SpawnOptions options = limited(1, WhenFull::wait);
  options.mailbox.wait_max = 20ms;
  const auto slow = system.spawn_with<Runner>(options);
  std::atomic<bool> go{false};
  slow.send<Do>([&](ActorBase&) {
    while (!go) std::this_thread::yield();
  });
  ASSERT_TRUE(eventually([&] { return mailbox_state(slow).waiting == 0; }));
  slow.send<Do>([](ActorBase&) {});
  const auto began = std::chrono::steady_clock::now();
  slow.send<Do>([](ActorBase&) {});
  EXPECT_GE(std::chrono::steady_clock::now() - began, 20ms);
  EXPECT_EQ(system.counters().dead_letters, 1U);
  go = true;

  options.mailbox.wait_max = patience;
  const auto ends = system.spawn_with<Runner>(options);
  std::atomic<bool> end{false};
  ends.send<Do>([&](ActorBase&) {
    while (!end) std::this_thread::yield();
  });
  ASSERT_TRUE(eventually([&] { return mailbox_state(ends).waiting == 0; }));
  ends.stop_now();
  ends.send<Do>([](ActorBase&) {});
  std::thread waiter([&] { ends.send<Do>([](ActorBase&) {}); });
  std::this_thread::sleep_for(10ms);
  end = true;
  waiter.join();  // Woken by the end; nobody handles what it sends.
  // Who waited may be told before the end has got to what the mailbox held.
  EXPECT_TRUE(eventually([&] { return system.counters().dead_letters == 3; }));
}

TEST(MailboxLimit, TellsMarksInTurn) {
  Rig rig;
  std::vector<MailboxLevel> levels;
  SpawnOptions options;
  options.mailbox.high = 4;
  options.mailbox.low = 1;
  options.mailbox.on_level = [&](const MailboxLevel& level) { levels.push_back(level); };
  const auto to = rig.system.spawn_with<Recorder>(options, rig.out);
  for (int i = 0; i < 3; ++i) to.send<Number>(i);
  EXPECT_TRUE(levels.empty());
  for (int i = 0; i < 3; ++i) to.send<Number>(i);  // No bound: all go in, and it is told once.
  ASSERT_EQ(levels.size(), 1U);
  EXPECT_TRUE(levels[0].is_high);
  EXPECT_EQ(levels[0].waiting, 4U);
  EXPECT_EQ(levels[0].number, 1U);
  EXPECT_TRUE(mailbox_state(to).is_high);
  for (int i = 0; i < 4; ++i) rig.system.step();
  EXPECT_EQ(levels.size(), 1U);
  rig.system.step();
  ASSERT_EQ(levels.size(), 2U);
  EXPECT_FALSE(levels[1].is_high);
  EXPECT_EQ(levels[1].waiting, 1U);
  for (int i = 0; i < 4; ++i) to.send<Number>(i);
  ASSERT_EQ(levels.size(), 3U);
  to.stop_now();
  rig.system.run_until_idle();
  ASSERT_EQ(levels.size(), 4U);  // Whoever stopped sending goes on, into the dead letters.
  EXPECT_FALSE(levels[3].is_high);
}

// Senders, a receiver that pauses, stashes and ends: what was sent is handled or a dead letter.
struct Item {
  int sender;
  int number;
};
class Receiver : public Actor<Receiver> {
 public:
  Receiver(std::uint64_t seed, std::vector<Item>& out) : random_(seed), out_(out) {}
  void handle(Item item) {
    if (stash_.size() < 2 && random_() % 4 == 0) {
      ASSERT_TRUE(stash_.put(item).has_value());
      return;
    }
    out_.push_back(item);
    if (random_() % 3 == 0) stash_.unstash_all();
  }

 private:
  std::mt19937_64 random_;
  std::vector<Item>& out_;
  Stash<Receiver> stash_{*this, 2};
};
class Source : public Actor<Source> {
 public:
  Source(Address<Receiver> to, int name) : to_(std::move(to)), name_(name) {}
  void handle(Number count) {
    to_.send<Item>(name_, next_++);
    if (count.value > 1) self().send<Number>(count.value - 1);
  }

 private:
  Address<Receiver> to_;
  int name_;
  int next_ = 0;
};

TEST(MailboxLimit, LosesNothingSilentlyAndStaysInItsBound) {
  const Seed seed = Seed::from_environment_or_random();
  const std::size_t runs = scaled(200);
  for (std::size_t run = 0; run < runs; ++run) {
    std::mt19937_64 random(seed.derive(run).value());
    const auto policy = static_cast<WhenFull>(random() % 3);
    const auto capacity = static_cast<std::uint32_t>(1 + random() % 5);
    Rig rig(random());
    std::vector<Item> out;
    const auto to = rig.system.spawn_with<Receiver>(limited(capacity, policy), random(), out);
    constexpr int each = 20;
    for (int name = 0; name < 3; ++name) rig.system.spawn<Source>(to, name).send<Number>(each);
    const bool ends = random() % 3 == 0;
    for (std::size_t at = 0; rig.system.step(); ++at) {
      // The stash may come on top.
      ASSERT_LE(mailbox_state(to).waiting, capacity + 2) << seed << " run " << run;
      if (ends && at == 50) to.stop_now();
    }
    to.stop();
    rig.system.run_until_idle();
    EXPECT_EQ(out.size() + rig.letters.all().size(), 3U * each) << seed << " run " << run;
    EXPECT_EQ(mailbox_state(to).waiting, 0U) << seed << " run " << run;
  }
}

TEST(MailboxLimit, KeepsTheOrderOfASenderWhateverIsDropped) {
  const Seed seed = Seed::from_environment_or_random();
  for (std::size_t run = 0; run < scaled(200); ++run) {
    std::mt19937_64 random(seed.derive(run).value());
    const auto policy = static_cast<WhenFull>(random() % 3);
    Rig rig(random());
    const auto to = rig.system.spawn_with<Recorder>(
        limited(static_cast<std::uint32_t>(1 + random() % 5), policy), rig.out);
    for (int n = 0; n < 100; ++n) {
      to.send<Number>(n);
      if (random() % 3 == 0) rig.system.step();
    }
    rig.system.run_until_idle();
    EXPECT_TRUE(std::is_sorted(rig.out.begin(), rig.out.end())) << seed << " run " << run;
    EXPECT_EQ(rig.out.size() + rig.letters.all().size(), 100U) << seed << " run " << run;
    if (policy == WhenFull::drop_oldest) {
      EXPECT_EQ(rig.out.back(), 99) << seed << " run " << run;
    }
  }
}

}  // namespace stet::test::mailbox_limit_test
