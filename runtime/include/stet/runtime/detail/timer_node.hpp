// stet/runtime/detail/timer_node.hpp - one timer, as the wheel that holds it sees it.
//
// Threads    state, refs: any. Links and deadline: whoever holds the wheel, see runtime/src/
//            timers.hpp. The rest is constant once the timer is set.
// Ownership  Counted: the wheel while the timer is set, each handle. The last one frees it. A timer
//            keeps its cell.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include <stet/runtime/detail/atomic.hpp>
#include <stet/runtime/detail/cell.hpp>

namespace stet::detail {

struct TimerNode;

// What can be done with one kind of timer. One constant per kind.
struct TimerOps {
  // The time has come, and nobody has cancelled. Any thread, outside the wheel. The time at which
  // it is to fire again, if it is periodic.
  std::int64_t (*fire)(TimerNode& timer, std::int64_t now) noexcept;
  // It will not fire any more: what it kept for that goes. Any thread.
  void (*drop)(TimerNode& timer) noexcept;
  // Nobody holds it any more. Its cell is released by the caller.
  void (*free)(TimerNode* timer) noexcept;
  bool is_periodic;
  // Its number, from 1, among the timers that its actor has set for itself; 0: it is none of them.
  // Requires that what it keeps is the caller's, as for drop(). nullptr: none of this kind is.
  std::size_t (*own_place)(const TimerNode& timer) noexcept = nullptr;
};

struct TimerNode {
  // Of `state`. The wheel's number stands above these bits.
  enum : std::uint32_t {
    armed = 0,      // Set, or about to be linked into its wheel.
    fired = 1,      // Its time came first. A periodic timer is armed again after it has fired.
    cancelled = 2,  // Somebody cancelled first.
    phase = 3,
    requested = 4,  // Among its wheel's requests; then it is nowhere else.
    home_shift = 8,
  };

  TimerNode(Cell& whose, const TimerOps& what) noexcept : cell(&whose), ops(&what) { retain(cell); }

  TimerNode* next = nullptr;
  TimerNode** back = nullptr;  // What points here; nullptr while in no slot.
  std::int64_t deadline = 0;   // Nanoseconds on the System's clock.
  TimerNode* request_next = nullptr;
  Cell* const cell;
  const TimerOps* const ops;
  Atomic<std::uint32_t> state{armed};
  Atomic<std::uint32_t> refs{1};
};

inline void retain(TimerNode& timer) noexcept {
  // relaxed: the caller's reference keeps it.
  timer.refs.fetch_add(1, std::memory_order_relaxed);
}
inline void release(TimerNode& timer, std::uint32_t count = 1) noexcept {
  // acquire, acq_rel: who frees sees what all others did. Who holds all there are is alone.
  if (timer.refs.load(std::memory_order_acquire) != count &&
      timer.refs.fetch_sub(count, std::memory_order_acq_rel) != count) {
    return;
  }
  Cell* const cell = timer.cell;
  timer.ops->free(&timer);
  release(cell);
}

// Will it still fire? A hint.
[[nodiscard]] inline bool is_pending(const TimerNode& timer) noexcept {
  // acquire: pairs with who fired or cancelled it.
  const std::uint32_t phase =
      timer.state.load(std::memory_order_acquire) & std::uint32_t{TimerNode::phase};
  return phase == TimerNode::armed || (timer.ops->is_periodic && phase == TimerNode::fired);
}

// Sets a timer to fire `delay` from now; the wheel holds it from here on. Any thread; lock-free.
void arm(TimerNode& timer, std::chrono::nanoseconds delay) noexcept;
// True: it will not fire any more. Any thread; lock-free.
bool disarm(TimerNode& timer) noexcept;
// As disarm(), and takes one reference of the caller's.
bool disarm_and_release(TimerNode& timer) noexcept;

}  // namespace stet::detail
