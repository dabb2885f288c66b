// tests/persistence/successor_test.cpp
// Goal    A store whose files may not be written any more goes on over a copy: with the same records,
//         as another generation, and never over less than was acknowledged or over damage.
// Method  An engine is asked for its successor; both are read, and the files looked at.
// Control crash/reopen_test.cpp: copies that are not checked; kills at each step.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "store_files.hpp"
#include "support/temp_dir.hpp"

namespace stet::test::successor_test {
namespace {

using namespace store_files;
using detail::Flush;
using detail::LmdbEngine;
using detail::Operation;
using detail::Successor;
namespace fs = std::filesystem;

Model read_engine(detail::Engine& engine) {
  Model model;
  const auto view = engine.view().value();
  const auto cursor = view->scan("/", {}).value();
  while (cursor->next().value()) model.emplace(cursor->key(), cursor->value());
  return model;
}

class SuccessorTest : public testing::TestWithParam<StoreMode> {
 protected:
  [[nodiscard]] fs::path generation(int number) const { return store_ / std::to_string(number); }

  const TempDir directory_ = TempDir::in_memory();
  const fs::path store_ = directory_ / "store";
  std::unique_ptr<LmdbEngine> engine_ = open_host(store_, GetParam());
};

TEST_P(SuccessorTest, HoldsTheSameAndTheOldOneIsStillRead) {
  const Model model = fill(*engine_, 400);
  const auto committed = engine_->committed_number();
  Result<Successor> made = engine_->make_successor(engine_->durable_number());
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(made->holds, committed);
  EXPECT_GE(made->engine->committed_number(), committed);
  EXPECT_EQ(made->engine->durable_number(), made->engine->committed_number());
  EXPECT_EQ(read_engine(*made->engine), model);
  EXPECT_EQ(read_engine(*engine_), model);
  EXPECT_FALSE(fs::exists(generation(1)));
  EXPECT_TRUE(fs::exists(generation(2)));
  EXPECT_FALSE(fs::exists(store_ / "creating"));

  // It is the store from now on.
  ASSERT_TRUE(
      made->engine->commit({{Operation::put("//new", record("//new", 9, 50))}}, Flush::full));
  const Model more = read_engine(*made->engine);
  EXPECT_EQ(read_engine(*engine_), model);
  engine_.reset();
  EXPECT_EQ(detail::open_lmdb_engine({.directory = store_}).error(), Errc::already_open);
  made->engine.reset();
  const auto again = open_host(store_, GetParam());
  EXPECT_EQ(read_engine(*again), more);
  EXPECT_EQ(again->identity().generation, 2U);
}

TEST_P(SuccessorTest, MayHaveASuccessorOfItsOwn) {
  const Model model = fill(*engine_, 50);
  Result<Successor> second = engine_->make_successor(0);
  ASSERT_TRUE(second) << second.error().message();
  engine_.reset();
  Result<Successor> third = second->engine->make_successor(second->engine->durable_number());
  ASSERT_TRUE(third) << third.error().message();
  EXPECT_EQ(read_engine(*third->engine), model);
  EXPECT_TRUE(fs::exists(generation(3)));
  EXPECT_FALSE(fs::exists(generation(2)));
}

TEST_P(SuccessorTest, IsRefusedWhereItWouldHoldLessThanWasAcknowledged) {
  const Model model = fill(*engine_, 50);
  const Result<Successor> made = engine_->make_successor(engine_->committed_number() + 1);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error(), Errc::corrupt);
  EXPECT_TRUE(fs::exists(generation(1)));
  EXPECT_FALSE(fs::exists(generation(2)));
  EXPECT_FALSE(fs::exists(store_ / "creating"));
  EXPECT_EQ(read_engine(*engine_), model);
}

TEST_P(SuccessorTest, IsNotMadeOfDamagedPages) {
  fill(*engine_, 40);
  damage_pages(generation(1) / (GetParam() == StoreMode::direct ? "state" : "journal"));
  const Result<Successor> made = engine_->make_successor(0);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error(), Errc::corrupt) << made.error().message();
  EXPECT_TRUE(fs::exists(generation(1)));
  EXPECT_FALSE(fs::exists(generation(2)));
}

TEST_P(SuccessorTest, TakesValuesThatAreNoRecordsAsTheyAre) {
  ASSERT_TRUE(engine_->commit({{Operation::put("//raw", "no record")}}, Flush::full));
  const Result<Successor> made = engine_->make_successor(engine_->durable_number());
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(read_engine(*made->engine).at("//raw"), "no record");
}

TEST_P(SuccessorTest, WhatAnAttemptLeftIsInNobodysWay) {
  const Model model = fill(*engine_, 50);
  fs::create_directories(store_ / "creating" / "1" / "state");
  write_file(store_ / "creating" / "1" / "state" / "data.mdb", "half");
  const Result<Successor> made = engine_->make_successor(0);
  ASSERT_TRUE(made) << made.error().message();
  EXPECT_EQ(read_engine(*made->engine), model);
}

INSTANTIATE_TEST_SUITE_P(Modes, SuccessorTest,
                         testing::Values(StoreMode::direct, StoreMode::journal),
                         [](const auto& mode) {
                           return mode.param == StoreMode::direct ? "direct" : "journal";
                         });

}  // namespace
}  // namespace stet::test::successor_test
