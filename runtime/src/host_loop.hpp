// runtime/src/host_loop.hpp - actors without workers: the host's own loop runs them when it likes.
//
// Threads    run_one(), run_for(), pump_until(): one thread at a time, the loop's. The rest: any.
// Progress   Queueing an actor is lock-free, but for the call that tells an idle host.
// Memory     `state_` says whom who queues has to tell. The loop stores it (seq_cst) and then looks
//            at the list; who queues pushes (seq_cst) and then looks at it: one sees the other.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include <stet/runtime/counters.hpp>
#include <stet/runtime/detail/activity.hpp>
#include <stet/runtime/detail/atomic.hpp>
#include <stet/runtime/detail/block_cache.hpp>
#include <stet/runtime/detail/cell.hpp>

#include "ready_list.hpp"
#include "visit.hpp"

namespace stet::detail {

class HostLoop {
 public:
  explicit HostLoop(Core& whose);  // Throws std::bad_alloc.
  HostLoop(const HostLoop&) = delete;
  HostLoop& operator=(const HostLoop&) = delete;

  // For one actor that is to run here; gone with its cell. Throws std::bad_alloc.
  [[nodiscard]] Executor& make_seat();

  // False: nothing was ready, and from now on the host is told.
  bool run_one() noexcept;
  std::size_t run_for(std::chrono::nanoseconds limit) noexcept;
  // Runs and sleeps until the word has this value or the time has come (false). wake_sleeper()
  // after the change.
  bool pump_until(const Atomic<std::uint32_t>& word, std::uint32_t value,
                  std::chrono::nanoseconds deadline) noexcept;

  // Under a lock that is also held during each call of it: once this has returned, the callback
  // before is not called any more.
  void on_ready(std::function<void()> callback);

  // A timer is due earlier than all before.
  void timer_set() noexcept;
  void wake_sleeper() noexcept;
  [[nodiscard]] std::int64_t next_deadline() const noexcept;

  // The calling thread is the one that runs actors from now on.
  void move_here() noexcept;
  [[nodiscard]] bool is_here() const noexcept;
  [[nodiscard]] bool is_quiet() const noexcept;
  [[nodiscard]] const Activity& activity() const noexcept { return activity_; }

 private:
  class LoopSeat;
  class Pumping;
  enum State : std::uint32_t {
    active,    // The loop is at it, or has been told.
    idle,      // The next one calls the host.
    sleeping,  // In pump_until(): the next one wakes this word.
  };

  void schedule(Seat& seat) noexcept;
  void ring() noexcept;
  void tell() noexcept;
  // The list is empty: says whom to tell, unless something has come meanwhile.
  void rest() noexcept;
  // Messages handled, at least 1; 0: nothing was ready.
  std::size_t run_next(Context& context, const VisitLimits& limits) noexcept;

  Core& core_;
  WorkerCounters& counters_;
  Activity activity_;
  BlockCache cache_;  // Of who pumps, as the list.
  ReadyList ready_;
  Atomic<std::uint32_t> state_{idle};
  Atomic<bool> pumping_{false};
  Atomic<const Context*> context_{nullptr};  // Of who pumps, only to be compared.
  Atomic<std::thread::id> thread_;
  std::mutex callback_mutex_;
  std::function<void()> callback_;
};

}  // namespace stet::detail
