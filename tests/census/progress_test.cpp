// tests/census/progress_test.cpp - the progress line, and silence without a terminal.
#include "tools/examples/census/progress.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <limits>

namespace census {
namespace {

using namespace std::chrono_literals;

TEST(Progress, ShowsABarTheRateAndTheTimeLeft) {
  EXPECT_EQ(progress_line(25, 100, 4'000'000, 2s),
            "[######                  ]  25 %  2,000,000 messages/s  6 s left");
}

TEST(Progress, WithoutATotalThereIsOnlyTheRate) {
  EXPECT_EQ(progress_line(3 << 20, 0, 500, 1s), "3 MiB  500 messages/s");
}

TEST(Progress, ATotalThatWasTooSmallNeverShowsMoreThanAll) {
  EXPECT_EQ(progress_line(300, 100, 0, 1s), "[####################### ]  99 %  0 messages/s");
}

TEST(Progress, ExtremesFitTheLine) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  EXPECT_LT(progress_line(0, most, 0, 0ns).size(), 80u);
  EXPECT_LT(progress_line(1, most, 1'000'000'000, 1s).size(), 80u);
}

TEST(Progress, NumbersHaveCommas) {
  EXPECT_EQ(with_commas(0), "0");
  EXPECT_EQ(with_commas(999), "999");
  EXPECT_EQ(with_commas(1000), "1,000");
  EXPECT_EQ(with_commas(1234567), "1,234,567");
}

TEST(Progress, IsSilentWithoutATerminal) {
  std::FILE* file = std::tmpfile();
  ASSERT_NE(file, nullptr);
  {
    Progress progress(file);
    progress.update(1, 2, 3);
    progress.clear();
  }
  EXPECT_EQ(std::ftell(file), 0);
  std::fclose(file);
}

}  // namespace
}  // namespace census
