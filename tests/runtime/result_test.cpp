// tests/runtime/result_test.cpp
// Goal    A Result holds its value or its error, and an error reads well.
// Method  Plain values; no threads.
#include <stet/runtime/result.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

namespace stet {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Error(Errc::out_of_range, "only even numbers have a half");
  return number / 2;
}

TEST(Result, HoldsAValueOrAnError) {
  const Result<int> good = half(8);
  ASSERT_TRUE(good.has_value());
  EXPECT_EQ(good.value(), 4);

  const Result<int> bad = half(7);
  ASSERT_FALSE(bad.has_value());
  EXPECT_EQ(bad.error(), Errc::out_of_range);
  EXPECT_EQ(half(7).value_or(-1), -1);
}

TEST(Result, GivesAMoveOnlyValueAway) {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(5);
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 5);
}

TEST(Result, OfNothingIsFineUntilAnErrorComes) {
  Result<void> result;
  EXPECT_TRUE(result.has_value());
  result = Errc::io;
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error(), Errc::io);
}

TEST(Error, MessageNamesCodeNativeCodeAndReason) {
  EXPECT_EQ(Error(Errc::disk_full, "commit: no space left on device", 28).message(),
            "disk_full (28): commit: no space left on device");
  EXPECT_EQ(Error(Errc::closed).message(), "closed");
}

TEST(Error, EveryCodeHasAName) {
  constexpr auto last = static_cast<int>(Errc::expired);
  for (int code = 1; code <= last; ++code) {
    EXPECT_NE(to_string(static_cast<Errc>(code)), "unknown") << "code " << code;
  }
  EXPECT_EQ(to_string(static_cast<Errc>(last + 1)), "unknown");
}

}  // namespace
}  // namespace stet
