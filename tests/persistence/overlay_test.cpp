// tests/persistence/overlay_test.cpp
// Goal    Runs, merged in any order and at any time, folded or not, say what a plain map says, and a
//         view shows one commit for ever.
// Method  Random batches on a std::map and on an overlay over an engine in memory, with merges,
//         folds and views in between.
#include "persistence/src/journal/overlay.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "persistence/src/journal/layered_view.hpp"
#include "persistence/src/memory_engine.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::overlay_test {
namespace {

using namespace stet::detail;
using Records = std::vector<std::pair<std::string, std::string>>;
using Model = std::map<std::string, std::string>;

Records scan(const View& view, std::string_view from = {}, std::string_view to = {},
             View::Order order = View::Order::forward) {
  Records found;
  const std::unique_ptr<Cursor> cursor = view.scan(from, to, order).value();
  while (cursor->next().value()) found.emplace_back(cursor->key(), cursor->value());
  EXPECT_FALSE(cursor->next().value()) << "the end stays the end";
  return found;
}

Records between(const Model& model, const std::string& from, const std::string& to,
                View::Order order) {
  Records found;
  for (const auto& record : model) {
    if (record.first >= from && (to.empty() || record.first < to)) found.push_back(record);
  }
  if (order == View::Order::backward) std::reverse(found.begin(), found.end());
  return found;
}

// An overlay over a memory engine, as the journal engine has one over LMDB.
class Rig {
 public:
  void commit(const std::vector<Operation>& operations, std::size_t journal_bytes = 100) {
    overlay_.reserve();
    overlay_.add(SortedRun::of_batch(operations, ++number_, journal_bytes));
  }
  // Everything, or the oldest that hold so many keys.
  void fold(std::size_t keys_max = 1'000'000) {
    const Layers taken = overlay_.begin_fold(number_, keys_max);
    if (taken.empty()) return overlay_.end_fold(false);
    const std::shared_ptr<const SortedRun> run = merge_all(taken);
    overlay_.fold_merged(run);
    std::vector<Operation> operations;
    for (const auto& [from, to] : run->ranges()) {
      operations.push_back(Operation::erase_range(from, to));
    }
    for (const SortedRun::Entry& entry : run->entries()) {
      operations.push_back(entry.is_put() ? Operation::put(entry.key(), entry.value())
                                          : Operation::erase(entry.key()));
    }
    ASSERT_TRUE(engine_->commit(operations, Flush::full));
    overlay_.end_fold(true);
  }
  std::unique_ptr<View> view() {
    Overlay::Snapshot snapshot = overlay_.layers();
    return std::make_unique<LayeredView>(std::move(snapshot.layers), engine_->view().value(),
                                         snapshot.committed);
  }
  Overlay& overlay() { return overlay_; }

