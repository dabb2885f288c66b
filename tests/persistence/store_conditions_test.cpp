// tests/persistence/store_conditions_test.cpp - compare and set: writes that expect a revision.
// Goal    Of several that expect the same, one is stored and the others are told, whatever waits, was
//         erased or is not committed yet; what is refused leaves nothing behind.
// Method  Scenes on a stepped store whose disk fills up; then host threads that race, where the sum
//         of what they were told must be what is stored. tests/crash has the broken rule.
#include <gtest/gtest.h>

#include <atomic>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <stet/persistence/repository.hpp>
#include <stet/persistence/spawn_persistent.hpp>

#include "store_rig.hpp"
#include "support/scale.hpp"
#include "support/temp_dir.hpp"

namespace stet::test::store_conditions_test {
namespace {

Repository<Account> alice(const StoreRig& rig) {
  return Repository<Account>{rig.data->base("//bank").scope("alice")};
}

std::string record_at(const std::string& key, std::uint64_t revision) {
  Buffer out;
  encode_record(
      key, {.revision = revision}, [](Buffer& to) { encode(Account{}, to); }, out);
  return std::string(out.view());
}

struct Ask {
  std::string value;
  Expected expected;
};
struct Asks {
  std::vector<Ask> row;
};

// Sends a row of conditional writes in one turn, so that they meet in one batch.
class Rival : public Actor<Rival> {
 public:
  Rival(DataStore place, std::vector<Errc>& refused, int& stored)
      : place_(std::move(place)), refused_(&refused), stored_(&stored) {}
  void handle(Asks m) {
    for (Ask& each : m.row) handle(std::move(each));
  }
  void handle(Ask m) {
    place_.to<Insert>()
        .ask(place_.get_scope(), std::move(m.value), std::nullopt, m.expected)
        .then(*this, [this](const Result<Ack>& done) {
          if (done) {
            ++*stored_;
          } else {
            refused_->push_back(done.error().code);
          }
        });
  }

