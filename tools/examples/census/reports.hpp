// tools/examples/census/reports.hpp - what is wrong with the input, said on stderr, but not
// forever.
//
// Threads    One.
// Bounds     The first `lines_max` reports are written; finish() says how many more there were. A
//            report is at most about 200 bytes, and holds no byte that could drive a terminal.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace census {

class Reports {
 public:
  static constexpr std::uint64_t lines_max = 20;

  // nullptr: counts, writes nothing.
  explicit Reports(std::FILE* out) noexcept : out_(out) {}

  // "line 12: bad field name: foo bar". `excerpt` is input: it is cut and made harmless.
  void add(std::uint64_t line_number, std::string_view what, std::string_view excerpt = {});
  // Once, at the end.
  void finish();

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

 private:
  std::FILE* out_;
  std::uint64_t count_ = 0;
};

// At most `bytes_max` bytes of `text`, those outside printable ASCII as '?'.
[[nodiscard]] std::string harmless(std::string_view text, std::size_t bytes_max);

}  // namespace census
