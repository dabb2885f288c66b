// tests/persistence/pending_ranges_test.cpp
// Goal    A large range that is erased is gone at once for every reader, and from the file by and by;
//         what is put into it stays. There are never more such ranges than allowed.
// Method  The list's bytes, each one damaged; engines that erase a record in each transaction, so
//         that ranges are under way for tens of thousands of them, looked at from all sides meanwhile.
#include "persistence/src/lmdb/pending_ranges.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <stet/persistence/store_care.hpp>

#include "persistence/journal_engine_rig.hpp"
#include "persistence/src/lmdb/lmdb_reader.hpp"
#include "persistence/store_files.hpp"

namespace stet::test::pending_ranges_test {
namespace {

using namespace journal_engine;
using Model = std::map<std::string, std::string>;

KeyRanges ranges_of(const std::vector<std::pair<std::string, std::string>>& pairs) {
  KeyRanges ranges;
  for (const auto& [from, to] : pairs) ranges.add(from, to);
  return ranges;
}

TEST(PendingRanges, TheirBytesAreFixed) {
  const std::string bytes = encode_pending(ranges_of({{"/a", "/b"}, {"/k/7", "/l"}}));
  const std::string expected(
      "\x02\x00\x00\x00"
      "\x02\x00\x02\x00/a/b"
      "\x04\x00\x02\x00/k/7/l",
      22);
  EXPECT_EQ(bytes.substr(8), expected);
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x87\xfe\xac\x1b\xce\xc9\x84\x97"));
  EXPECT_EQ(pending_key, std::string("\x01pending"));
}

TEST(PendingRanges, ComeBackAndEveryDamagedByteIsFound) {
  const KeyRanges ranges = ranges_of({{"/a", "/b"}, {"/k", "/l"}, {"/m", std::string(512, 'n')}});
  const std::string good = encode_pending(ranges);
  EXPECT_EQ(decode_pending(good).value(), ranges);
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 0x20);
    EXPECT_FALSE(decode_pending(bad)) << i;
    EXPECT_FALSE(decode_pending(good.substr(0, i))) << i;
  }
  EXPECT_EQ(decode_pending(good + '\0').error(), Errc::corrupt);
  EXPECT_FALSE(decode_pending(encode_pending(KeyRanges()))) << "then there is no list";
}

TEST(PendingRanges, AKeyIsCutOutAndWhatLiesBelowOneLeaves) {
  KeyRanges ranges = ranges_of({{"/a", "/d"}, {"/k", "/l"}});
  ranges.cut("/b");
  EXPECT_EQ(ranges, ranges_of({{"/a", "/b"}, {std::string("/b\0", 3), "/d"}, {"/k", "/l"}}));
  EXPECT_FALSE(ranges.covers("/b"));
  EXPECT_TRUE(ranges.covers(std::string("/b\0", 3)));
  ranges.cut("/b");
  ranges.cut("/z");
  ranges.cut("/k");
  EXPECT_EQ(ranges.size(), 3U);
  EXPECT_FALSE(ranges.covers("/k"));
  EXPECT_TRUE(ranges.covers("/k0"));
  ranges.remove_below("/c");
  EXPECT_EQ(ranges, ranges_of({{"/c", "/d"}, {std::string("/k\0", 3), "/l"}}));
  ranges.remove_below("/k5");
  EXPECT_EQ(ranges, ranges_of({{"/k5", "/l"}}));
  ranges.remove_below("/l");
  EXPECT_TRUE(ranges.empty());
}

class PendingRangesTest : public JournalEngineTest {
 protected:
  // A transaction for each takes a second or so: time to look at it.
  static constexpr int records = 60'000;
  static constexpr int low = 10;
  static constexpr int middle = records / 2;
  static constexpr int high = records - 10;

  PendingRangesTest() {
    journal_bytes_ = std::size_t{4} << 20;
    idle_ = milliseconds(1);
  }

  // For ever: operations only view it.
  static const std::string& key(int i) {
    static const std::vector<std::string> keys = [] {
      std::vector<std::string> made(records);
      for (std::size_t at = 0; at < made.size(); ++at) {
        const std::string digits = std::to_string(at);
        made[at] = "//bank/" + std::string(5 - digits.size(), '0') + digits;
      }
      return made;
    }();
    return keys[static_cast<std::size_t>(i)];
  }
  // Folded.
  Model fill() {
    Model model;
    const auto engine = open();
    for (int i = 0; i < records; i += 1000) {
      std::vector<Operation> batch;
      for (int j = i; j < i + 1000; ++j) model[key(j)] = store_files::record(key(j), 1, 40);
      for (int j = i; j < i + 1000; ++j) batch.push_back(Operation::put(key(j), model[key(j)]));
      EXPECT_TRUE(engine->commit(batch, Flush::process));
    }
    model["//after"] = store_files::record("//after", 1, 40);
    put(*engine, "//after", model["//after"]);
    EXPECT_TRUE(eventually([&] { return mark_of(*engine) == engine->committed_number(); }));
    return model;
  }
  // One commit of these, folded; with a record a transaction the ranges are pending for long.
  void commit_and_fold(Engine& engine, const std::vector<Operation>& operations) {
    const auto done = engine.commit(operations, Flush::full);
    ASSERT_TRUE(done) << done.error().message();
    ASSERT_TRUE(eventually([&] { return mark_of(engine) == *done; }));
  }
  static KeyRanges pending_of(const View& view) {
    const auto bytes = view.get(pending_key).value();
    return bytes ? decode_pending(*bytes).value() : KeyRanges();
  }
  static void erase(Model& model, const std::string& from, const std::string& to) {
    model.erase(model.lower_bound(from), model.lower_bound(to));
  }
  // Both directions. Not by EXPECT_EQ, which would print thousands of records.
  static bool shows(const View& view, const Model& model) {
    const Records expected(model.begin(), model.end());
    return scan(view) == expected && scan(view, View::Order::backward) == expected;
  }
};

