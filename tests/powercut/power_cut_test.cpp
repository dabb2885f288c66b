// tests/powercut/power_cut_test.cpp
// Goal    What was acknowledged survives power loss; what was not is there as whole batches, in
//         order.
// Method  A writer runs under the recorder; its writes and flushes are replayed up to some event,
//         of what was not yet flushed chance keeps prefixes, subsets and single sectors, and each
//         such disk is opened and compared record by record. One in a hundred is recovered under the
//         recorder, and that is cut again. In one history the batches go through a store and its
//         pipeline, by several actors, and are acknowledged when an actor is told. Controls that flush too little must be caught.
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "check_image.hpp"
#include "replay.hpp"
#include "store_workload.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/temp_dir.hpp"

namespace stet::test {
namespace {

// Enough for a hundred reused pages, a restart in the middle and overflow pages; small enough that
// an image is checked in a few milliseconds.
constexpr std::uint64_t batches = 150;
// Of a recovery: opened, folded, and written to again.
constexpr std::uint64_t recovery_batches = 4;
constexpr std::size_t cuts_of_a_recovery = 20;

// What a writer in `mode` did below `store`; "" for `wrong` if it ran to its end.
std::vector<Event> record(const std::filesystem::path& store, const std::string& mode, Seed seed,
                          std::uint64_t count, std::string& wrong) {
  const std::string log = store.string() + ".log";
  const std::filesystem::path output = store.string() + ".output";
  std::filesystem::remove(log);
  const int status = run_program(
      {STET_POWERCUT_WRITER, store, mode, std::to_string(seed.value()), std::to_string(count)},
      {"LD_PRELOAD=" STET_POWERCUT_RECORDER, "STET_RECORD_DIR=" + store.string(),
       "STET_RECORD_LOG=" + log,
       // The sanitizers want to come first; the recorder calls the kernel and nothing of theirs.
       "ASAN_OPTIONS=verify_asan_link_order=0"},
      output);
  if (status != 0)
    wrong = "the writer ended with " + std::to_string(status) + ", " + text_of(output);
  return read_log(log);
}

struct Scene {
  std::string mode;
  std::string recovery_mode = {};  // Empty: nothing is recovered.
  std::size_t images = 0;
  std::size_t recovery_every = 100;
  bool stop_at_first = false;
};

ReplayReport cut(const Scene& scene, Seed seed) {
  const TempDir directory = TempDir::in_memory();
  std::string wrong;
  // By each of several, or by one.
  const std::uint64_t count = scene.mode.starts_with("store-") ? batches / counters : batches;
  const std::vector<Event> events = record(directory / "store", scene.mode, seed, count, wrong);
  EXPECT_EQ(wrong, "") << seed;
  EXPECT_GT(events.size(), count * 3) << "the recorder missed the writer";
  const Workload workload(seed.value(), batches + recovery_batches);
  ReplayPlan plan{
      .events = &events,
      .check =
          [&](const std::filesystem::path& image, std::uint64_t acked, std::uint64_t issued) {
            return scene.mode.starts_with("store-")
                       ? check_store_image(image, seed.value(), acked, issued)
                       : check_image(image, workload, acked, issued);
          },
      .image_seed = seed.derive(7).value(),
      .images = scene.images,
      .recover = {},
      .scratch = directory.path(),
      .stop_at_first = scene.stop_at_first};
  if (!scene.recovery_mode.empty()) {
    plan.recovery_every = scene.recovery_every;
    plan.cuts_of_a_recovery = cuts_of_a_recovery;
    plan.recover = [&](const std::filesystem::path& image) {
      std::string ended;
      std::vector<Event> done = record(image, scene.recovery_mode, seed, recovery_batches, ended);
      if (!ended.empty()) throw std::runtime_error("recovering: " + ended);
      return done;
    };
  }
  const ReplayReport report = replay(plan);
  std::printf(
      "power cut, %s: %zu events, %zu images, %zu of them of a recovery, %zu bad (the first: %zu), "
      "%zu of them killed; STET_TEST_SEED=%llu\n",
      scene.mode.c_str(), events.size(), report.images, report.recovered, report.bad,
      report.first_bad, report.killed, static_cast<unsigned long long>(seed.value()));
  return report;
}

// 5,000 images: four in five of the run itself, one of the recoveries from them.
void expect_nothing_lost(const std::string& mode) {
  const Seed seed = Seed::from_environment_or_random();
  const std::size_t images = scaled(4167);
  const ReplayReport report = cut({.mode = mode, .recovery_mode = mode, .images = images}, seed);
  EXPECT_EQ(report.images - report.recovered, images);
  EXPECT_GE(report.recovered, cuts_of_a_recovery);
  EXPECT_EQ(report.bad, 0U) << seed;
  for (const std::string& finding : report.findings) ADD_FAILURE() << finding;
}

void expect_caught(const std::string& mode) {
  const Seed seed = Seed::from_environment_or_random();
  const ReplayReport report = cut({.mode = mode, .images = 1000, .stop_at_first = true}, seed);
  EXPECT_GT(report.bad, 0U) << "the control broke the promise and nobody noticed; " << seed;
}

// The run itself keeps every rule, so only what its recoveries do can be wrong.
void expect_caught_in_a_recovery(const std::string& mode, const std::string& recovery_mode) {
  const Seed seed = Seed::from_environment_or_random();
  const ReplayReport report = cut({.mode = mode,
                                   .recovery_mode = recovery_mode,
                                   .images = 50,
                                   .recovery_every = 1,
                                   .stop_at_first = true},
                                  seed);
  EXPECT_GT(report.bad, 0U) << "the control broke the promise and nobody noticed; " << seed;
  for (const std::string& finding : report.findings) {
    EXPECT_NE(finding.find("of the recovery"), std::string::npos) << finding;
  }
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

TEST(PowerCut, WhatAStoreHasToldItsActorsSurvivesIt) { expect_nothing_lost("store-direct"); }

TEST(PowerCut, WhatAStoreWithAJournalHasToldItsActorsSurvivesIt) {
  expect_nothing_lost("store-journal");
}

TEST(PowerCut, AStoreThatAnswersAtTheCommitsReturnIsCaught) { expect_caught("store-direct-early"); }

TEST(PowerCut, AStoreWithAJournalThatAnswersAtTheCommitsReturnIsCaught) {
  expect_caught("store-journal-early");
}

TEST(PowerCut, CommitsWithoutAFlushAreCaught) { expect_caught("nosync"); }

TEST(PowerCut, ARecoveryThatAcknowledgesEarlyIsCaught) {
  expect_caught_in_a_recovery("full", "early");
}

TEST(PowerCut, ARecoveryThatStoresItsMarkApartIsCaught) {
  expect_caught_in_a_recovery("journal-full", "journal-mark-apart");
}

}  // namespace
}  // namespace stet::test
