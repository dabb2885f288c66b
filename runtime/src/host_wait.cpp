// runtime/src/host_wait.cpp - a host thread waits for an answer, or pumps a stepped system.
#include <stet/runtime/detail/host_wait.hpp>

#include <algorithm>

#include "core.hpp"
#include "futex.hpp"
#include "later.hpp"

namespace stet::detail {

struct FutexSleep : Futex {
  static std::chrono::nanoseconds now() noexcept {
    return std::chrono::steady_clock::now().time_since_epoch();
  }
};

bool HostWait::allowed() noexcept { return current_context == nullptr; }

bool HostWait::complete() noexcept {
  if (core_->host_loop != nullptr) return complete_in_loop();
  return word_.complete();
}

// The waiter may be the loop's thread, which sleeps on a word of the loop.
bool HostWait::complete_in_loop() noexcept {
  Core& core = *core_;
  core.retain();  // After the exchange the waiter may end the System.
  // seq_cst: as acq_rel in Word::complete(); and this comes before the look whether the loop sleeps,
  // see HostLoop::pump_until().
  const std::uint32_t before = word_.word().exchange(Word::done, std::memory_order_seq_cst);
  if (before == Word::waiting) Futex::wake_one(word_.word());  // As in Word::complete().
  core.host_loop->wake_sleeper();
  core.release();
  return before == Word::abandoned;
}

bool HostWait::wait(std::chrono::nanoseconds timeout) noexcept {
  if (Stepper* stepper = core_->stepper.get()) {
    const auto deadline = later(stepper->now(), timeout);
    // Bounded: each round handles a message or moves the clock towards the deadline.
    while (!word_.is_done()) {
      if (stepper->step()) continue;
      const auto next = std::min(stepper->next_wake(), deadline);
      // The end of time: nobody will ever answer.
      if (stepper->now() >= deadline || next == no_timeout) return false;
      stepper->advance(next - stepper->now());
    }
    return true;
  }
  const auto deadline = later(FutexSleep::now(), timeout);
  if (HostLoop* const loop = core_->host_loop.get(); loop != nullptr && loop->is_here()) {
    return loop->pump_until(word_.word(), Word::done, deadline);
  }
  return word_.wait(deadline);
}

bool HostWait::abandon() noexcept { return word_.abandon(); }

}  // namespace stet::detail
