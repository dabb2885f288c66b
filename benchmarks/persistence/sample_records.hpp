// benchmarks/persistence/sample_records.hpp - records of one size, and a sum that tells whether a
// scan saw them all.
//
// Threads    Plain values and pure functions.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace stet::bench {

inline constexpr std::size_t sample_bytes = 16 + 100;

// "//bench/00012345"
[[nodiscard]] inline std::string sample_key(std::uint64_t index) {
  const std::string digits = std::to_string(index);
  return "//bench/" + std::string(8 - digits.size(), '0') + digits;
}

[[nodiscard]] inline std::string sample_value(std::uint64_t index) {
  std::string value = std::to_string(index) + '.';
  value.resize(sample_bytes - 16, 'v');
  return value;
}

class SampleRandom {
 public:
  explicit SampleRandom(std::uint64_t seed) : state_(0x9E3779B97F4A7C15ULL * (seed + 7)) {}
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return state_ % bound;
  }

 private:
  std::uint64_t state_;
};

// Cheap, so that it hides nothing of what it costs to read; it touches each key and each value.
struct SampleSum {
  std::uint64_t count = 0;
  std::uint64_t keys = 0;
  std::uint64_t values = 0;

  friend bool operator==(const SampleSum&, const SampleSum&) = default;

  void add(std::string_view key, std::string_view value) {
    ++count;
    keys += number_at(key.data() + key.size() - 8) * count;  // The order counts.
    values += number_at(value.data()) + value.size();
  }
  [[nodiscard]] static SampleSum of_first(std::uint64_t records) {
    SampleSum sum;
    for (std::uint64_t index = 0; index < records; ++index) {
      sum.add(sample_key(index), sample_value(index));
    }
    return sum;
  }

 private:
  static std::uint64_t number_at(const char* bytes) {
    std::uint64_t number = 0;
    std::memcpy(&number, bytes, sizeof(number));
    return number;
  }
};

}  // namespace stet::bench
