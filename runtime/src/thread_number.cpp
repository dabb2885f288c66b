// runtime/src/thread_number.cpp - giving numbers out, taking them back.
#include "thread_number.hpp"

#include <bitset>
#include <mutex>

namespace stet::detail {

constinit thread_local std::uint32_t current_thread_number = no_thread_number;

namespace {

// Neither needs to be destroyed: threads may end after static objects have.
constinit std::mutex mutex;
constinit std::bitset<own_thread_numbers> taken;  // Guarded by mutex.

// Gives the number back when its thread ends.
struct Claim {
  Claim() = default;
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  ~Claim() {
    current_thread_number = shared_thread_number;  // For what still happens on this thread.
    if (number == shared_thread_number) return;
    const std::lock_guard lock(mutex);
    taken.reset(number);
  }
  std::uint32_t number = shared_thread_number;
};

}  // namespace

std::uint32_t claim_thread_number() noexcept {
  thread_local Claim claim;
  {
    const std::lock_guard lock(mutex);
    std::uint32_t number = 0;
    while (number < own_thread_numbers && taken.test(number)) ++number;
    if (number < own_thread_numbers) taken.set(number);
    claim.number = number;
  }
  return current_thread_number = claim.number;
}

}  // namespace stet::detail
