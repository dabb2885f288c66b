// tests/crash/store_kill_test.cpp - actors, store and LMDB, killed at any moment.
// Goal    In both modes, after SIGKILL every acknowledged change is there, no number goes back, and every turn is
//         whole: two values that one actor changes together agree.
// Method  counting_writer counts and reports what is acknowledged through a pipe; it is killed at a
//         seeded moment; this process reopens the store and compares. Rounds follow each other on
//         one store, so each also starts from what a kill left. The kernel lives on: this proves
//         nothing about power loss.
// Control The same check must notice an engine that acknowledges without writing.
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <random>
#include <string>
#include <utility>

#include "counting_pairs.hpp"
#include "read_back.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/temp_dir.hpp"

namespace stet::test {
namespace {

struct KillMoment {
  std::uint64_t acks = 0;
  unsigned microseconds = 0;
};

// Returns the highest value of each pair that was acknowledged.
Values run_and_kill(const std::filesystem::path& directory, StoreMode mode, Seed seed,
                    KillMoment moment, bool lies, std::string& fault) {
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  const std::string directory_text = directory;
  const std::string mode_text(name_of(mode));
  const std::string seed_text = std::to_string(seed.value());
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    ::execl(STET_COUNTING_WRITER, "counting_writer", directory_text.c_str(), seed_text.c_str(),
            lies ? "lies" : "honest", mode_text.c_str(), nullptr);
    std::_Exit(127);
  }
  ::close(ends[1]);
  Values acked{};
  PairAck ack{};
  std::uint64_t seen = 0;
  bool is_killed = false;
  const auto kill_now = [&] {
    ::usleep(moment.microseconds);
    ::kill(child, SIGKILL);
    is_killed = true;
  };
  if (moment.acks == 0) kill_now();  // While it opens and hydrates.
  pollfd waiting{ends[0], POLLIN, 0};
  while (::poll(&waiting, 1, 60'000) == 1 && ::read(ends[0], &ack, sizeof ack) == sizeof ack) {
    acked[ack.pair] = std::max(acked[ack.pair], ack.value);
    if (++seen == moment.acks) kill_now();
  }
  if (!is_killed) ::kill(child, SIGKILL);
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!is_killed) fault = "the child ended or hung by itself, status " + std::to_string(status);
  return acked;
}

// One round; returns the fault that was found, "" if all is as promised.
std::string kill_round(const std::filesystem::path& directory, StoreMode mode, Seed seed, bool lies,
                       Values& before) {
  std::mt19937_64 random(seed.value());
  KillMoment moment{random() % 40, static_cast<unsigned>(random() % 3000)};
  if (moment.acks == 0) moment.microseconds *= 5;  // It has to start first.
  std::string fault;
  const Values acked = run_and_kill(directory, mode, seed, moment, lies, fault);
  return judge(directory, mode, acked, before, std::move(fault));
}

class StoreKill : public testing::TestWithParam<StoreMode> {};

TEST_P(StoreKill, AcknowledgedChangesAndWholeTurnsSurviveAKillAtAnyMoment) {
  const Seed seed = Seed::from_environment_or_random();
  const TempDir directory;
  Values values{};
  for (std::size_t round = 0; round < scaled(150); ++round) {
    ASSERT_EQ(kill_round(directory / "store", GetParam(), seed.derive(round), false, values), "")
        << seed << " round " << round;
  }
  EXPECT_GT(*std::min_element(values.begin(), values.end()), 0U)
      << "nothing was ever stored: the test proves nothing";
}

TEST_P(StoreKill, ControlAnEngineThatAcknowledgesWithoutWritingIsNoticed) {
  const Seed seed = Seed::from_environment_or_random();
  const TempDir directory;
  Values values{};
  for (std::size_t round = 0; round < 50; ++round) {
    if (!kill_round(directory / "store", GetParam(), seed.derive(round), true, values).empty())
      return;
  }
  FAIL() << "50 rounds of lies went unnoticed, " << seed;
}

INSTANTIATE_TEST_SUITE_P(Modes, StoreKill, testing::Values(StoreMode::direct, StoreMode::journal),
                         [](const auto& mode) {
                           return mode.param == StoreMode::direct ? "Direct" : "Journal";
                         });

}  // namespace
}  // namespace stet::test
