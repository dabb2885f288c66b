// runtime/src/mail_level.hpp - how much mail waits, and on which side of its marks that is.
//
// One word holds the count and the number of times that a mark was passed, so that each passing is
// seen by exactly one thread and they take turns: high, low, high.
//
// Threads    Any.
// Progress   try_raise(), raise(), lower(): lock-free.
#pragma once

#include <cstdint>

#include <stet/runtime/detail/assert.hpp>
#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

class MailLevel {
 public:
  struct Step {
    bool done;              // False: full.
    bool passed;            // A mark, for the `number`th time; odd: the high one.
    std::uint32_t waiting;  // After the step.
    std::uint32_t number;
  };

  // high 0: no marks.
  MailLevel(std::uint32_t high, std::uint32_t low) noexcept
      : high_(high), low_(low < high ? low : high - 1) {}

  [[nodiscard]] Step try_raise(std::uint32_t capacity) noexcept {
    // seq_cst: see wait_for_place() in flow.cpp. Elsewhere it is a first guess.
    std::uint64_t word = word_.load(std::memory_order_seq_cst);
    for (;;) {
      const std::uint32_t waiting = count(word) + 1;
      if (waiting > capacity) return {false, false, waiting - 1, 0};
      const bool passes = high_ != 0 && waiting >= high_ && !is_high(word);
      const std::uint32_t number = passings(word) + (passes ? 1 : 0);
      // seq_cst, both: as above. Nothing is published by the count.
      if (word_.compare_exchange_weak(word, pack(waiting, number), std::memory_order_seq_cst,
                                      std::memory_order_seq_cst)) {
        return {true, passes, waiting, number};
      }
    }
  }
  Step lower() noexcept {
    // relaxed: a first guess.
    std::uint64_t word = word_.load(std::memory_order_relaxed);
    for (;;) {
      STET_ASSERT(count(word) > 0);
      const std::uint32_t waiting = count(word) - 1;
      const bool passes = is_high(word) && waiting <= low_;
      const std::uint32_t number = passings(word) + (passes ? 1 : 0);
      // seq_cst: see wait_for_place() in flow.cpp. relaxed on failure: only compared.
      if (word_.compare_exchange_weak(word, pack(waiting, number), std::memory_order_seq_cst,
                                      std::memory_order_relaxed)) {
        return {true, passes, waiting, number};
      }
    }
  }

  [[nodiscard]] std::uint32_t waiting() const noexcept {
    // relaxed: a number for who looks.
    return count(word_.load(std::memory_order_relaxed));
  }
  [[nodiscard]] bool is_high() const noexcept {
    // relaxed: as above.
    return is_high(word_.load(std::memory_order_relaxed));
  }

 private:
  static std::uint32_t count(std::uint64_t word) noexcept {
    return static_cast<std::uint32_t>(word);
  }
  static std::uint32_t passings(std::uint64_t word) noexcept {
    return static_cast<std::uint32_t>(word >> 32);
  }
  static bool is_high(std::uint64_t word) noexcept { return (passings(word) & 1) != 0; }
  static std::uint64_t pack(std::uint32_t waiting, std::uint32_t number) noexcept {
    return (std::uint64_t{number} << 32) | waiting;
  }

  const std::uint32_t high_;
  const std::uint32_t low_;
  Atomic<std::uint64_t> word_{0};
};

}  // namespace stet::detail
