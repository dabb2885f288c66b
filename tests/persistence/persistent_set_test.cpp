// tests/persistence/persistent_set_test.cpp - a set of one record an element.
#include <stet/persistence/persistent_set.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <stdexcept>

#include <stet/persistence/spawn_persistent.hpp>

#include "store_rig.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::persistent_set_test {
namespace {

using Words = PersistentSet<std::string>;
using Ids = PersistentSet<std::int32_t>;

struct Note {
  std::string word;
  std::int32_t id = 0;
  bool throws = false;
};
struct Counts {
  using Reply = std::size_t;
};

// Two containers of one actor.
class Notes : public Actor<Notes> {
 public:
  Notes(Words words, Ids ids) : words_(std::move(words)), ids_(std::move(ids)) {}
  void handle(const Note& m) {
    words_.insert(m.word);
    ids_.insert(m.id);
    if (m.throws) throw std::runtime_error("on purpose");
  }
  std::size_t handle(Counts) { return 1000 * words_.size() + ids_.size(); }

 private:
  Words words_;
  Ids ids_;
};

struct PersistentSetTest : ::testing::Test {
  StoreRig rig;
  Repository<Words> words{rig.data->base("//words")};
  Repository<Ids> ids{rig.data->base("//ids")};
};

TEST_F(PersistentSetTest, SetsOfOneActorAreReadAndStoredTogether) {
  const auto notes = spawn_persistent<Notes>(*rig.system, words, ids);
  notes.send<Note>("one", 1);
  notes.send<Note>("one", 2);
  notes.send<Note>("three", 3, true);
  rig.system->run_until_idle();
  EXPECT_FALSE(notes.is_alive());
  EXPECT_EQ(words.read().value(), (std::set<std::string>{"one"}));
  EXPECT_EQ(ids.read().value(), (std::set<std::int32_t>{1, 2}));
  const auto again = spawn_persistent<Notes>(*rig.system, words, ids);
  EXPECT_EQ(again.ask<Counts>().get(1s).value(), 1002U);
}

TEST_F(PersistentSetTest, WhatIsThereAlreadyIsNotWrittenAgain) {
  Words set = Words::load(words).value();
  EXPECT_TRUE(set.insert("one").wait(1s));
  const std::uint64_t records = rig.store->stats().records;
  EXPECT_TRUE(set.insert("one").wait(1s));
  EXPECT_TRUE(set.erase("two").wait(1s));
  EXPECT_EQ(rig.store->stats().records, records);
  EXPECT_TRUE(set.erase("one").wait(1s));
  EXPECT_EQ(rig.store->stats().records, records + 1);
}

TEST_F(PersistentSetTest, ASetOfOthersIsNotRead) {
  {
    Words set = Words::load(words).value();
    EXPECT_TRUE(set.insert("a word of more than eight bytes").wait(1s));
  }
  EXPECT_EQ(Ids::load(Repository<Ids>(rig.data->base("//words"))).error(), Errc::corrupt);
  {
    Ids set = Ids::load(ids).value();
    EXPECT_TRUE(set.insert(-7).wait(1s));
  }
  using Small = PersistentSet<std::uint8_t>;  // The key is there, and no such number.
  EXPECT_EQ(Small::load(Repository<Small>(rig.data->base("//ids"))).error(), Errc::corrupt);
  using Wide = PersistentSet<std::int64_t>;
  EXPECT_TRUE(Wide::load(Repository<Wide>(rig.data->base("//ids"))).value().contains(-7));
}

TEST_F(PersistentSetTest, EqualsAStdSet) {
  const Seed seed = Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  std::set<std::int32_t> model;
  for (std::size_t round = 0; round < scaled(50); ++round) {
    Ids set = Ids::load(ids).value();
    for (int step = 0; step < 50; ++step) {
      const auto id = static_cast<std::int32_t>(random() % 64) - 32;
      if (random() % 50 == 0) {
        set.clear();
        model.clear();
      } else if (random() % 2 == 0) {
        set.insert(id);
        model.insert(id);
      } else {
        set.erase(id);
        model.erase(id);
      }
    }
    EXPECT_TRUE(rig.store->flush(1s));
    ASSERT_TRUE(std::equal(set.begin(), set.end(), model.begin(), model.end())) << seed;
    ASSERT_EQ(ids.read().value(), model) << seed;
  }
}

}  // namespace
}  // namespace stet::test::persistent_set_test
