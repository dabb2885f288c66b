// tests/powercut/power_cut_test.cpp
// Goal    What was acknowledged survives power loss; what was not is there as whole batches, in
//         order.
// Method  A writer runs under the recorder; its writes and flushes are replayed up to some event,
//         of what was not yet flushed chance keeps prefixes, subsets and single sectors, and each
//         such disk is opened and compared record by record. Controls that flush too little must be
//         caught.
#include <gtest/gtest.h>

#include <cstdio>
#include <string>

#include "replay.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/temp_dir.hpp"

namespace stet::test {
namespace {

// Enough for a hundred reused pages, a restart in the middle and overflow pages; small enough that
// an image is checked in a few milliseconds.
constexpr std::uint64_t batches = 150;

// The events of a writer that ran to its end.
std::vector<Event> record(const TempDir& directory, const std::string& mode, Seed seed) {
  const std::string log = directory / "log";
  const std::filesystem::path output = directory / "output";
  const int status = run_program(
      {STET_POWERCUT_WRITER, directory / "store", mode, std::to_string(seed.value()),
       std::to_string(batches)},
      {"LD_PRELOAD=" STET_POWERCUT_RECORDER, "STET_RECORD_DIR=" + (directory / "store").string(),
       "STET_RECORD_LOG=" + log,
       // The sanitizers want to come first; the recorder calls the kernel and nothing of theirs.
       "ASAN_OPTIONS=verify_asan_link_order=0"},
      output);
  EXPECT_EQ(status, 0) << text_of(output) << seed;
  return read_log(log);
}

ReplayReport cut(const std::string& mode, Seed seed, std::size_t images, bool stop_at_first) {
  const TempDir directory = TempDir::in_memory();
  const std::vector<Event> events = record(directory, mode, seed);
  EXPECT_GT(events.size(), batches * 3) << "the recorder missed the writer";
  const ReplayReport report = replay({.events = &events,
                                      .check_program = STET_POWERCUT_VERIFY,
                                      .workload_seed = seed.value(),
                                      .image_seed = seed.derive(7).value(),
                                      .images = images,
                                      .scratch = directory.path(),
                                      .stop_at_first = stop_at_first});
  std::printf(
      "power cut, %s: %zu events, %zu images, %zu bad, %zu of them killed; STET_TEST_SEED=%llu\n",
      mode.c_str(), events.size(), report.images, report.bad, report.killed,
      static_cast<unsigned long long>(seed.value()));
  return report;
}

void expect_nothing_lost(const std::string& mode) {
  const Seed seed = Seed::from_environment_or_random();
  const std::size_t images = scaled(2500);
  const ReplayReport report = cut(mode, seed, images, false);
  EXPECT_EQ(report.images, images);
  EXPECT_EQ(report.bad, 0U) << seed;
  for (const std::string& finding : report.findings) ADD_FAILURE() << finding;
}

void expect_caught(const std::string& mode) {
  const Seed seed = Seed::from_environment_or_random();
  const ReplayReport report = cut(mode, seed, 1000, true);
  EXPECT_GT(report.bad, 0U) << "the control broke the promise and nobody noticed; " << seed;
}

TEST(PowerCut, FullCommitsSurviveIt) { expect_nothing_lost("full"); }

TEST(PowerCut, CommitsOfOneFlushSurviveItOnceTheyAreDurable) { expect_nothing_lost("pipelined"); }

TEST(PowerCut, AcknowledgingACommitOfOneFlushAtItsReturnIsCaught) { expect_caught("early"); }

TEST(PowerCut, FullCommitsOfAJournalSurviveItFoldedOrNot) { expect_nothing_lost("journal-full"); }

TEST(PowerCut, CommitsOfAJournalSurviveItOnceTheyAreDurable) {
  expect_nothing_lost("journal-pipelined");
}

TEST(PowerCut, AcknowledgingAJournalsCommitAtItsReturnIsCaught) { expect_caught("journal-early"); }

TEST(PowerCut, AMarkStoredApartFromItsFoldIsCaught) { expect_caught("journal-mark-apart"); }

TEST(PowerCut, AJournalThatIsCutBeforeTheFoldIsDurableIsCaught) {
  expect_caught("journal-cut-early");
}

TEST(PowerCut, PendingRangesStoredApartFromTheirFoldAreCaught) {
  expect_caught("journal-pending-apart");
}

TEST(PowerCut, AKeyThatIsPutAndLeftInAPendingRangeIsCaught) { expect_caught("journal-put-inside"); }

TEST(PowerCut, CommitsWithoutAFlushAreCaught) { expect_caught("nosync"); }

}  // namespace
}  // namespace stet::test
