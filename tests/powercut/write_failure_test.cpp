// tests/powercut/write_failure_test.cpp
// Goal    A failed flush or meta write poisons the engine and its outcome is unknown; a failed
//         write of pages before it is undone and can be repeated. In both cases nothing
//         acknowledged is lost.
// Method  The recorder fails the nth call of one kind; a writer says what the engine made of it,
//         and the check opens what is left.
// Control The same judgement must find fault with an engine that keeps failures to itself.
#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <ostream>
#include <string>

#include "replay.hpp"
#include "support/temp_dir.hpp"

namespace stet::test {
namespace {

struct Case {
  const char* name;
  const char* kind;  // Of call, as the recorder names it.
  int number;        // The first ten or so create the store.
  int value;         // errno, or the length of a short write.
  const char* mode;
  const char* outcome;
  const char* retried;
};

// In the place of its bytes, which would name the test differently in each process.
void PrintTo(const Case& fault, std::ostream* out) { *out << fault.kind; }

struct Judgement {
  std::string outcome, retried;  // What the writer was told.
  std::uint64_t acked = 0;
  std::string wrong;  // With what is left, in the check's words; empty: nothing.
};

Judgement write_and_check(const Case& fault) {
  const TempDir directory;
  const std::filesystem::path output = directory / "output";
  const std::filesystem::path store = directory / "store";
  const std::string plan = std::string(fault.kind) + ":" + std::to_string(fault.number) + ":" +
                           std::to_string(fault.value);
  const int status =
      run_program({STET_POWERCUT_WRITER, store, fault.mode, "42", "60"},
                  {"LD_PRELOAD=" STET_POWERCUT_RECORDER, "STET_RECORD_DIR=" + store.string(),
                   "STET_RECORD_LOG=" + (directory / "log").string(), "STET_RECORD_FAULT=" + plan,
                   "ASAN_OPTIONS=verify_asan_link_order=0"},
                  output);
  std::string line = text_of(output);
  EXPECT_EQ(status, 0) << line;
  unsigned long long acked = 0;
  char outcome[32] = "";
  char retried[32] = "";
  EXPECT_EQ(
      std::sscanf(line.c_str(), "acked %llu outcome %31s retried %31s", &acked, outcome, retried),
      3)
      << line;
  EXPECT_GT(acked, 0U) << "the fault came before there was anything to lose";

  // Everything up to the failed batch may be there; all that was acknowledged must be.
  const int checked = run_program(
      {STET_POWERCUT_VERIFY, store, "42", std::to_string(acked), std::to_string(acked + 2)}, {},
      output);
  if (checked != 0)
    line = "the check ended with " + std::to_string(checked) + ", " + text_of(output);
  return {outcome, retried, acked, checked == 0 ? std::string() : line};
}

class WriteFailure : public testing::TestWithParam<Case> {};

TEST_P(WriteFailure, IsJudgedByTheStepThatFailed) {
  const Case& fault = GetParam();
  const Judgement found = write_and_check(fault);
  EXPECT_EQ(found.outcome, fault.outcome);
  EXPECT_EQ(found.retried, fault.retried);
  EXPECT_EQ(found.wrong, "");
}

TEST(WriteFailureControl, AnEngineThatKeepsFailuresToItselfIsCaught) {
  // After a failed flush nothing more is written; after a write without room one batch is missing,
  // which shows unless later batches say the same of its keys.
  struct Control {
    const char* kind;
    int first;
    int value;
  };
  for (const Control control : {Control{"sync", 20, EIO}, Control{"write", 60, ENOSPC}}) {
    std::string wrong;
    for (int number = control.first; wrong.empty() && number < control.first + 20; ++number) {
      const Judgement found =
          write_and_check({"", control.kind, number, control.value, "swallow", "", ""});
      EXPECT_EQ(found.outcome, "none") << control.kind << ": it said so, then this is no control";
      EXPECT_EQ(found.acked, 60U) << control.kind;
      wrong = found.wrong;
    }
    EXPECT_NE(wrong, "") << control.kind << ": a batch was lost and nobody noticed";
  }
}

// With a journal two threads write, so the nth call is a commit's in one run and a fold's in the next.
// Whichever it is: nothing acknowledged is lost, and what was told is the truth.
TEST(WriteFailureOfAJournal, LosesNothingWhicheverCallFails) {
  struct Fault {
    const char* kind;
    int value;
    bool may_poison;
  };
  for (const Fault fault : {Fault{"sync", EIO, true}, Fault{"durable_write", EIO, true},
                            Fault{"write", ENOSPC, false}, Fault{"write", EIO, true}}) {
    for (int number = 40; number <= 130; number += 15) {
      const Judgement found =
          write_and_check({"", fault.kind, number, fault.value, "journal-full", "", ""});
      const std::string where = std::string(fault.kind) + " " + std::to_string(number) + ": " +
                                found.outcome + ", then " + found.retried;
      EXPECT_EQ(found.wrong, "") << where;
      const bool is_undone = found.outcome == "none" || found.outcome == "disk_full";
      const bool is_poisoned = found.retried == "poisoned" &&
                               (found.outcome == "outcome_unknown" || found.outcome == "poisoned");
      EXPECT_TRUE(is_undone || (fault.may_poison && is_poisoned)) << where;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    Faults, WriteFailure,
    testing::Values(Case{"AFailedFlush", "sync", 20, EIO, "full", "outcome_unknown", "poisoned"},
                    Case{"AFailedFlushOfOneFlushCommits", "sync", 20, EIO, "pipelined",
                         "outcome_unknown", "poisoned"},
                    Case{"AFailedMetaWrite", "durable_write", 10, EIO, "full", "outcome_unknown",
                         "poisoned"},
                    Case{"AMetaWriteWithoutRoom", "durable_write", 10, ENOSPC, "full",
                         "outcome_unknown", "poisoned"},
                    Case{"AWriteWithoutRoom", "write", 60, ENOSPC, "full", "disk_full", "ok"},
                    Case{"AWriteOverTheQuota", "write", 60, EDQUOT, "full", "disk_full", "ok"},
                    Case{"AWriteOverTheLimit", "write", 60, EFBIG, "full", "disk_full", "ok"},
                    // The disk is not full and says EIO: it may as well have been the flush.
                    Case{"AFailedWriteOnADiskWithRoom", "write", 60, EIO, "full", "outcome_unknown",
                         "poisoned"},
                    Case{"AShortWriteOnADiskWithRoom", "short", 60, 512, "full", "outcome_unknown",
                         "poisoned"}),
    [](const auto& fault) { return fault.param.name; });

}  // namespace
}  // namespace stet::test
