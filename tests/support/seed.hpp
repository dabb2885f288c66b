// tests/support/seed.hpp - where a test takes its chance from, so that a failure can be repeated.
//
//   const Seed seed = Seed::from_environment_or_random();
//   std::mt19937_64 random(seed.value());
//   EXPECT_EQ(found, written) << seed;      // "STET_TEST_SEED=42"
//
// The seed is also recorded as a property of the running test; set STET_TEST_SEED to repeat it.
//
// Threads    from_environment_or_random(): the test's main thread. The rest: any.
// Errors     A STET_TEST_SEED that is no 64-bit number ends the test program with a sentence.
#pragma once

#include <gtest/gtest.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <system_error>

namespace stet::test {

class Seed {
 public:
  constexpr explicit Seed(std::uint64_t value) noexcept : value_(value) {}

  [[nodiscard]] static Seed from_environment_or_random() {
    const Seed seed = choose();
    ::testing::Test::RecordProperty("seed", std::to_string(seed.value_));
    return seed;
  }

  [[nodiscard]] constexpr std::uint64_t value() const noexcept { return value_; }

  // An independent seed for the nth part of a test (a round, a thread).
  [[nodiscard]] constexpr Seed derive(std::uint64_t n) const noexcept {
    // SplitMix64's finalizer: neighbouring inputs give unrelated outputs.
    std::uint64_t mixed = value_ + (n + 1) * 0x9e3779b97f4a7c15U;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
    return Seed(mixed ^ (mixed >> 31U));
  }

  friend std::ostream& operator<<(std::ostream& out, const Seed& seed) {
    return out << "STET_TEST_SEED=" << seed.value_;
  }

 private:
  static Seed choose() {
    const char* text = std::getenv("STET_TEST_SEED");
    if (text == nullptr || *text == '\0') {
      std::random_device device;
      return Seed((std::uint64_t{device()} << 32U) | device());
    }
    const std::string_view digits(text);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size()) {
      std::fprintf(stderr, "STET_TEST_SEED=%s: a decimal number below 2^64 is expected\n", text);
      std::exit(2);
    }
    return Seed(value);
  }

  std::uint64_t value_;
};

}  // namespace stet::test
