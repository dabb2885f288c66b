// runtime/src/thread_number.hpp - a small number for each thread that is watched.
//
// What is written by one thread each (counters, rings) lies in arrays by this number.
//
// Threads    Any: each gets its own. A number is given to another thread once its thread has ended;
//            what the old one wrote happens before what the new one does.
// Bounds     Beyond `own_thread_numbers` threads at a time the rest share the number after them.
#pragma once

#include <cstdint>

namespace stet::detail {

inline constexpr std::uint32_t own_thread_numbers = 127;
inline constexpr std::uint32_t shared_thread_number = own_thread_numbers;
inline constexpr std::uint32_t thread_numbers = own_thread_numbers + 1;

// Not a thread's number. constinit: no start-up code, no wrapper call per access.
inline constexpr std::uint32_t no_thread_number = UINT32_MAX;
extern constinit thread_local std::uint32_t current_thread_number;

// Takes a lock.
[[nodiscard]] std::uint32_t claim_thread_number() noexcept;

[[nodiscard]] inline std::uint32_t this_thread_number() noexcept {
  const std::uint32_t number = current_thread_number;
  return number != no_thread_number ? number : claim_thread_number();
}

}  // namespace stet::detail