 private:
  std::unique_ptr<Engine> engine_ = make_memory_engine();
  Overlay overlay_;
  CommitNumber number_ = 0;
};

TEST(SortedRun, KeepsTheNewestWordOfEachKeyInOrder) {
  const std::vector<Operation> operations = {
      Operation::put("/b", "1"), Operation::put("/a", "1"),          Operation::put("/b", "2"),
      Operation::put("/c", "1"), Operation::erase_range("/b", "/d"), Operation::erase("/e"),
      Operation::put("/c", "2")};
  const auto run = SortedRun::of_batch(operations, 7, 90);
  ASSERT_EQ(run->entries().size(), 3U);
  EXPECT_EQ(run->entries()[0].key(), "/a");
  EXPECT_EQ(run->entries()[1].key(), "/c");
  EXPECT_EQ(run->entries()[1].value(), "2");
  EXPECT_FALSE(run->entries()[2].is_put());
  EXPECT_TRUE(run->ranges().covers("/b"));
  EXPECT_EQ(run->find("/b"), nullptr);
  EXPECT_EQ(run->first(), 7U);
  EXPECT_EQ(run->last(), 7U);
  EXPECT_EQ(run->journal_bytes(), 90U);
}

TEST(SortedRun, FindsKeysThatDifferOnlyInLengthOrZeros) {
  std::vector<std::string> keys;
  for (const char* text : {"/k", "/kk", "/kkkkkkkk", "/kkkkkkkkk"}) {
    for (std::size_t zeros = 0; zeros < 10; ++zeros) {
      keys.push_back(std::string(text) + std::string(zeros, '\0'));
    }
  }
  std::vector<Operation> operations;
  for (const std::string& key : keys) operations.push_back(Operation::put(key, key));
  const auto run = SortedRun::of_batch(operations, 1, 0);
  ASSERT_EQ(run->entries().size(), keys.size());
  for (const std::string& key : keys) {
    ASSERT_NE(run->find(key), nullptr);
    EXPECT_EQ(run->find(key)->value(), key);
    EXPECT_EQ(run->find(key + '\x01'), nullptr);
  }
  EXPECT_EQ(run->find(""), nullptr);
  EXPECT_EQ(run->find("/"), nullptr);
  EXPECT_EQ(run->find("/z"), nullptr);
}

TEST(SortedRun, AMergeGivesUpBytesThatNobodyReads) {
  std::vector<std::string> values(64);
  std::shared_ptr<const SortedRun> run;
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i].assign(10'000, static_cast<char>('a' + i % 26));
    const auto next = SortedRun::of_batch({{Operation::put("/hot", values[i])}}, i + 1, 10'000);
    run = run == nullptr ? next : SortedRun::merged(*run, *next);
  }
  EXPECT_EQ(run->entries().size(), 1U);
  EXPECT_EQ(run->bytes(), 10'004U);
  EXPECT_EQ(run->journal_bytes(), 640'000U);
  EXPECT_EQ(run->entries()[0].value(), values.back());
}

TEST(KeyRanges, RangesThatTouchBecomeOne) {
  KeyRanges ranges;
  ranges.add("/b", "/c");
  ranges.add("/d", "/e");
  EXPECT_EQ(ranges.size(), 2U);
  ranges.add("/c", "/d");
  EXPECT_EQ(ranges.size(), 1U);
  ranges.add("/a", "/bb");
  ranges.add("/b1", "/b2");
  EXPECT_EQ(ranges.size(), 1U);
  EXPECT_TRUE(ranges.covers("/a"));
  EXPECT_TRUE(ranges.covers("/dz"));
  EXPECT_FALSE(ranges.covers("/e"));
  EXPECT_FALSE(ranges.covers("/Z"));
}

TEST(Overlay, ARangeHidesWhatIsOlderAndNothingElse) {
  Rig rig;
  rig.commit({Operation::put("/a", "1"), Operation::put("/b", "1"), Operation::put("/c", "1")});
  rig.fold();
  rig.commit({Operation::put("/b2", "1")});
  rig.commit({Operation::erase_range("/b", "/c"), Operation::put("/b3", "1")});
  rig.commit({Operation::put("/b4", "1")});
  const Records expected = {{"/a", "1"}, {"/b3", "1"}, {"/b4", "1"}, {"/c", "1"}};
  EXPECT_EQ(scan(*rig.view()), expected);
  EXPECT_FALSE(rig.view()->get("/b").value().has_value());
  EXPECT_FALSE(rig.view()->get("/b2").value().has_value());
  rig.fold();
  EXPECT_EQ(scan(*rig.view()), expected);
}

TEST(Overlay, CountsTheJournalUntilItIsFolded) {
  Rig rig;
  for (int i = 0; i < 10; ++i) rig.commit({Operation::put("/same", "v")}, 70);
  EXPECT_EQ(rig.overlay().journal_bytes(), 700U);
  rig.fold();
  EXPECT_EQ(rig.overlay().journal_bytes(), 0U);
  EXPECT_TRUE(rig.overlay().layers().layers.empty());
}

TEST(Overlay, FoldsOnlyWhatIsDurable) {
  Overlay overlay;
  for (CommitNumber number = 1; number <= 3; ++number) {
    overlay.reserve();
    const std::string value(100'000, 'v');  // Too large to be merged at the commit.
    overlay.add(SortedRun::of_batch({{Operation::put("/k", value)}}, number, 1));
  }
  const Layers taken = overlay.begin_fold(2, 1'000'000);
  ASSERT_EQ(taken.size(), 2U);
  EXPECT_EQ(taken.back()->last(), 2U);
}

TEST(Overlay, ReadersFindFewRuns) {
  Rig rig;
  std::mt19937_64 random(1);
  for (int i = 0; i < 5000; ++i) {
    const std::string key = "/k" + std::to_string(random() % 100'000);
    rig.commit({Operation::put(key, std::string(random() % 3000, 'v'))});
  }
  EXPECT_LE(rig.overlay().layers().layers.size(), 24U);
}

TEST(Overlay, AnySequenceOfBatchesMatchesAPlainMap) {
  const Seed seed = Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  for (std::size_t round = 0; round < scaled(20); ++round) {
    Rig rig;
    Model model;
    std::vector<std::pair<std::unique_ptr<View>, Model>> views;
    const auto key = [&] { return "/" + std::to_string(random() % 200); };
    for (std::size_t batch = 0; batch < 150; ++batch) {
      std::vector<std::string> bytes;  // Owns what the operations view.
      bytes.reserve(128);
      const auto keep = [&](std::string text) -> std::string_view {
        return bytes.emplace_back(std::move(text));
      };
      std::vector<Operation> operations;
      for (std::uint64_t n = random() % 20; n > 0; --n) {
        const std::uint64_t what = random() % 10;
        if (what == 0) {
          std::string from = key();
          std::string to = key();
          if (from == to) continue;
          if (to < from) std::swap(from, to);
          model.erase(model.lower_bound(from), model.lower_bound(to));
          operations.push_back(Operation::erase_range(keep(from), keep(to)));
        } else if (what < 4) {
          const std::string_view erased = keep(key());
          model.erase(std::string(erased));
          operations.push_back(Operation::erase(erased));
        } else {
          const std::string_view put = keep(key());
          const std::string_view value = keep(std::string(random() % 50, 'x') + std::to_string(n));
          model[std::string(put)] = value;
          operations.push_back(Operation::put(put, value));
        }
      }
      rig.commit(operations);
      if (random() % 8 == 0) views.emplace_back(rig.view(), model);
      if (random() % 16 == 0) rig.fold(random() % 2 == 0 ? 1 : 1'000'000);
      if (views.size() > 6) views.erase(views.begin());
    }
    views.emplace_back(rig.view(), model);
    for (const auto& [view, expected] : views) {
      for (const auto order : {View::Order::forward, View::Order::backward}) {
        ASSERT_EQ(scan(*view, {}, {}, order), between(expected, {}, {}, order)) << seed;
        std::string from = key();
        std::string to = key();
        if (to < from) std::swap(from, to);
        ASSERT_EQ(scan(*view, from, to, order), between(expected, from, to, order)) << seed;
      }
      for (int i = 0; i < 200; ++i) {
        const std::string wanted = "/" + std::to_string(i);
        const auto found = view->get(wanted).value();
        const auto there = expected.find(wanted);
        ASSERT_EQ(found.has_value(), there != expected.end()) << wanted << ' ' << seed;
        ASSERT_EQ(found.value_or(""), found ? there->second : std::string()) << wanted << seed;
      }
    }
  }
}

TEST(Overlay, ReadersOnOtherThreadsSeeWholeCommits) {
  Overlay overlay;
  std::atomic<bool> done{false};
  std::atomic<int> torn{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      // relaxed: only says when to end.
      while (!done.load(std::memory_order_relaxed)) {
        const Overlay::Snapshot snapshot = overlay.layers();
        if (find_in_layers(snapshot.layers, "/a") != find_in_layers(snapshot.layers, "/b")) {
          torn.fetch_add(1, std::memory_order_relaxed);
        }
      }
    });
  }
  std::thread folder([&] {
    while (!done.load(std::memory_order_relaxed)) {
      const Layers taken = overlay.begin_fold(~std::uint64_t{0}, 1000);
      if (!taken.empty()) overlay.fold_merged(merge_all(taken));
      overlay.end_fold(!taken.empty());
    }
  });
  for (std::size_t i = 1; i <= scaled(3000); ++i) {
    const std::string value = std::to_string(i);
    overlay.reserve();
    overlay.add(
        SortedRun::of_batch({{Operation::put("/a", value), Operation::put("/b", value)}}, i, 50));
  }
  done.store(true, std::memory_order_relaxed);
  for (std::thread& reader : readers) reader.join();
  folder.join();
  EXPECT_EQ(torn.load(std::memory_order_relaxed), 0);
}

}  // namespace
}  // namespace stet::test::overlay_test
