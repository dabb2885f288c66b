// runtime/src/live_options.hpp - the options that may change while a System runs.
//
// Threads    apply(): any; of two at once each value is one of theirs. The rest: any.
// Progress   Wait-free: plain loads from one cache line that is written by apply() alone. Workers
//            read it once a visit, never once a message.
// Memory     All relaxed: each value stands for itself, nothing is published through it. A worker
//            goes by a new one from its next visit or search on; a worker that sleeps is not woken.
#pragma once

#include <chrono>
#include <cstdint>

#include <stet/runtime/detail/atomic.hpp>
#include <stet/runtime/system.hpp>

#include "visit.hpp"

namespace stet::detail {

class alignas(cache_line_bytes) LiveOptions {
 public:
  explicit LiveOptions(const SystemOptions& given) noexcept { apply(given); }

  void apply(const SystemOptions& given) noexcept;

  [[nodiscard]] VisitLimits visit_limits() const noexcept {
    return {turn_messages_.load(std::memory_order_relaxed),
            std::chrono::nanoseconds(turn_time_ns_.load(std::memory_order_relaxed))};
  }
  [[nodiscard]] std::uint32_t slot_runs() const noexcept {
    return slot_runs_.load(std::memory_order_relaxed);
  }
  // 0: an idle worker sleeps at once.
  [[nodiscard]] std::chrono::nanoseconds idle_spin() const noexcept {
    return std::chrono::nanoseconds(idle_spin_ns_.load(std::memory_order_relaxed));
  }
  [[nodiscard]] std::chrono::nanoseconds shutdown_timeout() const noexcept {
    return std::chrono::nanoseconds(shutdown_timeout_ns_.load(std::memory_order_relaxed));
  }
  [[nodiscard]] std::chrono::nanoseconds elastic_idle() const noexcept {
    return std::chrono::nanoseconds(elastic_idle_ns_.load(std::memory_order_relaxed));
  }

 private:
  Atomic<std::uint32_t> turn_messages_{1};
  Atomic<std::uint32_t> slot_runs_{1};
  Atomic<std::int64_t> turn_time_ns_{0};
  Atomic<std::int64_t> idle_spin_ns_{0};
  Atomic<std::int64_t> shutdown_timeout_ns_{0};
  Atomic<std::int64_t> elastic_idle_ns_{0};
};

}  // namespace stet::detail
