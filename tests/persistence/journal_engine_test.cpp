// tests/persistence/journal_engine_test.cpp
// Goal    In journal mode commits are found at once, whether folded or not, by views that show one
//         commit for ever, and after every reopening. Folding happens behind the writers, within
//         the journal's bound; a pair of files that does not fit together is refused.
// Method  Real directories with a tiny journal, so that folds come all the time.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "persistence/journal_engine_rig.hpp"
#include "support/scale.hpp"

namespace stet::test::journal_engine_test {
namespace {

using namespace journal_engine;

TEST_F(JournalEngineTest, IsCreatedWholeWithBothItsFiles) {
  open();
  EXPECT_TRUE(fs::exists(path_ / "1" / "state" / "data.mdb"));
  EXPECT_TRUE(fs::exists(path_ / "1" / "journal" / "data.mdb"));
  EXPECT_FALSE(fs::exists(path_ / "creating"));
}

TEST_F(JournalEngineTest, AStoreStaysWhatItWasCreatedAs) {
  LmdbOptions direct = options();
  direct.mode = StoreMode::direct;
  put(**open_lmdb_engine(direct), "/a", "1");
  EXPECT_EQ(get(*open(), "/a"), "1") << "a store in direct mode opens as such";
  EXPECT_FALSE(fs::exists(path_ / "1" / "journal"));

  fs::remove_all(path_);
  put(*open(), "/a", "2");
  EXPECT_EQ(get(**open_lmdb_engine(direct), "/a"), "2") << "and one with a journal likewise";
}

TEST_F(JournalEngineTest, WhatIsNotFoldedIsReplayed) {
  {
    const auto engine = open();
    put(*engine, "/a", "1");
    put(*engine, "/b", "1", Flush::process);
    ASSERT_TRUE(engine->commit({{Operation::erase("/a")}}, Flush::process));
  }
  EXPECT_EQ(mark(), 0U) << "nothing was due to be folded";
  const auto engine = open();
  EXPECT_EQ(engine->committed_number(), 3U);
  EXPECT_EQ(engine->durable_number(), 3U);
  EXPECT_EQ(scan(*engine->view().value()), (Records{{"/b", "1"}}));
}

TEST_F(JournalEngineTest, FoldsWhenNothingIsWritten) {
  idle_ = milliseconds(1);
  const auto engine = open();
  put(*engine, "/a", "1");
  put(*engine, "/b", "1");
  EXPECT_TRUE(eventually([&] { return mark_of(*engine) == 2; }));
  EXPECT_EQ(scan(*engine->view().value()), (Records{{"/a", "1"}, {"/b", "1"}}));
}

TEST_F(JournalEngineTest, DoesNotFoldWhatIsNotDurable) {
  idle_ = milliseconds(1);
  const auto engine = open();
  put(*engine, "/a", "1");
  put(*engine, "/b", "1", Flush::process);
  EXPECT_TRUE(eventually([&] { return mark_of(*engine) == 1; }));
  std::this_thread::sleep_for(milliseconds(30));  // More than enough for a wrong one.
  EXPECT_EQ(mark_of(*engine), 1U);
  ASSERT_TRUE(engine->flush());
  EXPECT_TRUE(eventually([&] { return mark_of(*engine) == 2; }));
}

TEST_F(JournalEngineTest, NumbersGoOnWhereEverythingIsFoldedAndCut) {
  idle_ = milliseconds(1);
  {
    const auto engine = open();
    for (int i = 0; i < 100; ++i) put(*engine, "/a", std::to_string(i));
    ASSERT_TRUE(eventually([&] { return mark_of(*engine) == 100; }));
    for (int i = 0; i < 20; ++i) {
      put(*engine, "/a", std::to_string(i));  // Cuts what is folded.
      ASSERT_TRUE(eventually([&] { return mark_of(*engine) == engine->committed_number(); }));
    }
  }
  const auto engine = open();
  EXPECT_EQ(engine->committed_number(), 120U);
  put(*engine, "/a", "last");
  EXPECT_EQ(engine->committed_number(), 121U);
}

TEST_F(JournalEngineTest, AnEraseOfARangeReachesTheState) {
  idle_ = milliseconds(1);
  const auto engine = open();
  for (int i = 0; i < 100; ++i) put(*engine, "/k" + std::to_string(i), "v", Flush::process);
  ASSERT_TRUE(engine->flush());
  ASSERT_TRUE(eventually([&] { return mark_of(*engine) == 100; }));
  const auto before = engine->view().value();
  ASSERT_TRUE(engine->commit({{Operation::erase_range("/k", "/l"), Operation::put("/k5", "new")}},
                             Flush::full));
  EXPECT_EQ(scan(*engine->view().value()), (Records{{"/k5", "new"}}));
  ASSERT_TRUE(eventually([&] { return mark_of(*engine) == 101; }));
  EXPECT_EQ(scan(*engine->view().value()), (Records{{"/k5", "new"}}));
  EXPECT_EQ(scan(*before).size(), 100U) << "the view of before is as it was";
}

TEST_F(JournalEngineTest, WhatIsNotFoldedStaysWithinItsBound) {
  journal_bytes_ = 100'000;
  const auto engine = open();
  std::mt19937_64 random(1);
  std::vector<std::string> keys(50);
  const std::string value(100, 'v');
  for (std::size_t i = 0; i < scaled(300); ++i) {
    std::vector<Operation> batch;
    for (std::string& key : keys) {
      key = "/k" + std::to_string(random() % 20'000);
      batch.push_back(Operation::put(key, value));
    }
    ASSERT_TRUE(engine->commit(batch, Flush::process));
    // Each entry is about 6,000 bytes; one may come on top, and one may be not durable.
    ASSERT_LE(engine->committed_number() - mark_of(*engine), 20U);
  }
}

TEST_F(JournalEngineTest, AStateOfAnotherStoreIsRefusedAndBothAreNamed) {
  { put(*open(), "/a", "1"); }
  LmdbOptions other = options();
  other.directory = directory_ / "other";
  { put(**open_lmdb_engine(other), "/a", "2"); }
  fs::rename(path_ / "1" / "state", directory_ / "mine");
  fs::rename(directory_ / "other" / "1" / "state", path_ / "1" / "state");
  const Error error = refused();
  EXPECT_EQ(error, Errc::corrupt);
  EXPECT_NE(error.text.find("1/journal"), std::string::npos) << error.text;
  EXPECT_NE(error.text.find("1/state"), std::string::npos) << error.text;
}

TEST_F(JournalEngineTest, ALostJournalIsNotReplacedByAnEmptyOne) {
  { put(*open(), "/a", "1"); }
  fs::rename(path_ / "1" / "journal", directory_ / "kept");
  EXPECT_EQ(refused(), Errc::corrupt);
  EXPECT_FALSE(fs::exists(path_ / "1" / "journal" / "data.mdb"));
  fs::rename(directory_ / "kept", path_ / "1" / "journal");
  EXPECT_EQ(get(*open(), "/a"), "1");
}

TEST_F(JournalEngineTest, AJournalBesideADirectStoreIsRefused) {
  { put(*open(), "/a", "1"); }
  fs::rename(path_ / "1" / "journal", directory_ / "journal");
  fs::remove_all(path_);
  LmdbOptions direct = options();
  direct.mode = StoreMode::direct;
  { put(**open_lmdb_engine(direct), "/a", "1"); }
  fs::rename(directory_ / "journal", path_ / "1" / "journal");
  EXPECT_EQ(refused(), Errc::corrupt);
}

TEST_F(JournalEngineTest, ADamagedEntryIsRefusedByItsNumber) {
  {
    const auto engine = open();
    for (int i = 0; i < 3; ++i) put(*engine, "/a", "to be damaged");
  }
  const fs::path file = path_ / "1" / "journal" / "data.mdb";
  std::string bytes;
  {
    std::ifstream in(file, std::ios::binary);
    bytes.assign(std::istreambuf_iterator<char>(in), {});
  }
  // All copies of it: LMDB leaves older pages behind.
  for (std::size_t at = bytes.find("to be damaged"); at != std::string::npos;
       at = bytes.find("to be damaged", at)) {
    bytes[at] = 'T';
  }
  std::ofstream(file, std::ios::binary) << bytes;
  const Error error = refused();
  EXPECT_EQ(error, Errc::corrupt);
  EXPECT_NE(error.text.find("journal entry 1 is damaged"), std::string::npos) << error.text;
}

TEST_F(JournalEngineTest, ARestoredCopyMayHaveAStateThatIsAhead) {
  // As a copy is made: the journal first, the state later.
  idle_ = milliseconds(1);
  {
    const auto engine = open();
    put(*engine, "/a", "old");
    ASSERT_TRUE(eventually([&] { return mark_of(*engine) == 1; }));
  }
  fs::copy(path_ / "1" / "journal", directory_ / "copied", fs::copy_options::recursive);
  {
    const auto engine = open();
    for (int i = 0; i < 30; ++i) put(*engine, "/a", "new");
    put(*engine, "/a", "newest");
    ASSERT_TRUE(eventually([&] { return mark_of(*engine) == 32; }));
  }
  fs::remove_all(path_ / "1" / "journal");
  fs::rename(directory_ / "copied", path_ / "1" / "journal");
  idle_ = milliseconds(3'600'000);
  {
    const auto engine = open();
    EXPECT_EQ(get(*engine, "/a"), "newest");
    EXPECT_EQ(engine->committed_number(), 32U);
    put(*engine, "/b", "behind it");
    EXPECT_EQ(engine->committed_number(), 33U);
  }
  const auto engine = open();
  EXPECT_EQ(get(*engine, "/a"), "newest");
  EXPECT_EQ(get(*engine, "/b"), "behind it");
}

TEST_F(JournalEngineTest, AForkedChildIsRefusedAndHarmsNothing) {
  auto engine = open();
  put(*engine, "/a", "1");
  auto view = engine->view().value();
  const pid_t child = ::fork();
  if (child == 0) {
    const auto refused = engine->commit({{Operation::put("/a", "2")}}, Flush::full);
    if (refused || refused.error() != Errc::unsupported) std::_Exit(1);
    if (engine->flush().error() != Errc::unsupported) std::_Exit(2);
    if (engine->view().error() != Errc::unsupported) std::_Exit(3);
    view.reset();
    engine.reset();  // Must not wait for the folder's thread, which is not here.
    std::_Exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  put(*engine, "/b", "2");
  EXPECT_EQ(get(*engine, "/a"), "1");
  EXPECT_EQ(get(*engine, "/b"), "2");
  EXPECT_FALSE(view->get("/b").value().has_value());
}

TEST_F(JournalEngineTest, ABatchLargerThanTheJournalsMapIsRefusedAndItGoesOn) {
  LmdbOptions small = options();
  small.map_bytes = std::size_t{1} << 20;
  small.map_bytes_max = std::size_t{16} << 20;  // Half of it for the journal.
  const auto engine = open_lmdb_engine(small);
  ASSERT_TRUE(engine);
  put(**engine, "/a", "1");
  const std::string value(9'000'000, 'v');
  const auto refused = (*engine)->commit({{Operation::put("/a", value)}}, Flush::full);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), Errc::map_full);
  EXPECT_EQ(get(**engine, "/a"), "1");
  for (int i = 0; i < 40; ++i) put(**engine, "/a", value.substr(0, 1'000'000));
  EXPECT_EQ(get(**engine, "/a").size(), 1'000'000U);
}

TEST_F(JournalEngineTest, ABatchThatNoStateCouldTakeIsRefusedBeforeItIsJournalled) {
  LmdbOptions small = options();
  small.map_bytes_max = small.map_bytes = std::size_t{8} << 20;
  small.journal = {.bytes_max = std::size_t{1} << 20, .fold_idle = milliseconds(1)};
  const auto opened = open_lmdb_engine(small);
  ASSERT_TRUE(opened);
  LmdbEngine& engine = **opened;
  put(engine, "/a", "1");
  // The least value that gets a page of its own, by the longest key: in the journal less than half.
  const std::string value(1523, 'v');
  std::vector<std::string> keys;
  for (int i = 0; i < 1950; ++i) keys.push_back("/" + std::to_string(10'000 + i));
  std::vector<Operation> batch;
  for (std::string& key : keys) {
    key.resize(511, 'k');
    batch.push_back(Operation::put(key, value));
  }
  const auto refused = engine.commit(batch, Flush::full);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), Errc::map_full) << refused.error().message();
  EXPECT_EQ(engine.committed_number(), 1U);
  batch.resize(1600);
  const auto half = engine.commit(batch, Flush::full);
  ASSERT_TRUE(half) << half.error().message();
  EXPECT_TRUE(eventually([&] { return mark_of(engine) == *half; }))
      << "and what is taken is folded";
}

TEST_F(JournalEngineTest, AFullStateRefusesPutsAndTakesErases) {
  LmdbOptions small = options();
  small.map_bytes = std::size_t{1} << 20;
  small.map_bytes_max = std::size_t{4} << 20;
  small.journal = {.bytes_max = 600'000, .fold_idle = milliseconds(1)};
  const auto engine = open_lmdb_engine(small);
  ASSERT_TRUE(engine);
  const std::string value(100'000, 'v');
  Result<CommitNumber> done = CommitNumber{0};
  int puts = 0;
  for (; done && puts < 200; ++puts) {
    done = (*engine)->commit({{Operation::put("/k" + std::to_string(1000 + puts), value)}},
                             Flush::full);
  }
  ASSERT_FALSE(done) << "200 times 100 KB do not fit into 4 MiB";
  EXPECT_EQ(done.error(), Errc::map_full) << done.error().message();
  EXPECT_GT(puts, 20);
  EXPECT_EQ(get(**engine, "/k1000").size(), value.size()) << "reads go on";
  const auto erased = (*engine)->commit({{Operation::erase_range("/k", "/l")}}, Flush::full);
  ASSERT_TRUE(erased) << erased.error().message();
  ASSERT_TRUE(eventually([&] { return mark_of(**engine) == *erased; }));
  put(**engine, "/again", value);
  EXPECT_EQ(scan(*(*engine)->view().value()).size(), 1U);
}

}  // namespace
}  // namespace stet::test::journal_engine_test