TEST_F(PendingRangesTest, ALargeRangeIsGoneAtOnceAndFromTheFileByAndBy) {
  Model model = fill();
  erased_records_max_ = 1;
  const auto engine = open();
  const auto before = engine->view().value();
  commit_and_fold(*engine, {Operation::erase_range(key(low), key(high))});
  const Model all = model;
  erase(model, key(low), key(high));
  int seen = 0;
  std::string from_before;
  for (;;) {
    const auto view = engine->view().value();
    const KeyRanges pending = pending_of(*view);
    ASSERT_TRUE(shows(*view, model));
    ASSERT_FALSE(view->get(key(middle)).value());
    ASSERT_FALSE(view->get(key(high - 1)).value());
    ASSERT_TRUE(view->get(key(high)).value());
    if (pending.empty()) break;
    ASSERT_EQ(pending.size(), 1U);
    ASSERT_LE(from_before, pending.begin()->first) << "it gets smaller from its begin";
    from_before = pending.begin()->first;
    const auto count = engine->stats().records;
    ASSERT_TRUE(count == model.size() + 3 || count == model.size() + 2) << count;
    ++seen;
  }
  EXPECT_GT(seen, 0) << "it was never under way";
  EXPECT_EQ(engine->stats().records, model.size() + 2);
  EXPECT_TRUE(shows(*before, all)) << "the view of before is as it was";
}

TEST_F(PendingRangesTest, WhatIsPutIntoOneStays) {
  Model model = fill();
  erased_records_max_ = 1;
  auto engine = open();
  commit_and_fold(*engine, {Operation::erase_range(key(low), key(high))});
  ASSERT_EQ(pending_of(*engine->view().value()).size(), 1U);
  commit_and_fold(*engine,
                  {Operation::put(key(middle), "again"), Operation::erase(key(middle + 100)),
                   Operation::put(key(high - 1), "again"), Operation::put(key(high), "new")});
  erase(model, key(low), key(high));
  for (const int i : {middle, high - 1}) model[key(i)] = "again";
  model[key(high)] = "new";
  EXPECT_EQ(pending_of(*engine->view().value()).size(), 3U);
  EXPECT_TRUE(shows(*engine->view().value(), model));
  engine.reset();
  EXPECT_TRUE(shows(*open()->view().value(), model)) << "after reopening";
  erased_records_max_ = 50'000;
  engine = open();
  ASSERT_TRUE(eventually([&] { return pending_of(*engine->view().value()).empty(); }))
      << "nothing is written, and it is worked off";
  EXPECT_TRUE(shows(*engine->view().value(), model));
  EXPECT_EQ(engine->stats().records, model.size() + 2);
}

TEST_F(PendingRangesTest, AnotherProcessVerifyCopyAndSalvageSeeThem) {
  Model model = fill();
  erased_records_max_ = 1;
  {
    const auto engine = open();
    commit_and_fold(*engine, {Operation::erase_range(key(low), key(high))});
    const std::string again = store_files::record(key(middle), 2, 40);
    commit_and_fold(*engine, {Operation::put(key(middle), again)});
    erase(model, key(low), key(high));
    model[key(middle)] = again;
  }
  {
    const auto reader = open_lmdb_reader(path_).value();
    EXPECT_TRUE(reader->get(pending_key).value()) << "or this shows nothing";
    EXPECT_FALSE(reader->get(key(middle + 100)).value());
    EXPECT_EQ(reader->info().records, model.size() + 3);
  }
  EXPECT_TRUE(store_files::read_store(path_) == model);
  const auto verified = verify_store(path_);
  ASSERT_TRUE(verified) << verified.error().message();
  EXPECT_EQ(verified->problems, 0U);
  EXPECT_EQ(verified->records, model.size() + 3);
  for (const bool compact : {false, true}) {
#ifdef __SANITIZE_THREAD__
    if (compact) continue;  // LMDB begins a thread for it, which TSan forbids after a fork.
#endif
    const fs::path target = directory_ / (compact ? "compact" : "copy");
    ASSERT_TRUE(copy_store(path_, target, {.compact = compact}));
    EXPECT_TRUE(store_files::read_store(target) == model);
  }
  const auto salvaged = salvage_store(path_, directory_ / "salvaged");
  ASSERT_TRUE(salvaged) << salvaged.error().message();
  EXPECT_EQ(salvaged->records, model.size());
  EXPECT_TRUE(store_files::read_store(directory_ / "salvaged") == model);
}