 private:
  DataStore place_;
  std::vector<Errc>* refused_;
  int* stored_;
};

TEST(StoreConditions, AWriteIsTakenOnlyAtTheRevisionItExpects) {
  StoreRig rig;
  const auto repo = alice(rig);
  EXPECT_EQ(repo.read_versioned().error(), Errc::not_found);
  EXPECT_EQ(repo.write_if({1, "x"}, 7).error(), Errc::revision_conflict);
  const std::uint64_t first = repo.insert_if_absent({1, "Alice"}).value();
  EXPECT_EQ(repo.insert_if_absent({2, "Bob"}).error(), Errc::revision_conflict);
  const auto found = repo.read_versioned().value();
  EXPECT_EQ(found.revision, first);
  EXPECT_EQ(found.value.owner, "Alice");
  const std::uint64_t second = repo.write_if({3, "Alice"}, first).value();
  EXPECT_GT(second, first);
  const Error stale = repo.write_if({4, "Alice"}, first).error();
  EXPECT_EQ(stale, Errc::revision_conflict);
  // The text says how it is.
  EXPECT_NE(stale.text.find("//bank/alice"), std::string::npos) << stale.text;
  EXPECT_NE(stale.text.find("at revision " + std::to_string(second)), std::string::npos)
      << stale.text;
  EXPECT_EQ(repo.clear_if(first).error(), Errc::revision_conflict);
  EXPECT_EQ(repo.read().value().cents, 3);
  EXPECT_TRUE(repo.clear_if(second));
  EXPECT_NE(repo.clear_if(second).error().text.find("absent"), std::string::npos);
}

TEST(StoreConditions, AnErasedAndRemadeRecordIsAnotherAlsoAfterReopening) {
  const auto disk = std::make_shared<detail::MemoryDisk>();
  std::set<std::uint64_t> seen;
  std::uint64_t oldest = 0;
  for (int session = 0; session < 3; ++session) {
    StoreRig rig({}, disk);
    const auto repo = alice(rig);
    for (int i = 0; i < 3; ++i) {
      const std::uint64_t revision = repo.insert_if_absent({i, "Alice"}).value();
      EXPECT_TRUE(seen.insert(revision).second) << "came again";
      if (oldest == 0) oldest = revision;
      if (revision != oldest) {
        EXPECT_EQ(repo.write_if({9, "stale"}, oldest).error(), Errc::revision_conflict);
      }
      EXPECT_TRUE(repo.clear_if(revision));
      EXPECT_EQ(repo.write_if({9, "stale"}, revision).error(), Errc::revision_conflict);
    }
  }
}

// Two that expect the same, in either order, and both before any commit.
TEST(StoreConditions, OfTwoInOneBatchTheFirstIsStored) {
  for (const bool swapped : {false, true}) {
    StoreRig rig;
    const DataStore place = rig.data->base("//bank").scope("alice");
    std::vector<Errc> refused;
    int stored = 0;
    const auto rival = rig.system->spawn<Rival>(place, refused, stored);
    const std::uint64_t left = swapped ? 12 : 11;
    const std::uint64_t right = swapped ? 11 : 12;
    rival.send<Asks>(std::vector<Ask>{{record_at("//bank/alice", 10), Expected::absent()},
                                      {record_at("//bank/alice", left), Expected::at(10)},
                                      {record_at("//bank/alice", right), Expected::at(10)}});
    rig.system->run_until_idle();
    EXPECT_EQ(stored, 2);
    EXPECT_EQ(refused, std::vector<Errc>{Errc::revision_conflict});
    EXPECT_EQ(rig.get("//bank/alice"), record_at("//bank/alice", left));
    EXPECT_EQ(rig.store->stats().commits, 1U) << "they did not meet in one batch";
  }
}

TEST(StoreConditions, WhileTheDiskIsFullWhatWaitsCounts) {
  StoreRig rig;
  const auto repo = alice(rig);
  const std::uint64_t first = repo.insert_if_absent({1, "Alice"}).value();
  const std::string before = *rig.get("//bank/alice");
  rig.faults->set_disk_full(true);
  const DataStore place = rig.data->base("//bank").scope("alice");
  std::vector<Errc> refused;
  int stored = 0;
  const auto rival = rig.system->spawn<Rival>(place, refused, stored);
  rival.send<Ask>(record_at("//bank/alice", first + 100), Expected::at(first));
  rig.system->run_until_idle();  // Its batch has failed once and waits.
  ASSERT_EQ(rig.store->health().state, StoreState::full);
  rival.send<Ask>(record_at("//bank/alice", first + 101), Expected::at(first));
  rival.send<Ask>(record_at("//bank/alice", first + 102), Expected::at(first + 100));
  rig.system->run_until_idle();
  EXPECT_EQ(stored, 0);
  EXPECT_EQ(refused, std::vector<Errc>{Errc::revision_conflict});  // At once, not with the disk.
  // An erased scope is absent before that is committed.
  rig.link()->remove_prefix.send("//bank");
  EXPECT_NE(repo.write_if({5, "x"}, first + 102).error().text.find("absent"), std::string::npos);
  rig.faults->set_disk_full(false);
  EXPECT_TRUE(rig.store->flush(10s));
  rig.system->run_until_idle();
  EXPECT_EQ(stored, 2);
  EXPECT_FALSE(rig.get("//bank/alice").has_value());
}

// Two records do not fit in one commit.
class NarrowEngine final : public detail::Engine {
 public:
  explicit NarrowEngine(std::unique_ptr<Engine> inner) : inner_(std::move(inner)) {}
  Result<detail::CommitNumber> commit(std::span<const detail::Operation> operations,
                                      detail::Flush flush) override {
    return inner_->commit(operations, flush);
  }
  Result<void> flush() override { return inner_->flush(); }
  detail::CommitNumber durable_number() const noexcept override { return inner_->durable_number(); }
  detail::CommitNumber committed_number() const noexcept override {
    return inner_->committed_number();
  }
  Result<std::unique_ptr<detail::View>> view() override { return inner_->view(); }
  detail::EngineLimits limits() const noexcept override {
    detail::EngineLimits limits = inner_->limits();
    limits.batch_bytes_max = 100;
    return limits;
  }
  detail::EngineStats stats() const override { return inner_->stats(); }
  bool poisoned() const noexcept override { return inner_->poisoned(); }

