// tests/persistence/batch_test.cpp - what one commit holds after writes were merged.
// Method  A batch is compared with a plain map to which the same writes were applied one by one.
#include "persistence/src/batch.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::detail {
namespace {

using Map = std::map<std::string, std::string, std::less<>>;

void apply(std::span<const Operation> operations, Map& map) {
  for (const Operation& operation : operations) {
    const std::string key(operation.key);
    switch (operation.kind) {
      case Operation::Kind::put: map[key] = operation.value; break;
      case Operation::Kind::erase: map.erase(key); break;
      case Operation::Kind::erase_range:
        map.erase(map.lower_bound(operation.key), map.lower_bound(operation.value));
        break;
    }
  }
}

TEST(Batch, TheLastWriteOfAKeyWins) {
  Batch batch;
  batch.put("b", "1");
  batch.put("a", "2");
  batch.put("b", "3");
  batch.erase("c");
  const auto operations = batch.seal();
  ASSERT_EQ(operations.size(), 3U);
  EXPECT_EQ(operations[0].key, "a");
  EXPECT_EQ(operations[1].key, "b");
  EXPECT_EQ(operations[1].value, "3");
  EXPECT_EQ(operations[2].kind, Operation::Kind::erase);
}

TEST(Batch, AnErasedRangeHidesWhatCameBeforeAndNotWhatComesAfter) {
  Batch batch;
  batch.put("k1", "old");
  batch.erase_range("k", "l");
  EXPECT_EQ(batch.find("k1").found, Batch::Found::absent);
  EXPECT_EQ(batch.find("k2").found, Batch::Found::absent);
  EXPECT_EQ(batch.find("m").found, Batch::Found::unknown);
  batch.put("k2", "new");
  EXPECT_EQ(batch.find("k2").value, "new");
  Map map{{"k3", "stored"}, {"m", "kept"}};
  apply(batch.seal(), map);
  EXPECT_EQ(map, (Map{{"k2", "new"}, {"m", "kept"}}));
}

TEST(Batch, EndsAsIfItsWritesHadBeenAppliedOneByOne) {
  const test::Seed seed = test::Seed::from_environment_or_random();
  for (std::size_t round = 0; round < test::scaled(300); ++round) {
    std::mt19937_64 random(seed.derive(round).value());
    const auto key = [&random] { return "k" + std::to_string(random() % 40); };
    Map stored;
    for (int i = 0; i < 20; ++i) stored[key()] = "stored";
    Map expected = stored;
    Batch batch;
    for (int i = 0; i < 60; ++i) {
      const std::string_view at = batch.hold(key());
      const auto dice = random() % 10;
      if (dice < 6) {
        const std::string_view value = batch.hold(std::to_string(random()));
        batch.put(at, value);
        expected[std::string(at)] = value;
      } else if (dice < 9) {
        batch.erase(at);
        expected.erase(std::string(at));
      } else {
        const std::string_view to = batch.hold(std::string(at) + "5");
        batch.erase_range(at, to);
        expected.erase(expected.lower_bound(at), expected.lower_bound(to));
      }
    }
    for (const auto& [name, value] : expected) {
      const Batch::Lookup found = batch.find(name);
      if (found.found == Batch::Found::present) {
        EXPECT_EQ(found.value, value) << seed;
      } else {
        EXPECT_EQ(found.found, Batch::Found::unknown) << seed;
      }
    }
    apply(batch.seal(), stored);
    ASSERT_EQ(stored, expected) << seed << " round " << round;
    batch.clear();
    EXPECT_TRUE(batch.is_empty());
    EXPECT_EQ(batch.find("k1").found, Batch::Found::unknown);
  }
}

TEST(Batch, IsFullByKeysByBytesAndByWhatMergedWritesKeepAlive) {
  Batch keys;
  keys.put("a", "1");
  keys.put("a", "2");
  EXPECT_FALSE(keys.is_full({.records = 2, .bytes = 1000}));
  keys.put("b", "1");
  EXPECT_TRUE(keys.is_full({.records = 2, .bytes = 1000}));

  Batch bytes;
  bytes.put("a", "12345678");
  EXPECT_TRUE(bytes.is_full({.records = 100, .bytes = 9}));
  EXPECT_FALSE(bytes.is_full({.records = 100, .bytes = 10}));

  Batch merged;
  for (int i = 0; i < 80; ++i) merged.put("a", merged.hold(std::string(10, 'x')));
  EXPECT_EQ(merged.bytes(), 11U);
  EXPECT_TRUE(merged.is_full({.records = 100, .bytes = 100}));
}

}  // namespace
}  // namespace stet::detail
