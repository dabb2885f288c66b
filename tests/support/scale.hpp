// tests/support/scale.hpp - how often a test repeats itself: short by default, long on request.
//
// STET_TEST_SCALE is a percentage: 100 (the default) is what tools/test runs, 10 what it runs under
// a sanitizer, 10000 what `tools/test long` runs.
//
// Threads    Any.
// Errors     A value that is no number from 1 to 1000000 ends the test program with a sentence.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <system_error>

namespace stet::test {

// The value of STET_TEST_SCALE, in percent.
inline std::uint64_t scale_percent() {
  // Read each time: a test may set it, and nobody asks in a hot loop.
  const char* text = std::getenv("STET_TEST_SCALE");
  if (text == nullptr || *text == '\0') return 100;
  const std::string_view digits(text);
  std::uint64_t percent = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), percent);
  if (error != std::errc{} || end != digits.data() + digits.size() || percent < 1 ||
      percent > 1'000'000) {
    std::fprintf(stderr, "STET_TEST_SCALE=%s: a number of percent, 1 to 1000000, is expected\n",
                 text);
    std::exit(2);
  }
  return percent;
}

// `count` as the scale asks; never 0, so that no test becomes empty.
inline std::size_t scaled(std::size_t count) {
  const std::size_t result = static_cast<std::size_t>(count * scale_percent() / 100);
  return result == 0 ? 1 : result;
}

}  // namespace stet::test
