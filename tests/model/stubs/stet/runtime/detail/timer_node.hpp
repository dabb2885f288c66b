// tests/model/stubs/stet/runtime/detail/timer_node.hpp - a timer in the place of the real one.
//
// The real one has an actor's cell, whose size relacy's atomics change. This one notes what became
// of it; its plain words are watched by relacy.
#pragma once

#include <cstdint>

#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

template <class T>
struct Watched {
  rl::var<T> value;
  Watched() = default;
  Watched& operator=(Watched& other) { return *this = static_cast<T>(other); }
  Watched& operator=(T to) {
    value($) = to;
    return *this;
  }
  operator T() { return value($); }
};

struct TimerNode;
struct TimerOps {
  std::int64_t (*fire)(TimerNode& timer, std::int64_t now) noexcept;
  void (*drop)(TimerNode& timer) noexcept;
  bool is_periodic;
};

struct TimerNode {
  enum : std::uint32_t { armed = 0, fired = 1, cancelled = 2, phase = 3, requested = 4 };

  TimerNode* next = nullptr;  // Its address is taken.
  Watched<TimerNode**> back;
  Watched<std::int64_t> deadline;
  Watched<TimerNode*> request_next;
  const TimerOps* ops = nullptr;
  Atomic<std::uint32_t> state{armed};
  Atomic<std::uint32_t> refs{2};  // The wheel, and a handle.
  rl::var<int> content;           // What it kept for its firing.
  int times_fired = 0;
  int times_dropped = 0;
  int times_freed = 0;
};

inline void retain(TimerNode& timer) { timer.refs.fetch_add(1, std::memory_order_relaxed); }
inline void release(TimerNode& timer) {
  const std::uint32_t before = timer.refs.fetch_sub(1, std::memory_order_acq_rel);
  RL_ASSERT(before != 0);
  if (before != 1) return;
  RL_ASSERT(++timer.times_freed == 1);
  RL_ASSERT(static_cast<TimerNode**>(timer.back) == nullptr);
  timer.content($) = -1;
}

}  // namespace stet::detail
