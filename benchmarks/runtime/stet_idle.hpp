// benchmarks/runtime/stet_idle.hpp - an actor of stet that waits, for spawn and idle_bytes.
//
// Threads    As any actor.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "../support/gate.hpp"
#include "../support/stet_system.hpp"

namespace stet::bench {

struct Touch {
  std::int64_t by;
};

// 16 bytes of state, like the idle actors of the other subjects.
class Idle : public Actor<Idle> {
 public:
  explicit Idle(std::atomic<std::uint64_t>& touched) : touched_(touched) {}

  void handle(Touch touch) {
    sum_ += touch.by;
    touched_.fetch_add(1, std::memory_order_release);  // Pairs with wait_until().
  }

 private:
  std::atomic<std::uint64_t>& touched_;
  std::int64_t sum_ = 0;
};

}  // namespace stet::bench
