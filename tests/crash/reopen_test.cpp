// tests/crash/reopen_test.cpp
// Goal    A process that is killed while it reopens its store leaves one whole generation, the old or
//         the new one, with all that was committed. And the rules of reopening are needed.
// Method  A child writes, asks for a successor, and kills itself at each named point on the way; the
//         parent opens the store and compares.
// Control Copies that are older or not looked at, and a store that forgets what was on its way: each
//         is noticed by the check that holds without the fault.
#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "killed_writer.hpp"
#include "persistence/failing_store.hpp"
#include "persistence/src/planted_fault.hpp"
#include "persistence/store_files.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/temp_dir.hpp"

namespace stet::test::reopen_test {
namespace {

using namespace store_files;
using detail::Fault;
namespace fs = std::filesystem;

class Reopen : public testing::TestWithParam<StoreMode> {
 protected:
  ~Reopen() override { detail::plant_fault(Fault::none); }

  const TempDir directory_ = TempDir::in_memory();
  const fs::path store_ = directory_ / "store";
};

TEST_P(Reopen, KilledAtAnyPointItLeavesOneWholeGeneration) {
  for (const std::string_view point : detail::reopen_crash_points) {
    fs::remove_all(store_);
    const Killed killed = run_until_killed({.point = point}, [&](const Report& report) {
      auto engine = open_host(store_, GetParam());
      fill(*engine, 100);
      for (int round = 0; round < 3; ++round) write_round(*engine, round);
      report.acked(engine->committed_number());
      const auto made = engine->make_successor(engine->durable_number());
      std::_Exit(made ? 7 : 8);
    });
    EXPECT_TRUE(killed.killed) << point << ": not passed, status " << killed.status;
    const auto engine = open_host(store_, GetParam());
    EXPECT_GE(engine->committed_number(), killed.acked) << point;
    const bool is_new = point != "reopen.begin" && point != "reopen.copied";
    EXPECT_EQ(engine->identity().generation, is_new ? 2U : 1U) << point;
    std::size_t folders = 0;
    for (const auto& entry : fs::directory_iterator(store_)) folders += entry.is_directory();
    EXPECT_EQ(folders, 1U) << point;
    Model rounds;
    for (const auto& [key, value] : read_store(store_)) {
      if (key.starts_with("//round/")) rounds.emplace(key, value);
    }
    EXPECT_TRUE(is_one_round(rounds)) << point;
    ASSERT_FALSE(rounds.empty()) << point;
    EXPECT_EQ(parse_record(rounds.begin()->first, rounds.begin()->second)->header.revision, 3U);
  }
}

TEST_P(Reopen, ACopyThatHoldsLessIsNoticed) {
  for (const Fault fault : {Fault::none, Fault::older_copy}) {
    fs::remove_all(store_);
    detail::plant_fault(fault);
    const auto engine = open_host(store_, GetParam());
    fill(*engine, 20);
    const std::uint64_t acknowledged = engine->durable_number() + 5;
    const auto made = engine->make_successor(acknowledged);
    EXPECT_EQ(made && made->holds < acknowledged, fault == Fault::older_copy);
  }
}

TEST_P(Reopen, ACopyThatIsNotLookedAtIsNoticed) {
  // Both in a child: who opens a damaged file may die of it.
  const auto is_refused = [&](Fault fault, std::size_t page) {
    fs::remove_all(store_);
    detail::plant_fault(fault);
    const Killed ended = run_until_killed({}, [&](const Report&) {
      const auto engine = open_host(store_, GetParam());
      fill(*engine, 40);
      damage_pages(store_ / "1" / "state", page, 1);
      const auto made = engine->make_successor(0);
      std::_Exit(!made && made.error() == Errc::corrupt ? 7 : 8);
    });
    return WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 7;
  };
  std::size_t refused = 0;
  std::size_t noticed = 0;
  for (std::size_t page = 2; page < 20; ++page) {
    if (!is_refused(Fault::none, page)) continue;  // It is free.
    ++refused;
    if (!is_refused(Fault::unverified_copy, page)) ++noticed;
  }
  EXPECT_GT(refused, 0U);
  // Opening alone looks at a few: the meta pages, the page with the meta record.
  if (GetParam() == StoreMode::direct) {
    EXPECT_GT(noticed, 0U);
  }
}

TEST_P(Reopen, AStoreThatForgetsWhatWasOnItsWayIsNoticed) {
  const Seed seed = Seed::from_environment_or_random();
  std::size_t noticed = 0;
  const std::size_t rounds = std::max<std::size_t>(scaled(100), 30);
  for (std::size_t round = 0; round < rounds; ++round) {
    detail::plant_fault(Fault::none);
    EXPECT_EQ(FailingStore(seed.derive(round)).run().wrong, "") << seed << " round " << round;
    detail::plant_fault(Fault::forget_unsettled);
    if (!FailingStore(seed.derive(round)).run().wrong.empty()) ++noticed;
  }
  EXPECT_GT(noticed, 0U) << seed;
}

INSTANTIATE_TEST_SUITE_P(Modes, Reopen, testing::Values(StoreMode::direct, StoreMode::journal),
                         [](const auto& mode) {
                           return mode.param == StoreMode::direct ? "direct" : "journal";
                         });

}  // namespace
}  // namespace stet::test::reopen_test