TEST_F(PendingRangesTest, ADamagedListIsRefusedAndNamed) {
  static_cast<void>(fill());
  erased_records_max_ = 1;
  commit_and_fold(*open(), {Operation::erase_range(key(low), key(high))});
  const fs::path file = path_ / "1" / "state" / "data.mdb";
  std::string bytes = store_files::read_file(file);
  // All copies of it: LMDB leaves older pages behind. There the end follows the begin, which has as
  // many bytes; a record's key never follows another.
  int damaged = 0;
  for (std::size_t at = bytes.find(key(high)); at != std::string::npos;
       at = bytes.find(key(high), at + 1)) {
    if (bytes.compare(at - key(low).size(), 7, "//bank/") != 0) continue;
    bytes[at + key(low).size() - 1] = '1';
    ++damaged;
  }
  ASSERT_GT(damaged, 0);
  store_files::write_file(file, bytes);
  EXPECT_EQ(refused(), Errc::corrupt);
  EXPECT_FALSE(open_lmdb_reader(path_));
  std::string told;
  const auto verified = verify_store(path_, [&told](const StoreProblem& problem) {
    told += problem.text + "\n";
    return told.size() < 1000;
  });
  EXPECT_NE(told.find("list of erased ranges"), std::string::npos) << told;
}

TEST_F(PendingRangesTest, ThereAreNeverMoreThanAllowed) {
  Model model = fill();
  erased_records_max_ = 1;
  pending_ranges_max_ = 8;
  const auto engine = open();
  commit_and_fold(*engine, {Operation::erase_range(key(low), key(high))});
  erase(model, key(low), key(high));
  std::size_t most = 0;
  for (int round = 0; round < 30; ++round) {
    const std::string one = key(high - 10 - round * 1900);
    const std::string other = key(high - 5 - round * 1900);
    const auto done =
        engine->commit({{Operation::put(one, "1"), Operation::put(other, "2")}}, Flush::full);
    ASSERT_TRUE(done);
    model[one] = "1";
    model[other] = "2";
    for (bool folded = false; !folded;) {
      const auto view = engine->view().value();
      folded = decode_number(*view->get(mark_key).value()).value() == *done;
      most = std::max(most, pending_of(*view).size());
      ASSERT_TRUE(shows(*view, model));
    }
  }
  EXPECT_LE(most, 8U);
  EXPECT_GE(most, 7U) << "the bound was never near";
  ASSERT_TRUE(eventually([&] { return pending_of(*engine->view().value()).empty(); }));
  EXPECT_TRUE(shows(*engine->view().value(), model));
}

TEST_F(PendingRangesTest, ACommitThatPutsMoreKeysIntoItsRangeErasesWhatIsTooMuch) {
  Model model = fill();
  erased_records_max_ = 1;
  pending_ranges_max_ = 8;
  const auto engine = open();
  std::vector<Operation> batch = {Operation::erase_range(key(low), key(high))};
  erase(model, key(low), key(high));
  std::vector<std::string> keys;
  for (int i = 20; i < high; i += 1000) keys.push_back(key(i));
  for (const std::string& each : keys) batch.push_back(Operation::put(each, "again"));
  for (const std::string& each : keys) model[each] = "again";
  commit_and_fold(*engine, batch);
  const auto view = engine->view().value();
  EXPECT_LE(pending_of(*view).size(), 8U);
  EXPECT_GT(pending_of(*view).size(), 0U) << "the rest is pending";
  EXPECT_TRUE(shows(*view, model));
  ASSERT_TRUE(eventually([&] { return pending_of(*engine->view().value()).empty(); }));
  EXPECT_TRUE(shows(*engine->view().value(), model));
}

TEST_F(PendingRangesTest, NoneHidesWhatTheEngineKeepsThere) {
  static_cast<void>(fill());
  erased_records_max_ = 1;
  auto engine = open();
  ASSERT_TRUE(engine->commit({{Operation::erase_range("\x01", "0")}}, Flush::full));
  // Before it is folded it hides them too, from views only.
  ASSERT_TRUE(
      eventually([&] { return engine->view().value()->get(mark_key).value().has_value(); }));
  EXPECT_FALSE(pending_of(*engine->view().value()).empty());
  EXPECT_TRUE(scan(*engine->view().value()).empty());
  const CommitNumber number = engine->committed_number();
  engine.reset();
  engine = open();
  EXPECT_EQ(engine->committed_number(), number);
  EXPECT_TRUE(scan(*engine->view().value()).empty());
}

}  // namespace
}  // namespace stet::test::pending_ranges_test
