// stet/runtime/histogram.hpp - how often what took how long: buckets that grow with the value.
//
// 8 buckets for each doubling, from 1 ns to 18 minutes: a bucket's bound is at most 12.5 % off. What
// is longer is in the last bucket.
//
// Threads    A plain value: one thread at a time.
// Memory     2.4 KB.
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace stet {

class Histogram {
 public:
  static constexpr unsigned steps_bits = 3;  // 8 buckets a doubling.
  static constexpr unsigned value_bits = 40;
  static constexpr std::size_t buckets = ((value_bits - steps_bits) + 1) << steps_bits;

  [[nodiscard]] static constexpr std::size_t bucket_of(std::uint64_t nanoseconds) noexcept {
    constexpr std::uint64_t steps = 1U << steps_bits;
    if (nanoseconds < steps) return nanoseconds;
    if (nanoseconds >> value_bits != 0) return buckets - 1;
    const auto shift = static_cast<unsigned>(std::bit_width(nanoseconds)) - steps_bits - 1;
    return ((shift + 1) << steps_bits) + ((nanoseconds >> shift) - steps);
  }
  // Of the values in this bucket the least that is too large for it.
  [[nodiscard]] static constexpr std::uint64_t bound_of(std::size_t bucket) noexcept {
    constexpr std::uint64_t steps = 1U << steps_bits;
    const std::uint64_t next = bucket + 1;
    if (next <= steps) return next;
    return (steps + (next & (steps - 1))) << ((next >> steps_bits) - 1);
  }

  // So many values of this bucket, so many nanoseconds together.
  void add(std::size_t bucket, std::uint64_t times) noexcept {
    counts_[bucket] += times;
    count_ += times;
  }
  void merge(const Histogram& other) noexcept {
    for (std::size_t i = 0; i < buckets; ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
    sum_ += other.sum_;
  }
  void add_sum(std::uint64_t nanoseconds) noexcept { sum_ += nanoseconds; }

  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  [[nodiscard]] std::chrono::nanoseconds sum() const noexcept {
    return std::chrono::nanoseconds{static_cast<std::int64_t>(sum_)};
  }
  // Values below this bound. Exact for powers of two, and for all other bounds of buckets.
  [[nodiscard]] std::uint64_t count_below(std::uint64_t nanoseconds) const noexcept {
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < buckets && bound_of(i) <= nanoseconds; ++i) below += counts_[i];
    return below;
  }
  // The bound below which this share (0 to 1) of all values lies; 0 without values.
  [[nodiscard]] std::chrono::nanoseconds quantile(double share) const noexcept {
    const auto wanted = static_cast<double>(count_) * share;
    std::uint64_t below = 0;
    for (std::size_t i = 0; i < buckets; ++i) {
      below += counts_[i];
      if (counts_[i] != 0 && static_cast<double>(below) >= wanted) {
        return std::chrono::nanoseconds{static_cast<std::int64_t>(bound_of(i))};
      }
    }
    return std::chrono::nanoseconds{0};
  }

 private:
  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t sum_ = 0;
};

}  // namespace stet
