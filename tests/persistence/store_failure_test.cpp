// tests/persistence/store_failure_test.cpp - a full disk, a failed flush, and what is told to whom.
#include <gtest/gtest.h>

#include <algorithm>

#include <stet/persistence/persistable.hpp>
#include <stet/persistence/spawn_persistent.hpp>

#include "store_rig.hpp"
#include "support/seed.hpp"
#include "support/temp_dir.hpp"

namespace stet::test {
namespace {

using detail::FaultControl;

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

TEST(StoreFailure, AFullDiskDelaysWritesKeepsReadsAndGoesOnByItself) {
  StoreRig rig;
  EXPECT_TRUE(rig.link()->insert.ask("//before", "x").get(1s));
  rig.faults->set_disk_full(true);
  EXPECT_EQ(rig.link()->insert.ask("//during", "x").get(1ms).error(), Errc::timed_out);
  EXPECT_EQ(rig.store->health().state, StoreState::full);
  EXPECT_EQ(rig.store->health().reason, Errc::disk_full);
  EXPECT_TRUE(rig.get("//before").has_value());
  EXPECT_TRUE(rig.get("//during").has_value());  // Sent before: seen.
  rig.system->advance(10s);
  rig.system->run_until_idle();
  EXPECT_GE(rig.store->stats().retries, 2U);
  rig.faults->set_disk_full(false);
  rig.system->advance(10s);
  rig.system->run_until_idle();
  EXPECT_EQ(rig.store->health().state, StoreState::ok);
  EXPECT_TRUE(rig.store->flush(1s));
  EXPECT_EQ(rig.health, (std::vector{StoreState::full, StoreState::ok}));
}

TEST(StoreFailure, PausesBetweenRetriesDoubleUpToTheirBound) {
  StoreRig rig({.retry_initial = 10ms, .retry_max = 80ms});
  rig.faults->set_disk_full(true);
  rig.link()->insert.send("//a", "x");
  rig.system->run_until_idle();
  for (int i = 0; i < 200; ++i) {
    rig.system->advance(5ms);
    rig.system->run_until_idle();
  }
  // A second at 40 to 80 ms each, after the first few: neither a busy loop nor a store asleep.
  EXPECT_GE(rig.store->stats().retries, 12U);
  EXPECT_LE(rig.store->stats().retries, 32U);
}

TEST(StoreFailure, SingleWritesAreRefusedWhenTheStoreHoldsAllItMay) {
  StoreRig rig({.batch_bytes = 4096, .queue_bytes = 64 << 10});
  rig.faults->set_disk_full(true);
  Errc last{};
  for (int i = 0; i < 200 && last != Errc::would_block; ++i) {
    const auto done =
        rig.link()->insert.ask("//n/" + std::to_string(i), std::string(1000, 'x')).get(1ms);
    last = done.error().code;
  }
  EXPECT_EQ(last, Errc::would_block);
  EXPECT_LE(rig.store->stats().queued_bytes, 70U << 10);
  rig.faults->set_disk_full(false);
  rig.system->advance(10s);
  EXPECT_TRUE(rig.store->flush(1s));
  EXPECT_EQ(rig.store->stats().queued_bytes, 0U);
}

TEST(StoreFailure, AfterAFailedFlushWaitersDoNotKnowAndLaterOnesAreRefused) {
  StoreRig rig;
  EXPECT_TRUE(rig.link()->insert.ask("//before", "x").get(1s));
  rig.faults->fail_at(FaultControl::Call::commit, 1, Errc::outcome_unknown);
  EXPECT_EQ(rig.link()->insert.ask("//during", "x").get(1s).error(), Errc::outcome_unknown);
  EXPECT_EQ(rig.link()->insert.ask("//after", "x").get(1s).error(), Errc::poisoned);
  EXPECT_EQ(rig.store->flush(1s).error(), Errc::poisoned);
  EXPECT_EQ(rig.store->health().state, StoreState::poisoned);
}

TEST(StoreFailure, AFailedFlushStopsTheActorsThatWaitForIt) {
  StoreRig rig;
  Repository<Tally> repo{rig.data->base("//tally").scope("a")};
  const auto counter = spawn_persistent<Counter>(*rig.system, repo);
  counter.send<Add>();
  EXPECT_EQ(counter.ask<Total>().get(1s).value(), 1);
  EXPECT_TRUE(rig.store->flush(1s));
  rig.faults->fail_at(FaultControl::Call::commit, 1, Errc::outcome_unknown);
  counter.send<Add>();
  rig.system->run_until_idle();
  EXPECT_FALSE(counter.is_alive());
  EXPECT_EQ(counter.ask<Total>().get(1s).error(), Errc::receiver_gone);
}

TEST(StoreFailure, ARefusedChangeStopsTheActorAndNoLaterChangeOfItIsStored) {
  const auto disk = std::make_shared<detail::MemoryDisk>();
  {
    StoreRig rig({}, disk);
    Repository<Tally> repo{rig.data->base("//tally").scope("a")};
    const auto counter = spawn_persistent<Counter>(*rig.system, repo);
    counter.send<Add>();
    EXPECT_EQ(counter.ask<Total>().get(1s).value(), 1);
    EXPECT_TRUE(rig.store->flush(1s));
    // unsupported: neither to be repeated nor a poisoned file.
    rig.faults->fail_at(FaultControl::Call::commit, 1, Errc::unsupported);
    for (int i = 0; i < 10; ++i) counter.send<Add>();
    rig.system->run_until_idle();
    EXPECT_FALSE(counter.is_alive());
    rig.crash(detail::MemoryDisk::NotYetDurable::kept);
  }
  StoreRig rig({}, disk);
  EXPECT_EQ(Repository<Tally>{rig.data->base("//tally").scope("a")}.read().value().count, 1);
}

TEST(StoreFailure, AfterOneRefusedChangeNoneOfTheSameActorFollows) {
  struct Trespass {};
  // Counts, and once writes where another is the owner.
  class Trespasser : public Actor<Trespasser> {
   public:
    Trespasser(Persistable<Tally> tally, DataStore foreign)
        : tally_(std::move(tally)), foreign_(std::move(foreign)) {}
    void handle(Add) {
      tally_.mutate([](Tally& tally) { ++tally.count; });
    }
    void handle(Trespass) {
      tally_.mutate([](Tally& tally) { ++tally.count; });
      EXPECT_TRUE(foreign_.write({666}));  // Joined; refused later, by the store.
    }

   private:
    Persistable<Tally> tally_;
    Repository<Tally> foreign_;
  };
  // In some of these orders the actor counts on before the store has said no.
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    StoreRig rig({}, std::make_shared<detail::MemoryDisk>(), seed);
    const DataStore base = rig.data->base("//tally");
    Repository<Tally> foreign{base.scope("foreign")};
    const auto owner = Persistable<Tally>::load_or_default(foreign).value();
    Repository<Tally> own{base.scope("own")};
    const auto actor = spawn_persistent<Trespasser>(*rig.system, own, base.scope("foreign"));
    actor.send<Add>();
    actor.send<Trespass>();
    for (int i = 0; i < 5; ++i) actor.send<Add>();
    rig.system->run_until_idle();
    EXPECT_FALSE(actor.is_alive());
    EXPECT_EQ(own.read().value().count, 1) << "seed " << seed;
    EXPECT_EQ(foreign.has().value(), false);
    EXPECT_EQ(rig.refused.size(), 1U);
    EXPECT_EQ(rig.refused.front().second, Errc::already_owned);
  }
}

TEST(StoreFailure, AScopeIsFreeOnlyWhenItsOwnersLastChangeIsStored) {
  StoreRig rig;
  Repository<Tally> repo{rig.data->base("//tally").scope("a")};
  auto first =
      std::make_unique<Persistable<Tally>>(Persistable<Tally>::load_or_default(repo).value());
  rig.faults->set_disk_full(true);
  first->set({7});
  first.reset();
  EXPECT_EQ(Persistable<Tally>::load(repo).error(), Errc::already_owned);
  rig.faults->set_disk_full(false);
  rig.system->advance(10s);
  EXPECT_EQ(Persistable<Tally>::load(repo).value()->count, 7);
}

TEST(StoreFailure, TheMailOfAPausedActorHasABoundAndSaysSo) {
  StoreRig rig({.queue_bytes = 64 << 10});
  Repository<Tally> repo{rig.data->base("//tally").scope("a")};
  const auto counter = spawn_persistent<Counter>(*rig.system, repo);
  rig.system->run_until_idle();
  rig.faults->set_disk_full(true);
  const std::size_t most = persistent_mailbox().capacity;
  std::size_t taken = 0;
  while (taken < 2 * most) {  // What it handles before it is paused comes on top.
    Add message;
    if (auto sent = counter.try_send(message); !sent && sent.error() == Errc::mailbox_full) break;
    if (++taken % 1000 == 0) rig.system->run_until_idle();
  }
  EXPECT_GE(taken, most);
  EXPECT_LT(taken, most + 3000);
  rig.faults->set_disk_full(false);
  rig.system->advance(10s);
  EXPECT_EQ(counter.ask<Total>().get(60s).value(), static_cast<std::int64_t>(taken));
}

TEST(StoreFailure, AnActorIsPausedOverTheBoundAndGoesOnWhenThereIsRoom) {
  StoreRig rig({.queue_bytes = 64 << 10});
  Repository<Tally> repo{rig.data->base("//tally").scope("a")};
  const auto counter = spawn_persistent<Counter>(*rig.system, repo);
  rig.system->run_until_idle();
  rig.faults->set_disk_full(true);
  for (int i = 0; i < 5000; ++i) counter.send<Add>();
  rig.system->run_until_idle();
  EXPECT_LE(rig.store->stats().queued_bytes, 66U << 10);
  EXPECT_EQ(counter.ask<Total>().get(1ms).error(), Errc::timed_out);  // Its mail waits.
  rig.faults->set_disk_full(false);
  rig.system->advance(10s);
  rig.system->run_until_idle();
  EXPECT_EQ(counter.ask<Total>().get(1s).value(), 5000);
  EXPECT_TRUE(rig.store->flush(1s));
  EXPECT_EQ(repo.read().value().count, 5000);
}

TEST(StoreFailure, WhoSendsLittleIsNotPausedForWhoSendsMuch) {
  constexpr std::size_t mark = 64 << 10;
  StoreRig rig({.queue_bytes = mark});
  const DataStore base = rig.data->base("//tally");
  const auto loud = spawn_persistent<Counter>(*rig.system, Repository<Tally>{base.scope("loud")});
  const auto quiet = spawn_persistent<Counter>(*rig.system, Repository<Tally>{base.scope("quiet")});
  rig.system->run_until_idle();
  rig.faults->set_disk_full(true);
  for (int i = 0; i < 5000; ++i) loud.send<Add>();
  rig.system->run_until_idle();
  EXPECT_GT(rig.store->stats().queued_bytes, mark);
  for (int i = 0; i < 3; ++i) quiet.send<Add>();
  EXPECT_EQ(quiet.ask<Total>().get(1ms).value_or(-1), 3);
  EXPECT_EQ(loud.ask<Total>().get(1ms).error(), Errc::timed_out);
  // Up to its share: half of the mark.
  for (int i = 0; i < 5000; ++i) quiet.send<Add>();
  EXPECT_EQ(quiet.ask<Total>().get(1ms).error(), Errc::timed_out);
  EXPECT_LE(rig.store->stats().queued_bytes, mark + mark / 2 + 1024);
  rig.faults->set_disk_full(false);
  rig.system->advance(10s);
  EXPECT_EQ(loud.ask<Total>().get(1s).value(), 5000);
  EXPECT_EQ(quiet.ask<Total>().get(1s).value(), 5003);
}

TEST(StoreFailure, OverTwiceTheMarkEverybodyIsPaused) {
  constexpr std::size_t mark = 64 << 10;
  StoreRig rig({.queue_bytes = mark});
  const DataStore base = rig.data->base("//tally");
  std::vector<Address<Counter>> counters;
  // Each alone would fill its share of a mark that ever more of them share.
  for (int i = 0; i < 40; ++i) {
    counters.push_back(
        spawn_persistent<Counter>(*rig.system, Repository<Tally>{base.scope(std::to_string(i))}));
  }
  rig.system->run_until_idle();
  rig.faults->set_disk_full(true);
  for (const auto& counter : counters) {
    for (int i = 0; i < 400; ++i) counter.send<Add>();
    rig.system->run_until_idle();
  }
  EXPECT_LE(rig.store->stats().queued_bytes, 2 * mark + 40 * 512);
  rig.faults->set_disk_full(false);
  rig.system->advance(10s);
  for (const auto& counter : counters) EXPECT_EQ(counter.ask<Total>().get(1s).value(), 400);
}

TEST(StoreFailure, WhoWaitsForAFullDiskIsBounded) {
  StoreRig rig({.queue_bytes = 64 << 10, .host_wait = 1us});
  Repository<std::string> repo{rig.data->base("//text")};
  auto text = Persistable<std::string>::load_or_default(repo).value();
  rig.faults->set_disk_full(true);
  const Token token = text.set(std::string(100'000, 'a'));
  std::size_t flushes = 0;
  std::size_t waits = 0;
  Error last;
  const auto again = [&last](const auto& done) {
    last = done.error();
    return last == Errc::timed_out;
  };
  while (flushes < 10'000 && again(rig.store->flush(1us))) ++flushes;
  EXPECT_EQ(last, Errc::mailbox_full) << last.message();
  EXPECT_GE(flushes, 100U);  // The queue's bound, in changes.
  EXPECT_LE(flushes, 1000U);
  EXPECT_EQ(token.wait(1us).error(), Errc::mailbox_full);
  for (; waits < 10'000; ++waits) {
    const Token refused = text.set("b");
    ASSERT_NE(refused.refused(), nullptr);
    EXPECT_EQ(*refused.refused(), Errc::would_block);
    last = *refused.refused();
    if (last.text.find("too many") != std::string::npos) break;
  }
  EXPECT_LE(waits, 1000U);
  rig.faults->set_disk_full(false);
  rig.system->advance(10s);
  EXPECT_TRUE(rig.store->flush(1s));
  EXPECT_TRUE(text.set("c").wait(1s));
}

TEST(StoreFailure, ABatchThatWaitsAtTheEndIsStoredWhole) {
  const auto disk = std::make_shared<detail::MemoryDisk>();
  {
    StoreRig rig({}, disk);
    rig.faults->set_disk_full(true);
    rig.link()->insert_batch.send(std::vector<Record>{{"//a", "1"}, {"//b", "2"}});
    rig.system->run_until_idle();
    rig.link()->insert_batch.send(std::vector<Record>{{"//c", "3"}, {"//d", "4"}});
    rig.system->run_until_idle();
    rig.faults->set_disk_full(false);
    EXPECT_TRUE(rig.system->shutdown(1s));
  }
  StoreRig rig({}, disk);
  EXPECT_EQ(rig.get("//b"), "2");
  EXPECT_EQ(rig.get("//d"), "4");
}

TEST(StoreFailure, AFullDiskTakesErasesThatWaitBehindNothing) {
  const auto disk = std::make_shared<detail::MemoryDisk>();
  {
    StoreRig rig({}, disk);
    ASSERT_TRUE(
        rig.link()->insert_batch.ask(std::vector<Record>{{"//a", "1"}, {"//b/c", "2"}}).get(1s));
  }
  StoreRig rig({}, disk);
  rig.faults->set_disk_full(true);
  EXPECT_TRUE(rig.link()->remove.ask("//a").get(1s));
  EXPECT_TRUE(rig.link()->remove_prefix.ask("//b").get(1s));
  EXPECT_EQ(rig.get("//a"), std::nullopt);
  EXPECT_EQ(rig.store->health().state, StoreState::ok);
  // One queue: behind a write that waits for room they wait too, and nothing is reordered.
  EXPECT_EQ(rig.link()->insert.ask("//new", "x").get(1ms).error(), Errc::timed_out);
  EXPECT_EQ(rig.link()->remove.ask("//other").get(1ms).error(), Errc::timed_out);
  rig.faults->set_disk_full(false);
  rig.system->advance(10s);
  EXPECT_TRUE(rig.store->flush(1s));
  EXPECT_EQ(rig.get("//new"), "x");
}

TEST(StoreFailure, AHostThreadWaitsForRoomAndIsToldWhenThereIsNone) {
  StoreRig rig({.queue_bytes = 64 << 10, .host_wait = 1ms});
  Repository<std::string> repo{rig.data->base("//text")};
  auto text = Persistable<std::string>::load_or_default(repo).value();
  rig.faults->set_disk_full(true);
  EXPECT_EQ(text.set(std::string(100'000, 'a')).refused(), nullptr);
  const Token token = text.set("b");
  ASSERT_NE(token.refused(), nullptr);
  EXPECT_EQ(*token.refused(), Errc::would_block);
  EXPECT_EQ(text->size(), 100'000U);  // The value is as it was.
  rig.faults->set_disk_full(false);
  rig.system->advance(10s);
  EXPECT_TRUE(text.set("c").wait(1s));
  EXPECT_EQ(repo.read().value(), "c");
}

TEST(StoreFull, AMapAtItsBoundRefusesWritesAndLetsErasesThrough) {
  const TempDir directory;
  System system(SystemOptions{.stepped = true, .seed = 1});
  const Store store = Store::open(system, {.engine = EngineChoice::lmdb(directory / "store"),
                                           .map_bytes = std::size_t{1} << 20})
                          .value();
  const DataStore data = DataStore(store).base("//big");
  std::optional<Error> refused;
  for (int i = 0; i < 100 && !refused; ++i) {
    const Repository<std::string> one{data.scope(std::to_string(i))};
    const auto done = one.write(std::string(50'000, 'x'), 10s);
    if (!done) refused = done.error();
  }
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(*refused, Errc::map_full) << refused->message();
  EXPECT_EQ(store.health().state, StoreState::full);
  EXPECT_TRUE(Repository<std::string>{data.scope("0")}.read());
  // LMDB uses a page again two commits after it was freed.
  for (int i = 0; i < 4; ++i) {
    EXPECT_TRUE(Repository<std::string>{data.scope(std::to_string(i))}.clear(10s));
  }
  EXPECT_TRUE(Repository<std::string>{data.scope("new")}.write(std::string(50'000, 'y'), 10s));
  EXPECT_EQ(store.health().state, StoreState::ok);
}

TEST(StoreEnd, MakesWhatWasOnlyVisibleDurable) {
  auto disk = std::make_shared<detail::MemoryDisk>();
  {
    test::StoreRig rig({.durability = Durability::visible}, disk);
    Repository<test::Account> repository{rig.data->base("//bank").scope("alice")};
    ASSERT_TRUE(repository.write({.cents = 7, .owner = "Alice"}));
    ASSERT_TRUE(rig.system->shutdown(std::chrono::seconds(1)));
  }
  disk->lose_power(detail::MemoryDisk::NotYetDurable::lost);
  test::StoreRig again({}, disk);
  Repository<test::Account> repository{again.data->base("//bank").scope("alice")};
  const auto found = repository.read();
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->cents, 7);
}

}  // namespace
}  // namespace stet::test
