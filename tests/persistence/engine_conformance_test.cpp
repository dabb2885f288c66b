// tests/persistence/engine_conformance_test.cpp
// Goal    Memory, LMDB in both modes and the faulty double (without faults) keep the contract of engine.hpp
//         alike.
// Method  One suite, run over each. System keys (0x01...) belong to the engine, so scans begin at
//         "/".
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "persistence/src/engine.hpp"
#include "persistence/src/faulty_engine.hpp"
#include "persistence/src/lmdb/lmdb_engine.hpp"
#include "persistence/src/memory_engine.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/temp_dir.hpp"

namespace stet::detail {
namespace {

using test::scaled;
using test::Seed;
using test::TempDir;

enum class Kind { memory, lmdb, journal, faulty };

// Where an engine's records live while no engine is open.
class Ground {
 public:
  explicit Ground(Kind kind) : kind_(kind) {}

  std::unique_ptr<Engine> open() {
    if (kind_ == Kind::lmdb || kind_ == Kind::journal) {
      return open_lmdb_engine(
                 {.directory = directory_ / "store",
                  .mode = kind_ == Kind::lmdb ? StoreMode::direct : StoreMode::journal,
                  // So little that it folds all the time.
                  .journal = {.bytes_max = 60'000, .fold_idle = std::chrono::milliseconds(5)}})
          .value();
    }
    std::unique_ptr<Engine> memory = make_memory_engine(disk_).value();
    if (kind_ == Kind::memory) return memory;
    return make_faulty_engine(std::move(memory), std::make_shared<FaultControl>());
  }

 private:
  const Kind kind_;
  const std::shared_ptr<MemoryDisk> disk_ = std::make_shared<MemoryDisk>();
  const TempDir directory_;
};

using Records = std::vector<std::pair<std::string, std::string>>;

Records scan(const View& view, std::string_view from = "/", std::string_view to = {},
             View::Order order = View::Order::forward) {
  Records found;
  const std::unique_ptr<Cursor> cursor = view.scan(from, to, order).value();
  while (cursor->next().value()) found.emplace_back(cursor->key(), cursor->value());
  EXPECT_FALSE(cursor->next().value()) << "the end stays the end";
  return found;
}

class EngineConformance : public testing::TestWithParam<Kind> {
 protected:
  CommitNumber commit(std::vector<Operation> operations, Flush flush = Flush::full) {
    return engine_->commit(operations, flush).value();
  }
  Records all() { return scan(*engine_->view().value()); }
  void reopen() {
    engine_.reset();
    engine_ = ground_.open();
  }

  Ground ground_{GetParam()};
  std::unique_ptr<Engine> engine_ = ground_.open();
};

TEST_P(EngineConformance, ANewEngineHoldsNoRecordOfAUser) { EXPECT_TRUE(all().empty()); }

TEST_P(EngineConformance, WhatWasPutIsFound) {
  commit({Operation::put("/a", "1"), Operation::put("/b", "")});
  const std::unique_ptr<View> view = engine_->view().value();
  EXPECT_EQ(view->get("/a").value(), "1");
  EXPECT_EQ(view->get("/b").value(), "") << "an empty value is a value";
  EXPECT_FALSE(view->get("/c").value().has_value());
  EXPECT_FALSE(view->get("").value().has_value());
  EXPECT_FALSE(view->get(std::string(600, 'x')).value().has_value());
}

TEST_P(EngineConformance, OperationsApplyInTheirOrder) {
  commit({Operation::put("/a", "1"), Operation::put("/a", "2"), Operation::erase("/a"),
          Operation::put("/a", "3"), Operation::put("/b", "1"), Operation::erase_range("/b", "/c"),
          Operation::put("/b", "2"), Operation::put("/b2", "x"), Operation::erase("/b2")});
  EXPECT_EQ(all(), (Records{{"/a", "3"}, {"/b", "2"}}));
}

TEST_P(EngineConformance, ARefusedBatchLeavesNothingBehind) {
  commit({Operation::put("/a", "1")});
  const std::vector<Operation> batch = {Operation::put("/a", "2"), Operation::put("/b", "2"),
                                        Operation::put("", "x")};
  EXPECT_EQ(engine_->commit(batch, Flush::full).error(), Errc::invalid_argument);
  EXPECT_EQ(all(), (Records{{"/a", "1"}}));
  EXPECT_FALSE(engine_->poisoned());
}

TEST_P(EngineConformance, LimitsAreCheckedBeforeAnythingIsWritten) {
  const EngineLimits limits = engine_->limits();
  const std::string key(limits.key_bytes_max, 'k');
  commit({Operation::put(key, "v")});
  EXPECT_EQ(engine_->view().value()->get(key).value(), "v");
  const std::string long_key = key + 'k';
  const std::string long_value(limits.value_bytes_max + 1, 'v');
  for (const Operation& wrong :
       {Operation::put(long_key, "v"), Operation::erase(long_key), Operation::put("/a", long_value),
        Operation::erase_range("/a", long_key)}) {
    EXPECT_EQ(engine_->commit({{wrong}}, Flush::full).error(), Errc::too_large);
  }
  for (const Operation& wrong :
       {Operation::erase_range("/b", "/a"), Operation::erase_range("/a", ""),
        Operation::erase_range("/a", "/a"), Operation::erase("")}) {
    EXPECT_EQ(engine_->commit({{wrong}}, Flush::full).error(), Errc::invalid_argument);
  }
}

// With folds under way in journal mode: what has left memory is unknown, never told wrongly.
TEST_P(EngineConformance, WhatMemoryKnowsIsWhatAViewShows) {
  const Seed seed = Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  const auto random_key = [&random] { return "/k" + std::to_string(random() % 50); };
  std::size_t known = 0;
  const std::size_t rounds = scaled(300);
  for (std::size_t round = 0; round < rounds; ++round) {
    const std::string key = random_key();
    const std::string other = random_key();
    const std::string value(random() % 300, static_cast<char>('a' + round % 26));
    std::vector<Operation> batch = {Operation::put(key, value)};
    if (random() % 4 == 0) batch = {Operation::erase(key)};
    if (random() % 16 == 0 && key < other) batch = {Operation::erase_range(key, other)};
    commit(batch, Flush::process);
    const std::string asked = random_key();
    for (const std::string& each : {key, asked}) {
      const auto found = engine_->peek(each);
      if (!found) continue;
      ++known;
      const std::unique_ptr<View> view = engine_->view().value();
      const auto shown = view->get(each).value();
      ASSERT_EQ(found->has_value(), shown.has_value()) << each << ' ' << seed;
      if (shown) {
        ASSERT_EQ(**found, *shown) << each << ' ' << seed;
      }
    }
  }
  // Memory knows all, a journal much of what was just written, the others nothing.
  const std::size_t least = GetParam() == Kind::memory    ? 2 * rounds
                            : GetParam() == Kind::journal ? rounds / 4
                                                          : 0;
  EXPECT_GE(known, least) << seed;
}

TEST_P(EngineConformance, ErasingWhatIsNotThereIsFine) {
  commit({Operation::put("/b", "1")});
  commit({Operation::erase("/a"), Operation::erase_range("/c", "/d")});
  EXPECT_EQ(all(), (Records{{"/b", "1"}}));
}

TEST_P(EngineConformance, ARangeEndsBeforeItsEnd) {
  commit({Operation::put("/a", "1"), Operation::put("/b", "1"),
          Operation::put(std::string_view("/b\0x", 4), "1"), Operation::put("/bb", "1"),
          Operation::put("/c", "1"), Operation::put("/d", "1")});
  commit({Operation::erase_range("/b", "/c")});
  EXPECT_EQ(all(), (Records{{"/a", "1"}, {"/c", "1"}, {"/d", "1"}}));
}

TEST_P(EngineConformance, AWideRangeIsErasedWhole) {
  std::vector<std::string> keys;
  for (int i = 0; i < 5000; ++i) keys.push_back("/k" + std::to_string(100000 + i));
  std::vector<Operation> puts;
  for (const std::string& key : keys) puts.push_back(Operation::put(key, "some value or other"));
  commit(puts);
  commit({Operation::erase_range(keys[1], keys[4999])});
  EXPECT_EQ(all().size(), 2U);
}

TEST_P(EngineConformance, KeysAreOrderedAsUnsignedBytes) {
  commit({Operation::put("/\xff", "4"), Operation::put("/a", "2"), Operation::put("/", "1"),
          Operation::put("/aa", "3")});
  EXPECT_EQ(all(), (Records{{"/", "1"}, {"/a", "2"}, {"/aa", "3"}, {"/\xff", "4"}}));
}

TEST_P(EngineConformance, AScanKeepsToItsBoundsInBothDirections) {
  commit({Operation::put("/a", "1"), Operation::put("/b", "2"), Operation::put("/c", "3")});
  const std::unique_ptr<View> view = engine_->view().value();
  const auto backward = View::Order::backward;
  EXPECT_EQ(scan(*view, "/a", "/c"), (Records{{"/a", "1"}, {"/b", "2"}}));
  EXPECT_EQ(scan(*view, "/a", "/c", backward), (Records{{"/b", "2"}, {"/a", "1"}}));
  EXPECT_EQ(scan(*view, "/aa", {}), (Records{{"/b", "2"}, {"/c", "3"}}));
  EXPECT_EQ(scan(*view, "/aa", {}, backward), (Records{{"/c", "3"}, {"/b", "2"}}));
  EXPECT_EQ(scan(*view, "/b", "/z", backward), (Records{{"/c", "3"}, {"/b", "2"}}));
  for (const auto order : {View::Order::forward, backward}) {
    EXPECT_TRUE(scan(*view, "/b", "/b", order).empty());
    EXPECT_TRUE(scan(*view, "/c", "/a", order).empty()) << "a reversed range holds nothing";
    EXPECT_TRUE(scan(*view, "/x", "/y", order).empty());
    EXPECT_TRUE(scan(*view, "/aa", "/ab", order).empty());
    EXPECT_TRUE(scan(*view, "/d", {}, order).empty());
  }
}

TEST_P(EngineConformance, AViewShowsOneCommitForEver) {
  commit({Operation::put("/a", "1"), Operation::put("/b", "1")});
  const std::unique_ptr<View> before = engine_->view().value();
  const std::string_view value = *before->get("/a").value();
  const CommitNumber number = commit({Operation::put("/a", "2"), Operation::erase("/b")});
  const std::unique_ptr<View> after = engine_->view().value();
  EXPECT_EQ(value, "1");
  EXPECT_EQ(scan(*before), (Records{{"/a", "1"}, {"/b", "1"}}));
  EXPECT_EQ(scan(*after), (Records{{"/a", "2"}}));
  EXPECT_EQ(after->number(), number);
  EXPECT_EQ(before->number(), number - 1);
}

TEST_P(EngineConformance, AViewOutlivesItsEngine) {
  commit({Operation::put("/a", "1")});
  const std::unique_ptr<View> view = engine_->view().value();
  engine_.reset();
  EXPECT_EQ(scan(*view), (Records{{"/a", "1"}}));
}

TEST_P(EngineConformance, CommitsAreNumberedUpwardsAlsoOverReopening) {
  const CommitNumber first = commit({Operation::put("/a", "1")});
  EXPECT_EQ(commit({Operation::put("/a", "2")}), first + 1);
  EXPECT_EQ(commit({}), first + 1) << "nothing changed";
  const CommitNumber last = commit({Operation::erase("/none")});
  EXPECT_LE(last, first + 2) << "it may find out that nothing changed, or not look";
  reopen();
  EXPECT_EQ(engine_->committed_number(), last);
  EXPECT_EQ(engine_->durable_number(), last);
  EXPECT_EQ(commit({Operation::put("/a", "3")}), last + 1);
}

TEST_P(EngineConformance, ACommitOfOneFlushBecomesDurableWithTheNext) {
  const CommitNumber full = commit({Operation::put("/a", "0")});
  EXPECT_EQ(engine_->durable_number(), full);
  const CommitNumber first = commit({Operation::put("/a", "1")}, Flush::process);
  EXPECT_EQ(engine_->durable_number(), full);
  EXPECT_EQ(engine_->committed_number(), first);
  const CommitNumber second = commit({Operation::put("/a", "2")}, Flush::process);
  EXPECT_EQ(engine_->durable_number(), first);
  const CommitNumber third = commit({Operation::put("/a", "3")}, Flush::full);
  EXPECT_EQ(engine_->durable_number(), third);
  EXPECT_EQ(third, second + 1);
}

TEST_P(EngineConformance, AFlushMakesAllCommitsDurable) {
  const CommitNumber number = commit({Operation::put("/a", "1")}, Flush::process);
  EXPECT_LT(engine_->durable_number(), number);
  ASSERT_TRUE(engine_->flush());
  EXPECT_EQ(engine_->durable_number(), number);
  ASSERT_TRUE(engine_->flush()) << "nothing to do is fine";
}

TEST_P(EngineConformance, AFullCommitWithoutAChangeStillFlushesTheOneBefore) {
  const CommitNumber number = commit({Operation::put("/a", "1")}, Flush::process);
  commit({}, Flush::full);
  EXPECT_EQ(engine_->durable_number(), number);
}

TEST_P(EngineConformance, RecordsSurviveReopening) {
  commit({Operation::put("/a", "1")}, Flush::full);
  commit({Operation::put("/b", "2")}, Flush::process);
  reopen();
  EXPECT_EQ(all(), (Records{{"/a", "1"}, {"/b", "2"}}));
}

TEST_P(EngineConformance, ValuesOfAnySizeComeBack) {
  for (const std::size_t size : {1U, 1900U, 2100U, 4096U, 100'000U, 3'000'000U}) {
    const std::string value(size, static_cast<char>('a' + size % 26));
    commit({Operation::put("/v", value)});
    EXPECT_EQ(engine_->view().value()->get("/v").value(), value) << size;
  }
}

TEST_P(EngineConformance, StatsCountWhatWasDone) {
  const EngineStats before = engine_->stats();
  commit({Operation::put("/a", "1"), Operation::put("/b", "1")});
  commit({});
  commit({Operation::erase("/a")}, Flush::process);
  ASSERT_TRUE(engine_->flush());
  const std::unique_ptr<View> view = engine_->view().value();
  const EngineStats after = engine_->stats();
  EXPECT_EQ(after.commits - before.commits, 2U);
  EXPECT_EQ(after.operations - before.operations, 3U);
  EXPECT_EQ(after.flushes - before.flushes, 1U);
  EXPECT_EQ(after.records - before.records, 1U);
  EXPECT_EQ(after.failures, 0U);
  EXPECT_EQ(after.views, 1U);
}

TEST_P(EngineConformance, AnySequenceOfBatchesMatchesAPlainMap) {
  const Seed seed = Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  std::map<std::string, std::string> model;
  const auto key = [&] { return "/" + std::to_string(random() % 300); };
  for (std::size_t batch = 0; batch < scaled(300); ++batch) {
    std::vector<std::string> bytes;  // Owns what the operations view.
    bytes.reserve(64);
    const auto keep = [&](std::string text) -> std::string_view {
      return bytes.emplace_back(std::move(text));
    };
    std::vector<Operation> operations;
    for (std::uint64_t n = random() % 20; n > 0; --n) {
      switch (random() % 8) {
        case 0: {
          std::string from = key();
          std::string to = key();
          if (from == to) break;
          if (to < from) std::swap(from, to);
          model.erase(model.lower_bound(from), model.lower_bound(to));
          operations.push_back(Operation::erase_range(keep(from), keep(to)));
          break;
        }
        case 1:
        case 2: {
          const std::string_view erased = keep(key());
          model.erase(std::string(erased));
          operations.push_back(Operation::erase(erased));
          break;
        }
        default: {
          const std::string_view put = keep(key());
          const std::string_view value =
              keep(std::string(random() % 3000, 'x') + std::to_string(n));
          model[std::string(put)] = value;
          operations.push_back(Operation::put(put, value));
        }
      }
    }
    commit(operations, random() % 2 == 0 ? Flush::full : Flush::process);
    if (batch % 50 == 49) reopen();
    if (batch % 10 == 9) {
      ASSERT_EQ(all(), Records(model.begin(), model.end())) << seed << " batch " << batch;
    }
  }
  ASSERT_EQ(all(), Records(model.begin(), model.end())) << seed;
}

TEST_P(EngineConformance, ViewsOnOtherThreadsSeeWholeCommits) {
  commit({Operation::put("/a", "0"), Operation::put("/b", "0")});
  std::atomic<bool> done{false};
  std::atomic<int> torn{0};
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      // relaxed: only says when to end.
      while (!done.load(std::memory_order_relaxed)) {
        const CommitNumber at_least = engine_->committed_number();
        const std::unique_ptr<View> view = engine_->view().value();
        const bool whole = view->get("/a").value() == view->get("/b").value();
        if (!whole || view->number() < at_least) torn.fetch_add(1, std::memory_order_relaxed);
      }
    });
  }
  for (std::size_t i = 1; i <= scaled(500); ++i) {
    const std::string value = std::to_string(i);
    commit({Operation::put("/a", value), Operation::put("/b", value)}, Flush::process);
  }
  done.store(true, std::memory_order_relaxed);
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(torn.load(std::memory_order_relaxed), 0);
}

INSTANTIATE_TEST_SUITE_P(Engines, EngineConformance,
                         testing::Values(Kind::memory, Kind::lmdb, Kind::journal, Kind::faulty),
                         [](const testing::TestParamInfo<Kind>& engine) {
                           switch (engine.param) {
                             case Kind::memory: return "Memory";
                             case Kind::lmdb: return "Lmdb";
                             case Kind::journal: return "Journal";
                             case Kind::faulty: return "Faulty";
                           }
                           return "Unknown";
                         });

}  // namespace
}  // namespace stet::detail
