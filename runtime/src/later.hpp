// runtime/src/later.hpp - a time to come, also where it lies beyond what the clock can count.
#pragma once

#include <chrono>

namespace stet::detail {

// now + by; the end of time where that would overflow: "for ever" is often said as max().
[[nodiscard]] inline std::chrono::nanoseconds later(std::chrono::nanoseconds now,
                                                    std::chrono::nanoseconds by) noexcept {
  constexpr auto end = std::chrono::nanoseconds::max();
  return by > end - now ? end : now + by;
}

}  // namespace stet::detail
