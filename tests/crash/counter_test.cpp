// tests/crash/counter_test.cpp - the quick start's program keeps its promise.
// Goal    What it has printed is never printed again, and nothing is skipped but what was under way
//         when it was killed.
// Method  The program itself: run, read some lines, kill -9, run again.
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <string>

#include "support/temp_dir.hpp"

namespace stet::test {
namespace {

struct Printed {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

// Kills it after so many lines.
Printed run_counter(const std::string& directory, int lines) {
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  const pid_t child = ::fork();
  if (child == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    ::alarm(60);                                           // Should it hang, it ends by itself.
    if (::chdir(directory.c_str()) != 0) std::_Exit(126);  // Its store lies where it runs.
    ::execl(STET_COUNTER, "stet-counter", nullptr);
    std::_Exit(127);
  }
  ::close(ends[1]);
  std::FILE* const output = ::fdopen(ends[0], "r");
  Printed run;
  unsigned long long value = 0;
  for (int i = 0; i < lines && std::fscanf(output, "%llu", &value) == 1; ++i) {
    if (i == 0) run.first = value;
    run.last = value;
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  std::fclose(output);
  return run;
}

TEST(CounterProgram, GoesOnCountingAfterKillNine) {
  const TempDir directory;
  std::uint64_t last = 0;
  for (int round = 0; round < 5; ++round) {
    const Printed run = run_counter(directory.path(), 3);
    ASSERT_GT(run.first, last) << "a number was printed twice";
    ASSERT_LE(run.first, last + 2) << "more was counted than was under way";
    ASSERT_EQ(run.last, run.first + 2);
    last = run.last;
  }
}

}  // namespace
}  // namespace stet::test
