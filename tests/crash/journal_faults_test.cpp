// tests/crash/journal_faults_test.cpp
// Goal    The rules of journal and fold are needed: with any of them broken, an acknowledged commit
//         is lost or comes back old, and that is noticed.
// Method  A child with the fault planted is killed in the middle of its first fold; or a store is put
//         together from an older journal and a newer state, as a restored copy may be. Or it erases
//         a large range. Each scene runs without the fault first.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "killed_writer.hpp"
#include "persistence/src/lmdb/lmdb_engine.hpp"
#include "persistence/src/lmdb/meta_record.hpp"
#include "persistence/src/planted_fault.hpp"
#include "support/temp_dir.hpp"

namespace stet::test::journal_faults_test {
namespace {

using namespace stet::detail;
namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr milliseconds never{3'600'000};

// In the child: holds the first fold until two more commits were made, then ends the process.
struct HeldFold {
  static inline std::atomic<int> commits_after{-1};  // -1: no fold yet.
  static void pass(std::string_view name) {
    // relaxed, all: a count, it publishes nothing.
    if (name == "journal.commit.after" && commits_after.load(std::memory_order_relaxed) >= 0) {
      commits_after.fetch_add(1, std::memory_order_relaxed);
    }
    if (name != "fold.filled") return;
    commits_after.store(0, std::memory_order_relaxed);
    while (commits_after.load(std::memory_order_relaxed) < 2) {
      std::this_thread::sleep_for(milliseconds(1));
    }
    ::kill(::getpid(), SIGKILL);
  }
};

class JournalFaults : public testing::Test {
 protected:
  ~JournalFaults() override { plant_fault(Fault::none); }

