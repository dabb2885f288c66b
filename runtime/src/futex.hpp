// runtime/src/futex.hpp - sleeping on a 32-bit word: the kernel's primitive and nothing around it.
//
// std::atomic::wait is not used: libstdc++ 12 shares sixteen waiter slots between all objects and
// spins before it sleeps; its semaphore can lose a wake-up.
//
// Progress   wait() blocks; wake() is one system call.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>

#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

inline constexpr std::chrono::nanoseconds no_timeout = std::chrono::nanoseconds::max();

struct Futex {
  // Returns when woken, when the word is not `expected`, after the timeout, or for no reason.
  static void wait(Atomic<std::uint32_t>& word, std::uint32_t expected,
                   std::chrono::nanoseconds timeout) noexcept {
    timespec relative{};
    timespec* limit = nullptr;
    if (timeout != no_timeout) {
      const auto whole = std::chrono::duration_cast<std::chrono::seconds>(timeout);
      relative.tv_sec = whole.count();
      relative.tv_nsec = (timeout - whole).count();
      limit = &relative;
    }
    ::syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, expected, limit, nullptr, 0);
  }
  static void wake_one(Atomic<std::uint32_t>& word) noexcept {
    ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  }
  static void wake_all(Atomic<std::uint32_t>& word) noexcept {
    ::syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT32_MAX, nullptr, nullptr, 0);
  }
};

}  // namespace stet::detail
