// tools/examples/census/progress.hpp - a bar with rate and time left, on a terminal only.
//
// Threads    One.
// Bounds     At most ten updates a second; each rewrites one line of at most 79 columns.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace census {

class Progress {
 public:
  using Clock = std::chrono::steady_clock;

  // Shown on `out` if that is a terminal; else every call does nothing.
  explicit Progress(std::FILE* out) noexcept;
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `bytes_total` may be an estimate; 0: unknown, then there is no bar and no time left.
  void update(std::uint64_t bytes, std::uint64_t bytes_total, std::uint64_t messages);
  // Removes the line, so that other text can follow. The next update() draws it again.
  void clear() noexcept;

 private:
  std::FILE* out_;  // nullptr: not a terminal.
  Clock::time_point started_ = Clock::now();
  Clock::time_point drawn_{};
  bool visible_ = false;
};

// "[#######             ]  35 %  131,072 messages/s  4 s left"
[[nodiscard]] std::string progress_line(std::uint64_t bytes, std::uint64_t bytes_total,
                                        std::uint64_t messages, std::chrono::nanoseconds elapsed);

// "1,234,567"
[[nodiscard]] std::string with_commas(std::uint64_t number);

}  // namespace census
