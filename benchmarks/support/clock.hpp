// benchmarks/support/clock.hpp - the clock, and order statistics of what it measured.
//
// Threads    now_ns(): any. The rest work on the caller's own data.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace stet::bench {

[[nodiscard]] inline std::uint64_t now_ns() {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(since).count());
}

// The value below which `share` of the samples lie. Sorts them. Requires: not empty.
template <class T>
[[nodiscard]] T percentile(std::vector<T>& samples, double share) {
  std::sort(samples.begin(), samples.end());
  return samples[static_cast<std::size_t>(share * static_cast<double>(samples.size() - 1))];
}

// The middle value, or the mean of the two middle ones. Requires: not empty.
[[nodiscard]] inline double median(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  const std::size_t half = samples.size() / 2;
  return samples.size() % 2 == 1 ? samples[half] : (samples[half - 1] + samples[half]) / 2;
}

}  // namespace stet::bench
