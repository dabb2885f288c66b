// tests/persistence/store_care_test.cpp
// Goal    A copy made beside a writing host is a store of one commit, whole or not there. What is
//         salvaged of a damaged store is all but what stood on the damaged pages.
// Method  Stores of both modes, written through the engine, copied from the writing process itself,
//         verified, opened and compared; bytes of pages overwritten.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <stet/persistence/record_format.hpp>
#include <stet/persistence/store_care.hpp>

#include "persistence/src/care/contained.hpp"
#include "persistence/src/lmdb/lmdb_engine.hpp"
#include "store_files.hpp"
#include "support/temp_dir.hpp"

namespace stet::test::store_care_test {
namespace {

using namespace stet::detail;
using store_files::Model;
namespace fs = std::filesystem;

class StoreCare : public testing::TestWithParam<StoreMode> {
 protected:
  [[nodiscard]] std::unique_ptr<LmdbEngine> open_host(const fs::path& directory) const {
    return store_files::open_host(directory, GetParam());
  }
  const TempDir directory_;
  const fs::path store_ = directory_ / "store";
  const fs::path target_ = directory_ / "target";
};

// Beside it nothing is left.
std::size_t things_in(const fs::path& directory) {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& each : fs::directory_iterator(directory)) ++count;
  return count;
}

// A child that is forked while another thread allocates: malloc is ready for it, a sanitizer's is not.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_sanitized = true;
#else
constexpr bool is_sanitized = false;
#endif

TEST_P(StoreCare, ACopyIsTheStoreAndHasItsId) {
  const auto host = open_host(store_);
  const Model model = store_files::fill(*host, 300);
  for (const bool compact : {false, true}) {
#ifdef __SANITIZE_THREAD__
    if (compact) continue;  // LMDB begins a thread for it, which TSan forbids after a fork.
#endif
    const auto report = copy_store(store_, target_, {.compact = compact});
    ASSERT_TRUE(report) << report.error().message();
    EXPECT_EQ(report->problems, 0u);
    EXPECT_EQ(store_files::read_store(target_), model);
    const auto copy = open_host(target_);
    EXPECT_EQ(copy->identity().id, host->identity().id);
    const auto more = copy->commit(std::vector{Operation::put("//more", "x")}, Flush::full);
    EXPECT_TRUE(more) << more.error().message();
    fs::remove_all(target_);
  }
}

TEST_P(StoreCare, ACopyBesideAWriterIsOfOneCommit) {
  if (is_sanitized) GTEST_SKIP() << "a sanitizer's memory may stay locked in a forked child";
  const auto host = open_host(store_);
  std::atomic<bool> stop{false};
  std::thread writer([&host, &stop] {
    // seq_cst: only to end.
    for (int round = 0; !stop.load(); ++round) store_files::write_round(*host, round % 1000);
  });
  for (int i = 0; i < 3; ++i) {
    const fs::path target = directory_ / ("copy" + std::to_string(i));
    const auto report = copy_store(store_, target);
    if (!report) ADD_FAILURE() << report.error().message();
    EXPECT_TRUE(!report || store_files::is_one_round(store_files::read_store(target)));
  }
  stop.store(true);
  writer.join();
}

TEST_P(StoreCare, ATargetThatIsThereIsRefusedAndNothingIsLeftOfAFailure) {
  static_cast<void>(store_files::fill(*open_host(store_), 10));
  fs::create_directories(target_ / "something");
  EXPECT_EQ(copy_store(store_, target_).error(), Errc::already_exists);
  EXPECT_EQ(salvage_store(store_, target_).error(), Errc::already_exists);
  EXPECT_EQ(copy_store(store_, store_).error(), Errc::already_exists);
  fs::remove_all(target_);
  EXPECT_EQ(copy_store(directory_ / "none", target_).error(), Errc::not_found);
  EXPECT_EQ(copy_store(store_, target_, {.on_progress = [](const CopyProgress&) { return false; }})
                .error(),
            Errc::closed);
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{.rlim_cur = 8192, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const auto full = copy_store(store_, target_);
  ::setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(full.error(), Errc::disk_full) << full.error().message();
  EXPECT_EQ(things_in(directory_.path()), 1u);
}

TEST_P(StoreCare, WhatIsNotDamagedVerifiesAndSalvagesWhole) {
  Model model;
  {
    const auto host = open_host(store_);
    model = store_files::fill(*host, 300);
    EXPECT_EQ(salvage_store(store_, target_).error(), Errc::already_open);
    // Beside it, in its own process.
    if (!is_sanitized) {
      EXPECT_EQ(verify_store(store_).value().problems, 0u);
    }
  }
  EXPECT_EQ(verify_store(store_).value().problems, 0u);
  const auto report = salvage_store(store_, target_);
  ASSERT_TRUE(report) << report.error().message();
  EXPECT_EQ(report->records, model.size());
  EXPECT_EQ(report->records_lost + report->pages_lost + report->entries_lost, 0u);
  EXPECT_FALSE(report->may_be_stale);
  EXPECT_EQ(store_files::read_store(target_), model);
  EXPECT_EQ(verify_store(target_).value().problems, 0u);
}

// Each page of the state in turn is overwritten with garbage.
TEST_P(StoreCare, ADamagedPageCostsOnlyWhatStoodOnIt) {
  const Model model = store_files::fill(*open_host(store_), 300);
  const fs::path file = store_ / "1/state/data.mdb";
  const std::string good = store_files::read_file(file);
  std::size_t most_lost = 0;
  for (std::size_t page = 2; page * 4096 < good.size(); page += 3) {
    std::string bad = good;
    bad.replace(page * 4096, 4096, std::string(4096, '\x5a'));
    store_files::write_file(file, bad);
    fs::remove_all(target_);
    const auto report = salvage_store(store_, target_);
    ASSERT_TRUE(report) << report.error().message();
    const Model saved = store_files::read_store(target_);
    for (const auto& [key, value] : saved) {
      const auto old = model.find(key);
      ASSERT_TRUE(old != model.end() || report->may_be_stale) << key << " came back, page " << page;
      if (old != model.end() && !report->may_be_stale) {
        ASSERT_EQ(value, old->second) << key;
      }
    }
    const std::size_t lost = model.size() - std::min(model.size(), saved.size());
    most_lost = std::max(most_lost, lost);
    // A leaf holds at most 40 of these records, and a damaged branch costs none.
    EXPECT_LE(lost, 40u) << "page " << page;
    if (verify_store(store_).value().problems == 0) {
      EXPECT_EQ(saved, model) << "page " << page;
    }
  }
  if (GetParam() == StoreMode::direct) {
    EXPECT_GT(most_lost, 0u);
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, StoreCare, testing::Values(StoreMode::direct, StoreMode::journal),
                         [](const auto& mode) {
                           return mode.param == StoreMode::direct ? "direct" : "journal";
                         });

TEST(Contained, WhatKillsTheChildIsToldToItsParent) {
  const auto run = [](const ChildWork& work) { return run_contained({}, work, {}); };
  const ChildEnd killed = run([](ToParent&) -> Result<void> {
    ::raise(SIGBUS);
    return {};
  });
  EXPECT_EQ(killed.how, ChildEnd::How::died);
  EXPECT_EQ(killed.signal, SIGBUS);
  EXPECT_EQ(killed.result.error(), Errc::corrupt);
  const ChildEnd failed = run([](ToParent&) -> Result<void> { return Error(Errc::io, "x", 5); });
  EXPECT_EQ(failed.how, ChildEnd::How::returned);
  EXPECT_EQ(failed.result.error().native, 5);
  EXPECT_EQ(failed.result.error().text, "x");
  EXPECT_TRUE(run([](ToParent&) -> Result<void> { return {}; }).result);
}

TEST(Contained, ALoopEndsWithItsProcessorTime) {
  const ChildEnd end = run_contained({.processor = std::chrono::seconds(1)},
                                     [](ToParent&) -> Result<void> {
                                       for (std::atomic<int> i = 0;; i.fetch_add(1)) {
                                       }
                                     },
                                     {});
  EXPECT_EQ(end.how, ChildEnd::How::died);
  EXPECT_EQ(end.signal, SIGXCPU);
}

}  // namespace
}  // namespace stet::test::store_care_test
