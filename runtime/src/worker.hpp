// runtime/src/worker.hpp - one thread of the pool: which actor next, and when to sleep.
//
// The next actor comes from the slot (the one made runnable by the turn before: its mail is still
// in the cache), from the worker's own queue and the stack of those that have not run yet in turn,
// from the injector, from another worker, in this order; the slot is passed over now and then so
// that nobody starves.
//
// Threads    schedule_here(), run(): its own. steal(), looks: any.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include <stet/runtime/counters.hpp>
#include <stet/runtime/detail/activity.hpp>
#include <stet/runtime/detail/atomic.hpp>
#include <stet/runtime/detail/cell.hpp>

#include "fresh_stack.hpp"
#include "run_queue.hpp"
#include "slot.hpp"
#include "timers.hpp"
#include "visit.hpp"

namespace stet::detail {

class WorkerPool;

class Worker {
 public:
  static constexpr std::size_t queue_capacity = 2048;
  static constexpr std::size_t fresh_capacity = 1024;

  // A stand-in has the timers of another worker; `home` is their number.
  Worker(WorkerPool& pool, std::size_t index, std::size_t home, WorkerCounters& counters,
         Timers& timers) noexcept
      : pool_(pool), index_(index), home_(home), counters_(counters), timers_(timers) {}

  [[nodiscard]] WorkerPool& pool() const noexcept { return pool_; }
  [[nodiscard]] std::size_t index() const noexcept { return index_; }
  [[nodiscard]] WorkerCounters& counters() const noexcept { return counters_; }

  [[nodiscard]] Timers& timers() const noexcept { return timers_; }
  [[nodiscard]] std::size_t timer_home() const noexcept { return home_; }
  [[nodiscard]] const Activity& activity() const noexcept { return activity_; }

  void run() noexcept;
  // Until this turn of another worker is over; then all that this one has is with others.
  void run_as_stand_in(const Activity& stuck, std::uint64_t turn) noexcept;
  // False: a stand-in that has no thread.
  [[nodiscard]] bool is_present() const noexcept {
    // acquire: pairs with set_present().
    return present_.load(std::memory_order_acquire);
  }
  void set_present(bool present) noexcept {
    // release: what the stand-in before has left is seen by the next.
    present_.store(present, std::memory_order_release);
  }

  // What timers have just made runnable on this worker.
  [[nodiscard]] Cell* take_fired() noexcept;
  // An actor from the injector or from another worker; nullptr if there is none worth taking.
  [[nodiscard]] Cell* find_elsewhere() noexcept;

  // A cell that a turn on this worker has made runnable.
  inline void schedule_here(Cell& cell) noexcept;

  // This worker takes part in a trial that it ends, see balance.hpp.
  void begin_trial() noexcept { in_trial_ = true; }

  // For thieves and for the sentinel.
  [[nodiscard]] Cell* steal_from_queue() noexcept {
    Cell* const cell = queue_.pop();
    return cell != nullptr ? cell : fresh_.steal();
  }
  [[nodiscard]] Cell* steal_slot() noexcept { return slot_.take(); }
  [[nodiscard]] std::size_t waiting() const noexcept { return queue_.size() + fresh_.size(); }
  [[nodiscard]] bool slot_filled() const noexcept { return slot_.is_filled(); }
  // Its messages take long enough that moving actors to another core is always worth it.
  [[nodiscard]] bool runs_long_messages() const noexcept;

 private:
  [[nodiscard]] inline Cell* next() noexcept;
  [[nodiscard]] Cell* take_injected() noexcept;
  [[nodiscard]] Cell* take_waiting() noexcept;
  [[nodiscard]] Cell* search() noexcept;
  [[nodiscard]] Cell* sleep() noexcept;
  // From now until the next timer is due; no_timeout if there is none.
  [[nodiscard]] std::chrono::nanoseconds until_timer() const noexcept;
  [[nodiscard]] bool may_go() const noexcept;
  inline void run_visit(Cell& cell, Context& context) noexcept;
  // With a look at the clock before and after.
  [[nodiscard]] Visit run_sample(Cell& cell, Context& context, const VisitLimits& limits) noexcept;
  // The caller owns the cell.
  void queue(Cell& cell) noexcept;
  void schedule_behind(Cell& cell) noexcept;
  void requeue(Cell& cell) noexcept;

  WorkerPool& pool_;
  const std::size_t index_;
  const std::size_t home_;
  WorkerCounters& counters_;
  Timers& timers_;

  // Written by this worker and, rarely, by a thief.
  alignas(cache_line_bytes) BasicSlot<Cell> slot_;
  // Its own thread only.
  std::uint32_t slot_runs_ = 0;
  std::uint32_t visits_since_injector_ = 0;
  std::uint32_t visits_until_sample_ = 0;
  std::uint32_t failed_sleeps_ = 0;
  bool in_trial_ = false;
  Atomic<bool> present_{true};
  const Activity* stuck_ = nullptr;  // Of a stand-in: whose turn it waits for, and which.
  std::uint64_t stuck_turn_ = 0;
  bool fresh_in_turn_ = false;     // It is the turn of fresh_, else of queue_.
  bool oldest_fresh_due_ = false;  // The next is to be the oldest.
  std::chrono::nanoseconds next_oldest_fresh_{0};
  Activity activity_;  // Others read it rarely.

  BasicRunQueue<Cell, queue_capacity> queue_;
  BasicFreshStack<Cell, fresh_capacity> fresh_;
};

}  // namespace stet::detail
