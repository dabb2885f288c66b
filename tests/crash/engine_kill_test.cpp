// tests/crash/engine_kill_test.cpp
// Goal    After SIGKILL every commit that had returned is there, the last one whole or absent, and
//         the store goes on.
// Method  A child commits seeded batches and is killed at a seeded moment, or at each named crash
//         point; the parent reopens and compares record by record. Rounds follow each other on one
//         store, so each also starts from what a kill left.
// Control The same check must notice a writer that acknowledges before its commit, and an engine
//         that acknowledges without writing.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "killed_writer.hpp"
#include "persistence/lying_engine.hpp"
#include "persistence/src/lmdb/lmdb_engine.hpp"
#include "powercut/workload.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/temp_dir.hpp"

namespace stet::test {
namespace {

using stet::detail::Flush;
using stet::detail::LmdbOptions;
using stet::detail::open_lmdb_engine;
using stet::detail::Operation;

// Small, so that the map grows on the way and can also be too small for good; and so that folds are
// under way most of the time, and ranges pending.
LmdbOptions options(const TempDir& directory, StoreMode mode) {
  return {.directory = directory / "store",
          .map_bytes = std::size_t{1} << 20,
          .map_bytes_max = std::size_t{16} << 20,
          .mode = mode,
          .journal = {.bytes_max = 12'000,
                      .fold_idle = std::chrono::milliseconds(1),
                      .erased_records_max = 2,
                      .pending_ranges_max = 6}};
}

enum class Honesty : std::uint8_t {
  honest,
  early,     // The writer reports a batch before it commits it.
  forgetful  // The engine forgets some commits.
};

// Commits batches from `first` on until it is killed; ends by itself only on an error.
void write_batches(const LmdbOptions& where, std::uint64_t seed, std::uint64_t first,
                   Honesty honesty, const Report& report) {
  auto opened = open_lmdb_engine(where);
  if (!opened) std::_Exit(10);
  std::unique_ptr<detail::Engine> engine = std::move(opened).value();
  if (honesty == Honesty::forgetful) {
    engine = std::make_unique<LyingEngine>(std::move(engine), seed, LyingEngine::Lie::forgets);
  }
  // More than the map; with a journal more than its part of it, for what the state could not take
  // is not even tried.
  const std::size_t mebibytes = where.mode == StoreMode::journal ? 12 : 20;
  const std::string too_much(mebibytes << 20, 'x');
  std::mt19937_64 random(seed ^ first);
  for (std::uint64_t n = first; n < first + 400; ++n) {
    report.issued(n);
    if (honesty == Honesty::early) report.acked(n);
    const WorkloadBatch batch(seed, n);
    // Either kind survives the end of the process once it has returned.
    const Flush flush = random() % 2 == 0 ? Flush::full : Flush::process;
    if (!engine->commit(batch.operations(), flush)) std::_Exit(11);
    if (honesty != Honesty::early) report.acked(n);
    if (n % 6 == 0 && !engine->flush()) std::_Exit(12);
    // Keys before '/' are no part of the workload.
    const std::string ballast(200'000 * (n % 10), 'b');
    if (n % 4 == 0 && !engine->commit({{Operation::put(".ballast", ballast)}}, flush)) {
      std::_Exit(13);
    }
    if (n % 9 == 0) {
      const auto refused = engine->commit({{Operation::put(".ballast", too_much)}}, flush);
      if (honesty == Honesty::forgetful) continue;
      if (refused || refused.error().code != Errc::map_full) std::_Exit(14);
    }
  }
}

class EngineKill : public testing::TestWithParam<StoreMode> {
 protected:
  // One child, killed as planned; what is wrong with what is there then, empty if nothing is.
  std::string judge(const KillPlan& plan, Honesty honesty = Honesty::honest) {
    const std::uint64_t first = found_ + 1;
    const Killed killed = run_until_killed(plan, [&](const Report& report) {
      write_batches(options(directory_, GetParam()), seed_.value(), first, honesty, report);
    });
    if (!killed.killed) {
      return "the child ended by itself, status " + std::to_string(killed.status);
    }
    auto engine = open_lmdb_engine(options(directory_, GetParam()));
    if (!engine) return "the store does not open: " + engine.error().message();
    return check_workload(**engine, seed_.value(), std::max(killed.acked, found_),
                          std::max(killed.issued, found_), found_);
  }

  // False after a failure.
  bool round(const KillPlan& plan) {
    const std::string wrong = judge(plan);
    EXPECT_EQ(wrong, "") << "point '" << plan.point << "' pass " << plan.pass << ", killed after "
                         << plan.acks << " acks; " << seed_;
    return wrong.empty();
  }

  const std::string_view commit_ =
      GetParam() == StoreMode::direct ? "lmdb.commit.before" : "journal.commit.before";
  const Seed seed_ = Seed::from_environment_or_random();
  const TempDir directory_;
  std::uint64_t found_ = 0;  // Batches in the store.
};

TEST_P(EngineKill, CommitsThatReturnedSurviveAKillAtAnyMoment) {
  std::mt19937_64 random(seed_.derive(1).value());
  for (std::size_t i = 0; i < scaled(50); ++i) {
    if (!round({.point = {},
                .acks = 1 + random() % 20,
                .microseconds = static_cast<unsigned>(random() % 1500)})) {
      return;
    }
  }
}

TEST_P(EngineKill, CommitsThatReturnedSurviveAKillAtEachCrashPoint) {
  std::mt19937_64 random(seed_.derive(2).value());
  for (const std::string_view point : points_of(GetParam())) {
    const bool creates = point.find(".create.") != std::string_view::npos;
    const bool once = creates || point.find(".open.") != std::string_view::npos;
    for (const std::uint64_t pass : {std::uint64_t{1}, 2 + random() % 3}) {
      // A store is created and opened once a child.
      if (once && pass > 1) continue;
      // Created anew, where creating is what is cut short.
      if (creates || point.starts_with("lmdb.grow")) {
        std::filesystem::remove_all(directory_ / "store");
        found_ = 0;
      }
      if (!round({.point = point, .pass = pass})) return;
    }
  }
}

TEST_P(EngineKill, ControlAWriterThatAcknowledgesBeforeItsCommitIsCaught) {
  ASSERT_EQ(judge({.point = commit_, .pass = 3}), "") << seed_;
  // The first commit of a child is a batch, not ballast.
  const std::string wrong = judge({.point = commit_, .pass = 1}, Honesty::early);
  EXPECT_NE(wrong.find("was acknowledged, the store ends with"), std::string::npos)
      << wrong << seed_;
}

TEST_P(EngineKill, ControlAnEngineThatAcknowledgesWithoutWritingIsCaught) {
  // Of 50 commits a quarter is forgotten; chance leaves none out once in two million.
  const std::string wrong = judge({.point = {}, .acks = 50}, Honesty::forgetful);
  EXPECT_NE(wrong.find("batch"), std::string::npos) << wrong << seed_;
}

INSTANTIATE_TEST_SUITE_P(Modes, EngineKill, testing::Values(StoreMode::direct, StoreMode::journal),
                         [](const auto& mode) {
                           return mode.param == StoreMode::direct ? "Direct" : "Journal";
                         });

}  // namespace
}  // namespace stet::test
