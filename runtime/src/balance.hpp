// runtime/src/balance.hpp - is a second worker worth it?
//
// Where messages take long, spreading actors over workers always pays, and workers do it eagerly:
// they wake each other and steal. Where messages are short (tens of nanoseconds, as when actors
// just pass mail around) moving an actor costs more than its turn: every message then crosses the
// cores. There a second worker is tried, not assumed: while the pool has work queued and a worker
// asleep, that worker (the sentinel) takes some of it for a moment, and others may too. If more
// messages a second were handled meanwhile, it does so again at once, else after a pause that
// grows. Actors that do not talk to each other so find their own workers within milliseconds and
// stay there; actors that do, stay together.
//
// Threads    may_spread(): any. look(): the sentinel, of which there is one at a time; the pool's
//            claim of that role orders one's writes before the next one's reads. end_trial(): the
//            thread whose look() began it.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

class Balance {
 public:
  using Time = std::chrono::nanoseconds;

  // From here on a message counts as long: about five times what it costs to move one to another
  // core (benchmarks/README.md).
  static constexpr std::uint64_t long_message_ns = 500;
  // How long a trial lasts: some thousands of short messages.
  static constexpr Time trial{250'000};
  // A trial that fails costs milliseconds: what it moved has to find back, and with it the cache.
  // So work must have been queued this long before the first one.
  static constexpr Time patience{100'000'000};
  static constexpr Time pause_after_gain{1'000'000};
  static constexpr Time pause_min{500'000'000};
  static constexpr Time pause_max{2'000'000'000};
  static constexpr int pause_factor = 2;
  // A trial must bring this much, or it was noise.
  static constexpr double gain_min = 1.1;

  // Is a trial under way? It ends by the clock, for all but the one who began it.
  template <class Clock>
  [[nodiscard]] bool may_spread(Clock&& now) const noexcept {
    // relaxed: a hint, nothing is read through it.
    const std::int64_t until = spread_until_ns_.load(std::memory_order_relaxed);
    return until != 0 && now().count() < until;
  }

  // `messages`: handled by the pool since it was made. `backlog`: actors are queued. True: a trial
  // begins; the caller takes actors from others, and ends the trial.
  [[nodiscard]] bool look(Time now, std::uint64_t messages, bool backlog) noexcept {
    const double rate = per_ns(messages - last_messages_, now - last_look_);
    last_look_ = now;
    last_messages_ = messages;
    if (!backlog) backlog_since_ = now;
    // acquire: pairs with end_trial().
    if (in_trial_.load(std::memory_order_acquire)) return false;
    if (now < backlog_since_ + patience || now < next_trial_) return false;
    // relaxed: this thread ends it, or does not touch it again.
    in_trial_.store(true, std::memory_order_relaxed);
    rate_before_ = rate;
    messages_before_ = messages;
    began_ = now;
    ends_ = now + trial;
    // relaxed: see may_spread().
    spread_until_ns_.store(ends_.count(), std::memory_order_relaxed);
    return true;
  }

  [[nodiscard]] bool is_over(Time now) const noexcept { return now >= ends_; }

  void end_trial(Time now, std::uint64_t messages) noexcept {
    const bool gained = per_ns(messages - messages_before_, now - began_) > rate_before_ * gain_min;
    next_trial_ = now + (gained ? pause_after_gain : pause_);
    pause_ = gained ? pause_min : std::min(pause_ * pause_factor, pause_max);
    // relaxed: see may_spread().
    spread_until_ns_.store(0, std::memory_order_relaxed);
    // release: pairs with look().
    in_trial_.store(false, std::memory_order_release);
  }

 private:
  static double per_ns(std::uint64_t messages, Time time) noexcept {
    return time.count() > 0 ? static_cast<double>(messages) / static_cast<double>(time.count())
                            : 0.0;
  }

  Atomic<std::int64_t> spread_until_ns_{0};  // 0: no trial.
  Atomic<bool> in_trial_{false};
  // The sentinel's.
  std::uint64_t last_messages_ = 0;
  Time last_look_{0};
  Time backlog_since_{0};
  // The sentinel's between trials, during one its thread's.
  double rate_before_ = 0;
  std::uint64_t messages_before_ = 0;
  Time began_{0};
  Time ends_{0};
  Time next_trial_{0};
  Time pause_{pause_min};
};

}  // namespace stet::detail
