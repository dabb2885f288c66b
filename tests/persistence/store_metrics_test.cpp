// tests/persistence/store_metrics_test.cpp - what a store tells of itself, and its text for Prometheus.
#include <stet/persistence/store_metrics.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <thread>

#include "persistence/src/lmdb/lmdb_engine.hpp"
#include "store_rig.hpp"
#include "support/scale.hpp"
#include "support/temp_dir.hpp"

namespace stet::test::store_metrics_test {
namespace {

using detail::FaultControl;

bool eventually(const std::function<bool()>& holds) {
  const auto until = std::chrono::steady_clock::now() + 30s;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::yield();
  }
  return true;
}

EngineChoice journal(const TempDir& directory, std::size_t bytes_max,
                     std::chrono::milliseconds idle) {
  auto engine = detail::open_lmdb_engine({.directory = directory / "store",
                                          .mode = StoreMode::journal,
                                          .journal = {.bytes_max = bytes_max, .fold_idle = idle}});
  EXPECT_TRUE(engine) << engine.error().message();
  return EngineChoice::given(std::move(engine).value());
}

TEST(StoreMetrics, ABucketEndsAtItsPowerOfTwo) {
  EXPECT_EQ(PowerHistogram::bucket_of(0), 0U);
  EXPECT_EQ(PowerHistogram::bucket_of(1), 0U);
  for (std::size_t power = 1; power < PowerHistogram::buckets; ++power) {
    const std::uint64_t bound = std::uint64_t{1} << power;
    EXPECT_EQ(PowerHistogram::bucket_of(bound), power);
    EXPECT_EQ(PowerHistogram::bucket_of(bound - 1), bound == 2 ? 0 : power);
  }
  EXPECT_EQ(PowerHistogram::bucket_of(~std::uint64_t{0}), PowerHistogram::buckets - 1);
  PowerHistogram values;
  EXPECT_EQ(values.quantile(0.5), 0U);
  values.counts[3] = 9;
  values.counts[10] = 1;
  EXPECT_EQ(values.count(), 10U);
  EXPECT_EQ(values.count_up_to(9), 9U);
  EXPECT_EQ(values.quantile(0.9), 8U);
  EXPECT_EQ(values.quantile(0.95), 1024U);
}

TEST(StoreMetrics, CommitsAreCountedBySize) {
  StoreRig rig;
  rig.link()->insert.send("//first", "x");
  EXPECT_TRUE(rig.store->flush(1s));
  const StoreStats before = rig.store->stats();
  std::vector<Record> records;
  for (int i = 100; i < 200; ++i) records.push_back({"//n/" + std::to_string(i), "1234"});
  EXPECT_TRUE(rig.link()->insert_batch.ask(records).get(1s));
  const StoreStats after = rig.store->stats();
  EXPECT_EQ(after.commits - before.commits, 1U);
  EXPECT_EQ(after.changes - before.changes, 1U);
  EXPECT_EQ(after.records - before.records, 100U);
  EXPECT_EQ(after.bytes - before.bytes, 100U * (7 + 4));
  EXPECT_EQ(after.batch_records.counts[7] - before.batch_records.counts[7], 1U);  // 65 to 128.
  EXPECT_EQ(after.batch_bytes.counts[11] - before.batch_bytes.counts[11], 1U);    // 1,100.
  EXPECT_EQ(after.commit_time.count(), after.commits);
  EXPECT_GT(after.flush_time.count(), before.flush_time.count());
  EXPECT_EQ(after.conflicts, 0U);
  EXPECT_EQ(rig.link()->insert.ask("//n/100", "", std::nullopt, Expected::absent()).get(1s).error(),
            Errc::corrupt);  // "1234" is no record.
  EXPECT_EQ(rig.store->stats().conflicts, 0U);
  EXPECT_EQ(rig.link()->remove.ask("//none", std::nullopt, Expected::at(1)).get(1s).error(),
            Errc::revision_conflict);
  EXPECT_EQ(rig.store->stats().conflicts, 1U);
}

TEST(StoreMetrics, RetriesAreCountedAndReadingLooksAtNoRecord) {
  StoreRig rig;
  rig.faults->set_disk_full(true);
  rig.link()->insert.send("//a", "x");
  rig.system->run_until_idle();
  const std::uint64_t views = rig.faults->calls(FaultControl::Call::view);
  const StoreStats full = rig.store->stats();
  EXPECT_GE(full.retries, 1U);
  EXPECT_GE(full.engine_failures, full.retries);
  EXPECT_EQ(full.commits, 0U);
  EXPECT_EQ(full.commit_time.count(), 0U);
  EXPECT_GT(full.queued_bytes, 0U);
  EXPECT_EQ(rig.faults->calls(FaultControl::Call::view), views);
  rig.faults->set_disk_full(false);
  EXPECT_TRUE(rig.store->flush(10s));
  EXPECT_EQ(rig.store->stats().commits, 1U);
}

TEST(StoreMetrics, AJournalTellsHowFarFoldsAreBehind) {
  const TempDir directory;
  System system({.workers = 1});
  const Store store =
      Store::open(system, {.engine = journal(directory, std::size_t{1} << 20, 1h)}).value();
  const DataStore data{store};
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(data.base("//a/" + std::to_string(i)).write("12345678"));
  const StoreStats stats = store.stats();
  EXPECT_EQ(stats.fold_lag, stats.commits);
  EXPECT_EQ(stats.folds, 0U);
  EXPECT_GE(stats.overlay_bytes, 3U * (5 + 8));
  EXPECT_GT(stats.journal_bytes, stats.overlay_bytes);  // An entry says more than its records.
  EXPECT_GT(stats.used_bytes, 0U);
  EXPECT_GE(stats.map_bytes, stats.used_bytes);
  EXPECT_GT(stats.commit_time.sum, 0U);
  EXPECT_GT(stats.flush_time.sum, 0U);
  EXPECT_TRUE(system.shutdown(30s));
  // What was counted stays; there is no engine to ask.
  EXPECT_EQ(store.stats().commits, stats.commits);
  EXPECT_EQ(store.stats().used_bytes, 0U);
  EXPECT_NE(store.prometheus().find("state=\"closed\"} 1"), std::string::npos);
}

TEST(StoreMetrics, FoldsAreCountedAndTheLagGoesAway) {
  const TempDir directory;
  System system({.workers = 1});
  const Store store =
      Store::open(system, {.engine = journal(directory, std::size_t{1} << 20, 1ms)}).value();
  ASSERT_TRUE(DataStore{store}.base("//a").write("x"));
  ASSERT_TRUE(eventually([&] { return store.stats().folds > 0; }));
  ASSERT_TRUE(eventually([&] { return store.stats().fold_lag == 0; }));
  ASSERT_TRUE(eventually([&] { return store.stats().overlay_bytes == 0; }));
  EXPECT_GE(store.stats().folded_keys, 1U);
  EXPECT_TRUE(system.shutdown(30s));
}

TEST(StoreMetrics, WhatWaitsForTheFolderIsCounted) {
  const TempDir directory;
  System system({.workers = 1});
  const Store store = Store::open(system, {.engine = journal(directory, std::size_t{64} << 10, 1h),
                                           .batch_records = 16})
                          .value();
  const std::string value(1000, 'v');
  for (int i = 0; i < 4000; ++i) {
    store.link()->insert.send("//s/" + std::to_string(i * 7919 % 4001), value);
  }
  ASSERT_TRUE(store.flush(60s));
  const StoreStats stats = store.stats();
  EXPECT_GT(stats.stalls, 0U);
  EXPECT_GT(stats.stall_time.count(), 0);
  EXPECT_LE(stats.stalls, stats.commits + stats.retries);
  EXPECT_TRUE(system.shutdown(30s));
}

TEST(StoreMetrics, OpenReadsAreCounted) {
  const TempDir directory;
  auto opened = detail::open_lmdb_engine({.directory = directory / "store"});
  ASSERT_TRUE(opened);
  const std::shared_ptr<detail::Engine> engine = std::move(opened).value();
  System system({.stepped = true, .seed = 1});
  const Store store = Store::open(system, {.engine = EngineChoice::given(engine)}).value();
  EXPECT_EQ(store.stats().views, 0U);
  const auto view = engine->view().value();
  EXPECT_EQ(store.stats().views, 1U);
}

// For thread sanitizers: those who ask go on while the store commits, folds and ends.
TEST(StoreMetrics, MayBeReadFromAnyThreadUntilAfterTheEnd) {
  const TempDir directory;
  System system({.workers = 1});
  const Store store =
      Store::open(system, {.engine = journal(directory, std::size_t{1} << 20, 1ms)}).value();
  const auto read = [&store](const std::stop_token& stop) {
    std::uint64_t last = 0;
    while (!stop.stop_requested()) {
      const StoreStats stats = store.stats();
      EXPECT_GE(stats.commits, last);
      last = stats.commits;
    }
  };
  std::jthread first(read);
  std::jthread second(read);
  const std::size_t rounds = scaled(200);
  for (std::size_t i = 0; i < rounds; ++i) {
    store.link()->insert.send("//a/" + std::to_string(i), "x");
  }
  EXPECT_TRUE(store.flush(30s));
  EXPECT_TRUE(system.shutdown(30s));
}

TEST(StoreMetrics, TheTextNamesEachFamilyOnceWithARowForEachStore) {
  StoreReport first{.store = "a \"quoted\"\\name", .state = StoreState::full, .stats = {}};
  first.stats.retries = 3;
  first.stats.stall_time = 1500ms;
  first.stats.batch_records.counts[3] = 2;
  first.stats.batch_records.sum = 13;
  first.stats.commit_time.counts[20] = 1;
  first.stats.commit_time.sum = 1'000'000;
  const StoreReport reports[] = {first, {.store = "b", .state = StoreState::ok, .stats = {}}};
  const std::string text = to_prometheus(reports);
  const std::string label = R"(store="a \"quoted\"\\name")";
  for (const std::string& line :
       {"stet_store_state{" + label + ",state=\"full\"} 1",
        "stet_store_state{" + label + ",state=\"ok\"} 0",
        "stet_store_retries_total{" + label + "} 3",
        std::string("stet_store_retries_total{store=\"b\"} 0"),
        "stet_store_stall_seconds_total{" + label + "} 1.5",
        "stet_store_batch_records_bucket{" + label + ",le=\"4\"} 0",
        "stet_store_batch_records_bucket{" + label + ",le=\"16\"} 2",
        "stet_store_batch_records_bucket{" + label + ",le=\"+Inf\"} 2",
        "stet_store_batch_records_sum{" + label + "} 13",
        "stet_store_commit_seconds_bucket{" + label + ",le=\"0.000262144\"} 0",
        "stet_store_commit_seconds_bucket{" + label + ",le=\"0.001048576\"} 1",
        "stet_store_commit_seconds_sum{" + label + "} 0.001",
        "stet_store_commit_seconds_count{" + label + "} 1"}) {
    EXPECT_NE(text.find('\n' + line + '\n'), std::string::npos) << line << " not in\n" << text;
  }
  std::istringstream lines(text);
  std::set<std::string> families;
  std::string family;
  for (std::string line; std::getline(lines, line);) {
    if (line.rfind("# TYPE ", 0) == 0) {
      family = line.substr(7, line.find(' ', 7) - 7);
      EXPECT_TRUE(families.insert(family).second) << family << " twice";
    } else if (line.rfind("# HELP ", 0) != 0) {
      EXPECT_EQ(line.rfind(family, 0), 0U) << line;
    }
  }
  EXPECT_EQ(families.size(), 23U);
}

TEST(StoreMetrics, TheLabelIsTheDirectoryUnlessNamed) {
  const TempDir directory;
  System system({.stepped = true, .seed = 1});
  const Store store =
      Store::open(system, {.engine = EngineChoice::lmdb(directory / "store")}).value();
  EXPECT_EQ(store.report().store, (directory / "store").string());
  EXPECT_NE(store.prometheus("bank").find("stet_store_views{store=\"bank\"} 0"), std::string::npos);
}

}  // namespace
}  // namespace stet::test::store_metrics_test