  Result<std::unique_ptr<LmdbEngine>> open(milliseconds idle) const {
    return open_lmdb_engine(
        {.directory = store_,
         .mode = StoreMode::journal,
         .journal = {
             .bytes_max = std::size_t{1} << 20, .fold_idle = idle, .erased_records_max = 1}});
  }
  static CommitNumber mark_of(Engine& engine) {
    return decode_number(*engine.view().value()->get(mark_key).value()).value();
  }
  static void put(Engine& engine, std::string_view key, std::string_view value,
                  Flush flush = Flush::full) {
    ASSERT_TRUE(engine.commit({{Operation::put(key, value)}}, flush));
  }
  // What is there, or why it cannot be read.
  [[nodiscard]] std::string read(std::string_view key) const {
    const auto engine = open(never);
    if (!engine) return engine.error().message();
    return std::string((*engine)->view().value()->get(key).value().value_or("(none)"));
  }
  static bool eventually(const std::function<bool()>& holds) {
    for (int i = 0; i < 3000; ++i) {
      if (holds()) return true;
      std::this_thread::sleep_for(milliseconds(10));
    }
    return false;
  }
  // A child that puts "/a" five times, acknowledged, and more, until it folds; it dies in that fold,
  // when everything is in the transaction and two more commits have been made beside it.
  void die_in_a_fold(Fault fault) const {
    fs::remove_all(store_);
    const Killed killed = run_until_killed({}, [&](const Report& report) {
      plant_fault(fault);
      set_crash_hook(&HeldFold::pass);
      const auto engine = open(never);
      if (!engine) std::_Exit(10);
      for (int i = 1; i <= 5; ++i) {
        if (!(*engine)->commit({{Operation::put("/a", std::to_string(i))}}, Flush::full)) {
          std::_Exit(11);
        }
      }
      report.acked(5);
      const std::string value(100'000, 'v');
      for (int i = 0; i < 1000; ++i) {
        if (!(*engine)->commit({{Operation::put("/b", value)}}, Flush::full)) std::_Exit(12);
      }
    });
    EXPECT_TRUE(killed.killed) << killed.status;
    EXPECT_EQ(killed.acked, 5U);
  }
  // Four records, folded; then in one commit all are erased, of which a fold erases one, and the last
  // is put again.
  static bool erase_some(Engine& engine) {
    const auto filled = engine.commit({{Operation::put("/a", "1"), Operation::put("/b", "1"),
                                        Operation::put("/c", "1"), Operation::put("/d", "1")}},
                                      Flush::full);
    return filled && eventually([&] { return mark_of(engine) == *filled; }) &&
           engine.commit({{Operation::erase_range("/a", "/z"), Operation::put("/d", "2")}},
                         Flush::full);
  }
  // A store with the journal of an earlier day: "/a" is "old" there and "new" in the state.
  void restore_a_copy() const {
    fs::remove_all(store_);
    fs::remove_all(directory_ / "copied");
    {
      const auto engine = open(milliseconds(1)).value();
      put(*engine, "/a", "old");
      ASSERT_TRUE(eventually([&] { return mark_of(*engine) == 1; }));
    }
    fs::copy(store_ / "1" / "journal", directory_ / "copied", fs::copy_options::recursive);
    {
      const auto engine = open(milliseconds(1)).value();
      for (int i = 0; i < 5; ++i) put(*engine, "/a", "new");
      ASSERT_TRUE(eventually([&] { return mark_of(*engine) == 6; }));
    }
    fs::remove_all(store_ / "1" / "journal");
    fs::rename(directory_ / "copied", store_ / "1" / "journal");
  }

  const TempDir directory_ = TempDir::in_memory();
  const fs::path store_ = directory_ / "store";
};

TEST_F(JournalFaults, AMarkThatIsStoredApartLosesCommits) {
  for (const Fault fault : {Fault::none, Fault::mark_apart}) {
    die_in_a_fold(fault);
    EXPECT_EQ(read("/a") == "5", fault == Fault::none) << read("/a");
  }
}

TEST_F(JournalFaults, AJournalThatIsCutEarlyLosesCommits) {
  for (const Fault fault : {Fault::none, Fault::cut_early}) {
    die_in_a_fold(fault);
    EXPECT_EQ(read("/a") == "5", fault == Fault::none) << read("/a");
  }
}

TEST_F(JournalFaults, FoldingWhatIsNotDurableIsNoticed) {
  for (const Fault fault : {Fault::none, Fault::fold_early}) {
    fs::remove_all(store_);
    plant_fault(fault);
    const auto engine = open(milliseconds(1)).value();
    put(*engine, "/a", "1");
    put(*engine, "/a", "2", Flush::process);
    ASSERT_TRUE(eventually([&] { return mark_of(*engine) >= 1; }));
    std::this_thread::sleep_for(milliseconds(50));
    EXPECT_EQ(mark_of(*engine) > engine->durable_number(), fault == Fault::fold_early);
  }
}

TEST_F(JournalFaults, AReplayWithoutTheMarkBringsOldValuesBack) {
  for (const Fault fault : {Fault::none, Fault::replay_all}) {
    restore_a_copy();
    plant_fault(fault);
    EXPECT_EQ(read("/a"), fault == Fault::none ? "new" : "old");
    plant_fault(Fault::none);
  }
}

TEST_F(JournalFaults, PendingRangesStoredApartBringErasedRecordsBack) {
  for (const Fault fault : {Fault::none, Fault::pending_apart}) {
    fs::remove_all(store_);
    const Killed killed = run_until_killed({.point = "fold.after", .pass = 2}, [&](const Report&) {
      plant_fault(fault);
      const auto engine = open(milliseconds(1)).value();
      if (!erase_some(*engine)) std::_Exit(10);
      for (;;) ::pause();
    });
    EXPECT_TRUE(killed.killed) << killed.status;
    EXPECT_EQ(read("/c"), fault == Fault::none ? "(none)" : "1");
  }
}

TEST_F(JournalFaults, AKeyThatIsPutAndLeftInAPendingRangeIsLost) {
  for (const Fault fault : {Fault::none, Fault::put_inside}) {
    fs::remove_all(store_);
    plant_fault(fault);
    {
      const auto engine = open(milliseconds(1)).value();
      ASSERT_TRUE(erase_some(*engine));
      ASSERT_TRUE(eventually([&] { return mark_of(*engine) == engine->committed_number(); }));
    }
    plant_fault(Fault::none);
    EXPECT_EQ(read("/d"), fault == Fault::none ? "2" : "(none)");
  }
}

TEST_F(JournalFaults, NumbersThatGoOnFromTheLastEntryLoseCommits) {
  for (const Fault fault : {Fault::none, Fault::number_from_last}) {
    restore_a_copy();
    plant_fault(fault);
    { put(*open(never).value(), "/a", "newest"); }
    plant_fault(Fault::none);
    EXPECT_EQ(read("/a") == "newest", fault == Fault::none);
  }
}

}  // namespace
}  // namespace stet::test::journal_faults_test
