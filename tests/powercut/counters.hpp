// tests/powercut/counters.hpp - how many batches each of up to four writers has, in one number.
//
// Sixteen bits each; a single writer's count is the number itself.
#pragma once

#include <algorithm>
#include <cstdint>

namespace stet::test {

inline constexpr unsigned counters = 4;

inline std::uint64_t count_of(std::uint64_t packed, unsigned writer) {
  return packed >> (16 * writer) & 0xFFFF;
}
inline std::uint64_t with_count(std::uint64_t packed, unsigned writer, std::uint64_t count) {
  return (packed & ~(std::uint64_t{0xFFFF} << (16 * writer))) | count << (16 * writer);
}
inline std::uint64_t max_of_each(std::uint64_t left, std::uint64_t right) {
  std::uint64_t result = 0;
  for (unsigned i = 0; i < counters; ++i) {
    result = with_count(result, i, std::max(count_of(left, i), count_of(right, i)));
  }
  return result;
}

}  // namespace stet::test
