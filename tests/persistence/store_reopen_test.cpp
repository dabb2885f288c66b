// tests/persistence/store_reopen_test.cpp
// Goal    After a failed flush a store goes on as its policy says: nobody is told of a write that is
//         not there, and nothing that anybody has read is taken back.
// Method  Stepped, on a disk that fails when told; then seeded runs of writes and failures, each read
//         and the end compared with a map.
// Control crash/store_faults_test.cpp: a store that forgets what was on its way.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include <stet/persistence/persistable.hpp>
#include <stet/persistence/spawn_persistent.hpp>

#include "failing_store.hpp"
#include "store_rig.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::store_reopen_test {
namespace {

using detail::FaultControl;
using Call = FaultControl::Call;
using Left = detail::MemoryDisk::NotYetDurable;

struct Tally {
  std::int64_t count = 0;
};
struct Add {};
struct Total {
  using Reply = std::int64_t;
};
class Counter : public Actor<Counter> {
 public:
  explicit Counter(Persistable<Tally> tally) : tally_(std::move(tally)) {}
  void handle(Add) {
    tally_.mutate([](Tally& tally) { ++tally.count; });
  }
  std::int64_t handle(Total) { return tally_->count; }

 private:
  Persistable<Tally> tally_;
};

struct Failure {
  Call call;
  FaultControl::Effect effect;
  Left left;
};

class StoreReopen : public testing::TestWithParam<Failure> {
 protected:
  static void fail(StoreRig& rig) {
    rig.disk->set_successor_finds(GetParam().left);
    rig.faults->fail_at(GetParam().call, 1, Errc::outcome_unknown, GetParam().effect);
  }
};

TEST_P(StoreReopen, WithThePolicyReopenWhoWaitsIsAnsweredAndActorsGoOn) {
  const auto disk = std::make_shared<detail::MemoryDisk>();
  {
    StoreRig rig({.failure = FailurePolicy::reopen}, disk);
    Repository<Tally> repo{rig.data->base("//tally").scope("a")};
    const auto counter = spawn_persistent<Counter>(*rig.system, repo);
    counter.send<Add>();
    EXPECT_TRUE(rig.store->flush(1s));
    fail(rig);
    counter.send<Add>();
    EXPECT_TRUE(rig.link()->insert.ask("//during", "x").get(1s));
    EXPECT_EQ(counter.ask<Total>().get(1s).value(), 2);
    EXPECT_TRUE(rig.store->flush(1s));
    EXPECT_EQ(rig.health, (std::vector{StoreState::poisoned, StoreState::ok}));
    EXPECT_EQ(rig.store->health().epoch, 1U);
    rig.crash();
  }
  StoreRig rig({}, disk);
  EXPECT_EQ(Repository<Tally>{rig.data->base("//tally").scope("a")}.read().value().count, 2);
  EXPECT_EQ(rig.get("//during"), "x");
}

TEST_P(StoreReopen, WithThePolicyStopTheHostReopensAndWhatWasReadIsThere) {
  const auto disk = std::make_shared<detail::MemoryDisk>();
  {
    StoreRig rig({}, disk);
    EXPECT_TRUE(rig.link()->insert.ask("//before", "x").get(1s));
    fail(rig);
    EXPECT_EQ(rig.link()->insert.ask("//during", "x").get(1s).error(), Errc::outcome_unknown);
    EXPECT_EQ(rig.link()->insert.ask("//after", "x").get(1s).error(), Errc::poisoned);
    EXPECT_EQ(rig.get("//during"), "x");
    EXPECT_EQ(rig.link()->scan.ask("//during").get(1s).value().records.size(), 1U);
    EXPECT_TRUE(rig.store->reopen(1s));
    EXPECT_EQ(rig.store->health().state, StoreState::ok);
    EXPECT_EQ(rig.store->health().epoch, 1U);
    EXPECT_TRUE(rig.link()->insert.ask("//after", "x").get(1s));
    EXPECT_TRUE(rig.store->reopen(1s));  // Nothing to do.
    EXPECT_EQ(rig.store->health().epoch, 1U);
    rig.crash();
  }
  StoreRig rig({}, disk);
  for (const char* key : {"//before", "//during", "//after"}) EXPECT_EQ(rig.get(key), "x") << key;
}

TEST_P(StoreReopen, WhatWasAcknowledgedWithoutAFlushIsNotLostByAFlushThatFails) {
  const auto disk = std::make_shared<detail::MemoryDisk>();
  {
    StoreRig rig({.durability = Durability::visible}, disk);
    EXPECT_TRUE(rig.link()->insert.ask("//visible", "x").get(1s));
    fail(rig);
    rig.link()->insert.send("//next", "x", Durability::durable);
    rig.system->run_until_idle();
    EXPECT_EQ(rig.store->health().state, StoreState::poisoned);
    EXPECT_TRUE(rig.store->reopen(1s));
    rig.crash();
  }
  StoreRig rig({}, disk);
  EXPECT_EQ(rig.get("//visible"), "x");
  EXPECT_EQ(rig.get("//next"), "x");
}

TEST_P(StoreReopen, AScopeWhoseOwnerWasStoppedIsFreeAfterwards) {
  StoreRig rig;
  Repository<Tally> repo{rig.data->base("//tally").scope("a")};
  const auto counter = spawn_persistent<Counter>(*rig.system, repo);
  counter.send<Add>();
  EXPECT_EQ(counter.ask<Total>().get(1s).value(), 1);
  EXPECT_TRUE(rig.store->flush(1s));
  fail(rig);
  counter.send<Add>();
  rig.system->run_until_idle();
  EXPECT_FALSE(counter.is_alive());
  EXPECT_TRUE(rig.store->reopen(1s));
  const auto again = spawn_persistent<Counter>(*rig.system, repo);
  EXPECT_EQ(again.ask<Total>().get(1s).value(), 2);
}

INSTANTIATE_TEST_SUITE_P(
    Failures, StoreReopen,
    testing::Values(Failure{Call::commit, FaultControl::Effect::none, Left::kept},
                    Failure{Call::commit, FaultControl::Effect::after, Left::kept},
                    Failure{Call::commit, FaultControl::Effect::after, Left::lost},
                    Failure{Call::flush, FaultControl::Effect::none, Left::kept},
                    Failure{Call::flush, FaultControl::Effect::none, Left::lost},
                    Failure{Call::flush, FaultControl::Effect::after, Left::kept}));

TEST(StoreReopening, IsTriedAgainWhereThatMayHelp) {
  StoreRig rig({.failure = FailurePolicy::reopen});
  rig.faults->fail_at(Call::commit, 1, Errc::outcome_unknown);
  for (int i = 1; i <= 3; ++i) rig.faults->fail_at(Call::reopen, 1, Errc::disk_full);
  EXPECT_EQ(rig.link()->insert.ask("//a", "x").get(1ms).error(), Errc::timed_out);
  for (int i = 0; i < 10; ++i) {
    rig.system->advance(10s);
    rig.system->run_until_idle();
  }
  EXPECT_EQ(rig.store->health().state, StoreState::ok);
  EXPECT_TRUE(rig.store->flush(1s));
  EXPECT_EQ(rig.get("//a"), "x");
}

TEST(StoreReopening, EndsAfterSomeAttemptsAndTellsWhoWaits) {
  StoreRig rig({.failure = FailurePolicy::reopen});
  rig.faults->fail_at(Call::commit, 1, Errc::outcome_unknown);
  rig.faults->fail_randomly(Call::reopen, 1000, Errc::disk_full);
  auto asked = rig.link()->insert.ask("//a", "x");
  for (int i = 0; i < 20; ++i) {
    rig.system->advance(10s);
    rig.system->run_until_idle();
  }
  EXPECT_EQ(std::move(asked).get(1s).error(), Errc::outcome_unknown);
  EXPECT_EQ(rig.link()->insert.ask("//b", "x").get(1s).error(), Errc::poisoned);
  EXPECT_EQ(rig.faults->calls(Call::reopen), 8U);
  // The host may try when it has seen to it.
  rig.faults->fail_randomly(Call::reopen, 0, Errc::disk_full);
  EXPECT_TRUE(rig.store->reopen(1s));
  EXPECT_EQ(rig.get("//a"), "x");
}

TEST(StoreReopening, OverADamagedCopyIsNotTriedAgain) {
  StoreRig rig({.failure = FailurePolicy::reopen});
  rig.faults->fail_at(Call::commit, 1, Errc::outcome_unknown);
  rig.faults->fail_at(Call::reopen, 1, Errc::corrupt);
  EXPECT_EQ(rig.link()->insert.ask("//a", "x").get(1s).error(), Errc::outcome_unknown);
  EXPECT_EQ(rig.store->health().state, StoreState::poisoned);
  EXPECT_EQ(rig.store->health().reason, Errc::corrupt);
  EXPECT_EQ(rig.faults->calls(Call::reopen), 1U);
}

TEST(StoreReopening, ADiskThatFailsEveryTimeIsNotReopenedForEver) {
  StoreRig rig({.failure = FailurePolicy::reopen});
  rig.faults->fail_randomly(Call::commit, 1000, Errc::outcome_unknown);
  EXPECT_EQ(rig.link()->insert.ask("//a", "x").get(1s).error(), Errc::outcome_unknown);
  EXPECT_EQ(rig.store->health().state, StoreState::poisoned);
  EXPECT_LE(rig.faults->calls(Call::reopen), 8U);
}

TEST(StoreDegraded, AFullDiskIsAnsweredFromMemoryAndWrittenAsOneCommit) {
  const auto disk = std::make_shared<detail::MemoryDisk>();
  {
    StoreRig rig({.failure = FailurePolicy::degrade}, disk);
    EXPECT_TRUE(rig.link()->insert.ask("//a/0", "x").get(1s));
    rig.faults->set_disk_full(true);
    for (int i = 1; i < 50; ++i) {
      const std::string key = "//a/" + std::to_string(i % 10);
      ASSERT_TRUE(rig.link()->insert.ask(key, std::to_string(i)).get(1ms)) << i;
    }
    EXPECT_TRUE(rig.link()->remove_prefix.ask("//a/3").get(1ms));
    EXPECT_EQ(rig.store->health().state, StoreState::degraded);
    EXPECT_EQ(rig.get("//a/9"), "49");
    EXPECT_EQ(rig.get("//a/3"), std::nullopt);
    EXPECT_EQ(rig.link()->scan.ask("//a").get(1s).value().records.size(), 9U);
    const std::uint64_t commits = rig.store->stats().commits;
    rig.faults->set_disk_full(false);
    rig.system->advance(10s);
    rig.system->run_until_idle();
    EXPECT_EQ(rig.store->stats().commits, commits + 1);
    EXPECT_EQ(rig.store->health().state, StoreState::ok);
    rig.crash();  // All that was acknowledged is durable at once.
  }
  StoreRig rig({}, disk);
  for (int i = 0; i < 10; ++i) {
    const auto found = rig.get("//a/" + std::to_string(i));
    EXPECT_EQ(found, i == 3 ? std::nullopt : std::optional(std::to_string(40 + i)));
  }
}

TEST(StoreDegraded, WhatMemoryTakesIsBounded) {
  constexpr std::size_t bound = 64 << 10;
  StoreRig rig({.queue_bytes = bound, .failure = FailurePolicy::degrade});
  rig.faults->set_disk_full(true);
  std::size_t answered = 0;
  std::size_t sent = 0;
  Errc last{};
  for (; sent < 1000 && last != Errc::would_block; ++sent) {
    const auto done =
        rig.link()->insert.ask("//n/" + std::to_string(sent), std::string(1000, 'x')).get(1ms);
    if (done) ++answered;
    last = done ? Errc{} : done.error().code;
  }
  EXPECT_EQ(last, Errc::would_block);
  EXPECT_GE(answered, 60U);
  EXPECT_LE(answered, 70U);
  // Hot keys alone never fill it.
  rig.faults->set_disk_full(false);
  rig.system->advance(10s);
  EXPECT_TRUE(rig.store->flush(1s));
  for (std::size_t i = 0; i + 1 < sent; ++i) {
    ASSERT_TRUE(rig.get("//n/" + std::to_string(i)).has_value()) << i;
  }
}

TEST(StoreDegraded, AHotKeyNeverFillsTheMemory) {
  StoreRig rig({.queue_bytes = 64 << 10, .failure = FailurePolicy::degrade});
  rig.faults->set_disk_full(true);
  for (int i = 0; i < 2000; ++i) {
    const std::string value = std::to_string(i) + std::string(1000, 'x');
    ASSERT_TRUE(rig.link()->insert.ask("//hot", value).get(1ms)) << i;
  }
  rig.faults->set_disk_full(false);
  rig.system->advance(10s);
  EXPECT_TRUE(rig.store->flush(1s));
  EXPECT_TRUE(rig.get("//hot").value().starts_with("1999x"));
}

TEST(StoreDegraded, AFailedFlushToo) {
  for (const Left left : {Left::kept, Left::lost}) {
    const auto disk = std::make_shared<detail::MemoryDisk>();
    disk->set_successor_finds(left);
    {
      StoreRig rig({.failure = FailurePolicy::degrade}, disk);
      rig.faults->fail_at(Call::flush, 1, Errc::outcome_unknown);
      rig.faults->fail_at(Call::reopen, 1, Errc::io);
      EXPECT_TRUE(rig.link()->insert.ask("//a", "1").get(1ms));
      EXPECT_TRUE(rig.link()->insert.ask("//b", "2").get(1ms));
      EXPECT_EQ(rig.store->health().state, StoreState::degraded);
      rig.system->run_until_idle();
      rig.system->advance(10s);
      rig.system->run_until_idle();
      EXPECT_EQ(rig.store->health().state, StoreState::ok);
      EXPECT_EQ(rig.store->health().epoch, 1U);
      rig.crash();
    }
    StoreRig rig({}, disk);
    EXPECT_EQ(rig.get("//a"), "1");
    EXPECT_EQ(rig.get("//b"), "2");
  }
}

TEST(StoreDegraded, WhatWasNeverWrittenIsToldAtTheEnd) {
  std::vector<StoreHealth> told;
  {
    System system({.stepped = true});
    const auto faults = std::make_shared<FaultControl>();
    StoreOptions options{.engine = EngineChoice::given(
                             detail::make_faulty_engine(detail::make_memory_engine(), faults)),
                         .failure = FailurePolicy::degrade,
                         .on_health = [&told](const StoreHealth& now) { told.push_back(now); }};
    const Store store = Store::open(system, std::move(options)).value();
    faults->set_disk_full(true);
    EXPECT_TRUE(store.link()->insert.ask("//a", "1").get(1ms));
  }
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.back().state, StoreState::closed);
  EXPECT_EQ(told.back().reason, Errc::outcome_unknown);
}

TEST(StoreReopening, SeededFailuresNeverTakeBackWhatWasReadOrAcknowledged) {
  const Seed seed = Seed::from_environment_or_random();
  std::size_t epochs = 0;
  const std::size_t rounds = scaled(300);
  for (std::size_t round = 0; round < rounds; ++round) {
    const FailingStore::Outcome outcome = FailingStore(seed.derive(round)).run();
    ASSERT_EQ(outcome.wrong, "") << seed << " round " << round;
    epochs += outcome.epochs;
  }
  EXPECT_GT(epochs, rounds / 10) << seed;
}

}  // namespace
}  // namespace stet::test::store_reopen_test
