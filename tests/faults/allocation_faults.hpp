// tests/faults/allocation_faults.hpp - allocations that fail when a test says so.
//
// allocation_faults.cpp defines operator new once more, and malloc and its like where no sanitizer
// has its own. While armed, the allocations of a process are counted, and the nth fails.
//
// Threads    Any. What other threads allocate counts too.
#pragma once

#include <cstdint>

namespace stet::test {

// The nth from now on fails, from 1; 0: none, they are only counted.
void arm_allocations(std::uint64_t fail_at) noexcept;
// No more; how many there were.
std::uint64_t disarm_allocations() noexcept;

// What this thread allocates meanwhile is a test's own.
class NotCounted {
 public:
  NotCounted() noexcept { ++depth; }
  ~NotCounted() { --depth; }
  NotCounted(const NotCounted&) = delete;
  NotCounted& operator=(const NotCounted&) = delete;

  static inline constinit thread_local int depth = 0;
};

}  // namespace stet::test
