// tests/persistence/store_scan_threads_test.cpp
// Goal    A long scan does not hold up commits.
// Method  300,000 records (fewer at a smaller scale); one host thread commits one change after the
//         other, first alone, then as often while another scans everything again and again. Medians
//         and maxima of its latencies are compared, with room for a machine that is busy with other
//         things; the scans are counted, so that a run without any proves nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <iostream>
#include <string>
#include <thread>
#include <vector>

#include <stet/persistence/data_store.hpp>
#include <stet/persistence/store_view.hpp>

#include "support/scale.hpp"
#include "support/temp_dir.hpp"

namespace stet::test::store_scan_threads_test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Times = std::vector<std::chrono::nanoseconds>;

const std::size_t records = scaled(100) * 3000;

class StoreScanThreads : public testing::TestWithParam<StoreMode> {
 protected:
  StoreScanThreads() {
    std::vector<Record> batch;
    for (std::size_t i = 0; i < records; ++i) {
      batch.push_back({"//s/" + std::to_string(1'000'000 + i), std::string(100, 's')});
      if (batch.size() == 3000) {
        EXPECT_TRUE(data_.write_all(std::exchange(batch, {}), 60s));
      }
    }
  }
  Times commit_often(std::size_t count) {
    Times times;
    for (std::size_t i = 0; i < count; ++i) {
      const auto began = Clock::now();
      EXPECT_TRUE(data_.base("//c").scope(std::to_string(i % 10)).write("x", 60s));
      times.push_back(Clock::now() - began);
    }
    std::sort(times.begin(), times.end());
    return times;
  }
  // Of one scan, page by page through the store; stops early.
  static std::size_t scan_all(const DataStore& data, const std::atomic<bool>& stop) {
    std::size_t found = 0;
    std::string after;
    // relaxed: a flag on its own.
    while (!stop.load(std::memory_order_relaxed)) {
      const Page page = data.list(after, Scan::page_records_max, 60s).value();
      found += page.records.size();
      if (!page.more) break;
      after = page.records.back().key;
    }
    return found;
  }

  const TempDir directory_ = TempDir::in_memory();
  System system_{{.workers = 1}};
  const Store store_ =
      Store::open(system_, {.engine = EngineChoice::lmdb(directory_ / "store"), .mode = GetParam()})
          .value();
  const DataStore data_{store_};
};

TEST_P(StoreScanThreads, CommitsGoOnBesideALongScan) {
  const std::size_t commits = scaled(500);
  const Times alone = commit_often(commits);
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> scanned{0};
  std::thread scanner([&] {
    // relaxed, both: a flag and a count.
    while (!stop.load(std::memory_order_relaxed)) {
      scanned.fetch_add(scan_all(data_.base("//s"), stop), std::memory_order_relaxed);
    }
  });
  Times beside;
  // Until the scans have gone over everything at least once.
  while (scanned.load(std::memory_order_relaxed) < records) {
    const Times more = commit_often(commits);
    beside.insert(beside.end(), more.begin(), more.end());
  }
  stop.store(true, std::memory_order_relaxed);
  scanner.join();
  std::sort(beside.begin(), beside.end());
  const auto us = [](std::chrono::nanoseconds time) { return time.count() / 1000; };
  std::cout << "commit alone: median " << us(alone[alone.size() / 2]) << " us, longest "
            << us(alone.back()) << " us; beside " << scanned.load(std::memory_order_relaxed)
            << " records scanned: median " << us(beside[beside.size() / 2]) << " us, longest "
            << us(beside.back()) << " us, " << beside.size() << " commits\n";
  // A scan of all takes longer than this.
  EXPECT_LE(beside[beside.size() / 2], alone[alone.size() / 2] + 20ms);
  EXPECT_LE(beside.back(), alone.back() + 200ms);
  EXPECT_TRUE(system_.shutdown(60s));
}

TEST_P(StoreScanThreads, AViewIsScannedAllByItselfWhileOthersWrite) {
  const StoreView view = store_.view(60s).value();
  std::atomic<bool> stop{false};
  std::thread writer([&] {
    // relaxed: a flag on its own.
    for (std::size_t i = 0; !stop.load(std::memory_order_relaxed); ++i) {
      const DataStore scope = data_.base("//s").scope(std::to_string(1'000'000 + i % records));
      EXPECT_TRUE(i % 2 == 0 ? scope.erase(60s) : scope.write("new", 60s));
    }
  });
  std::size_t found = 0;
  std::size_t old = 0;
  for (Scan question{.scope = "//s", .records_max = Scan::page_records_max};;) {
    const Page page = view.scan(question).value();
    found += page.records.size();
    for (const Record& record : page.records) old += record.value.size() == 100 ? 1 : 0;
    if (!page.more) break;
    question.after = page.records.back().key;
  }
  stop.store(true, std::memory_order_relaxed);
  writer.join();
  EXPECT_EQ(found, records);
  EXPECT_EQ(old, records);
  EXPECT_TRUE(system_.shutdown(60s));
}

INSTANTIATE_TEST_SUITE_P(Modes, StoreScanThreads,
                         testing::Values(StoreMode::direct, StoreMode::journal));

}  // namespace
}  // namespace stet::test::store_scan_threads_test