 private:
  std::unique_ptr<Engine> inner_;
};

// Where there is no room in the batch, opening the next one commits it. If that fails, what waited there
// is not the present record any more.
TEST(StoreConditions, WhatFailsWhenTheNextBatchBeginsIsNotCompared) {
  const auto faults = std::make_shared<detail::FaultControl>();
  System system({.stepped = true, .seed = 1});
  auto engine = detail::make_faulty_engine(
      std::make_unique<NarrowEngine>(detail::make_memory_engine()), faults);
  const Store store =
      Store::open(system, {.engine = EngineChoice::given(std::move(engine))}).value();
  const DataStore place = DataStore{store}.base("//bank").scope("alice");
  ASSERT_TRUE(place.base("//x").write("x"));  // The session's record has gone with it.
  std::vector<Errc> refused;
  int stored = 0;
  const auto rival = system.spawn<Rival>(place, refused, stored);
  const auto write_two = [&] {
    rival.send<Asks>(std::vector<Ask>{{record_at("//bank/alice", 10), Expected::absent()},
                                      {record_at("//bank/alice", 11), Expected::at(10)}});
    system.run_until_idle();
  };
  faults->fail_at(detail::FaultControl::Call::commit, 1, Errc::map_full);
  write_two();
  EXPECT_EQ(stored, 0);
  EXPECT_EQ(refused, (std::vector<Errc>{Errc::map_full, Errc::revision_conflict}));
  EXPECT_FALSE(place.read().value().has_value());
  write_two();  // It was the failure.
  EXPECT_EQ(stored, 2);
}

TEST(StoreConditions, AGroupIsRefusedWhole) {
  StoreRig rig;
  const DataStore bank = rig.data->base("//bank");
  ASSERT_TRUE(bank.scope("guard").write_if(record_at("//bank/guard", 5), Expected::absent()));
  const std::vector<Record> records{{"//bank/a", record_at("//bank/a", 6)},
                                    {"//bank/b", record_at("//bank/b", 7)}};
  const auto with_guard = [&](std::uint64_t revision) {
    return bank.write_all_if(
        records, {{"//bank/a", Expected::absent()}, {"//bank/guard", Expected::at(revision)}});
  };
  EXPECT_EQ(with_guard(4).error(), Errc::revision_conflict);
  EXPECT_FALSE(rig.get("//bank/a").has_value());
  EXPECT_TRUE(with_guard(5));
  EXPECT_TRUE(rig.get("//bank/b").has_value());
  EXPECT_EQ(with_guard(5).error(), Errc::revision_conflict);  // a is there now.
  EXPECT_EQ(bank.write_all_if(records, {{"no scope", Expected::absent()}}).error(),
            Errc::invalid_argument);
  const std::vector<Condition> many(InsertBatch::conditions_max + 1,
                                    Condition{"//bank/guard", Expected::at(5)});
  EXPECT_EQ(bank.write_all_if(records, many).error(), Errc::too_large);
}

TEST(StoreConditions, WhatCannotBeReadIsNotOverwritten) {
  StoreRig rig;
  const auto repo = alice(rig);
  ASSERT_TRUE(repo.data().write("no record at all"));
  EXPECT_EQ(repo.write_if({1, "x"}, 1).error(), Errc::corrupt);
  EXPECT_EQ(repo.insert_if_absent({1, "x"}).error(), Errc::corrupt);
  EXPECT_EQ(rig.get("//bank/alice"), "no record at all");
}

TEST(StoreConditions, AnOwnedScopeIsRefusedAsEver) {
  StoreRig rig;
  const auto repo = alice(rig);
  const auto own = Persistable<Account>::load_or_default(repo).value();
  EXPECT_EQ(repo.insert_if_absent({1, "x"}).error(), Errc::already_owned);
}

void race(EngineChoice engine, StoreMode mode) {
  constexpr std::size_t hosts = 4;
  const std::size_t rounds = scaled(100);
  System system({.workers = 1});
  const Store store = Store::open(system, {.engine = std::move(engine),
                                           .durability = Durability::visible,
                                           .batch_records = 8,
                                           .mode = mode})
                          .value();
  const Repository<Account> repo{DataStore{store}.base("//bank").scope("shared")};
  std::atomic<std::size_t> created{0};
  std::vector<std::vector<std::uint64_t>> revisions(hosts);
  std::vector<std::thread> threads;
  for (std::size_t host = 0; host < hosts; ++host) {
    threads.emplace_back([&, host] {
      // relaxed: a count, read after the join.
      if (repo.insert_if_absent({0, "shared"})) created.fetch_add(1, std::memory_order_relaxed);
      while (revisions[host].size() < rounds) {
        auto found = repo.read_versioned();
        ASSERT_TRUE(found) << found.error().message();
        ++found->value.cents;
        const auto done = repo.write_if(found->value, found->revision);
        if (done) {
          revisions[host].push_back(*done);
        } else {
          ASSERT_EQ(done.error(), Errc::revision_conflict) << done.error().message();
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(created.load(std::memory_order_relaxed), 1U);
  EXPECT_EQ(repo.read().value().cents, static_cast<std::int64_t>(hosts * rounds));
  std::set<std::uint64_t> all;
  for (const auto& each : revisions) all.insert(each.begin(), each.end());
  EXPECT_EQ(all.size(), hosts * rounds);
  EXPECT_TRUE(all.contains(repo.read_versioned().value().revision));
  EXPECT_TRUE(system.shutdown(30s));
}

TEST(StoreConditions, HostsThatRaceLoseNoWriteInMemory) {
  race(EngineChoice::memory(), StoreMode::direct);
}
TEST(StoreConditions, HostsThatRaceLoseNoWriteOnLmdb) {
  const TempDir directory;
  race(EngineChoice::lmdb(directory / "store"), StoreMode::direct);
}
TEST(StoreConditions, HostsThatRaceLoseNoWriteInAJournal) {
  const TempDir directory;
  race(EngineChoice::lmdb(directory / "store"), StoreMode::journal);
}

}  // namespace
}  // namespace stet::test::store_conditions_test
