// tests/crash/store_points_test.cpp - actors, store and LMDB, killed at each crash point.
// Goal    Wherever in the engine a process is killed: every acknowledged change of its actors is
//         there, no number goes back, every turn is whole, and the store goes on from there.
// Method  store_points_writer counts and reports what is acknowledged through a pipe; it kills
//         itself when it passes the named point for the nth time; this process reopens the store
//         and compares. Rounds follow each other on one store, but for those that create one.
// Control The same check must notice an engine that acknowledges without writing.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <utility>

#include "counting_pairs.hpp"
#include "killed_writer.hpp"
#include "read_back.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/temp_dir.hpp"

namespace stet::test::store_points_test {
namespace {

struct Kill {
  std::string_view point;
  std::uint64_t pass = 1;
  bool lies = false;
};

// Returns the highest value of each pair that was acknowledged.
Values run_until_point(const std::filesystem::path& directory, StoreMode mode, Seed seed,
                       const Kill& kill, std::string& fault) {
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  const std::string directory_text = directory;
  const std::string mode_text(name_of(mode));
  const std::string seed_text = std::to_string(seed.value());
  const std::string point_text(kill.point);
  const std::string pass_text = std::to_string(kill.pass);
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    ::execl(STET_STORE_POINTS_WRITER, "store_points_writer", directory_text.c_str(),
            seed_text.c_str(), kill.lies ? "lies" : "honest", mode_text.c_str(), point_text.c_str(),
            pass_text.c_str(), nullptr);
    std::_Exit(127);
  }
  ::close(ends[1]);
  Values acked{};
  PairAck ack{};
  while (::read(ends[0], &ack, sizeof ack) == sizeof ack) {
    acked[ack.pair] = std::max(acked[ack.pair], ack.value);
  }
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) {
    fault = "the point was not reached, status " + std::to_string(status);
  }
  return acked;
}

// One round; returns the fault that was found, "" if all is as promised.
std::string kill_round(const std::filesystem::path& directory, StoreMode mode, Seed seed,
                       const Kill& kill, Values& before) {
  std::string fault;
  const Values acked = run_until_point(directory, mode, seed, kill, fault);
  return judge(directory, mode, acked, before, std::move(fault));
}

class StorePoints : public testing::TestWithParam<StoreMode> {};

TEST_P(StorePoints, AcknowledgedChangesAndWholeTurnsSurviveAKillAtEachCrashPoint) {
  const Seed seed = Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  const TempDir directory;
  Values values{};
  for (const std::string_view point : points_of(GetParam())) {
    // Only where large ranges are erased: engine_kill_test.cpp.
    if (point.starts_with("fold.piece.")) continue;
    const bool creates = point.find(".create.") != std::string_view::npos;
    const bool once = creates || point.find(".open.") != std::string_view::npos;
    for (const std::uint64_t pass : {std::uint64_t{1}, 2 + random() % 2}) {
      if (once && pass > 1) continue;  // A store is created and opened once a process.
      // Anew, where creating is cut short, and where a map grows only while it is small.
      if (creates || point.starts_with("lmdb.grow")) {
        std::filesystem::remove_all(directory / "store");
        values = {};
      }
      ASSERT_EQ(kill_round(directory / "store", GetParam(), seed.derive(pass),
                           {.point = point, .pass = pass}, values),
                "")
          << point << " pass " << pass << ' ' << seed;
    }
  }
  EXPECT_GT(*std::min_element(values.begin(), values.end()), 0U)
      << "nothing was ever stored: the test proves nothing";
}

TEST_P(StorePoints, ControlAnEngineThatAcknowledgesWithoutWritingIsNoticed) {
  const Seed seed = Seed::from_environment_or_random();
  const TempDir directory;
  Values values{};
  for (std::size_t round = 0; round < 50; ++round) {
    const Kill kill{
        .point = GetParam() == StoreMode::direct ? "lmdb.commit.before" : "journal.commit.before",
        .pass = 3 + round % 7,
        .lies = true};
    const std::string fault =
        kill_round(directory / "store", GetParam(), seed.derive(round), kill, values);
    ASSERT_EQ(fault.find("not reached"), std::string::npos) << fault << ' ' << seed;
    if (!fault.empty()) return;
  }
  FAIL() << "50 rounds of lies went unnoticed, " << seed;
}

INSTANTIATE_TEST_SUITE_P(Modes, StorePoints, testing::Values(StoreMode::direct, StoreMode::journal),
                         [](const auto& mode) {
                           return mode.param == StoreMode::direct ? "Direct" : "Journal";
                         });

}  // namespace
}  // namespace stet::test::store_points_test
