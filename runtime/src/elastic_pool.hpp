// runtime/src/elastic_pool.hpp - threads for handlers that block, made on demand.
//
// Who makes an actor ready wakes a thread that sleeps, or starts one, up to the bound; beyond it
// the actor waits its turn. A thread that slept for the idle time without being needed ends; the
// last one stays, so that want of memory for a thread never strands an actor.
//
// Threads    make_seat(), schedule(), is_quiet(), add_to(): any. stop(): the host, once.
// Progress   schedule() is lock-free where a thread sleeps or the bound is reached; else it starts
//            a thread, under a lock that is never held while a handler runs.
// Invariant  Who takes an actor and sees another one waiting wakes or starts a thread for that one:
//            so while any actor waits, all threads up to the bound run handlers or are on the way.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include <stet/runtime/counters.hpp>
#include <stet/runtime/detail/activity.hpp>
#include <stet/runtime/detail/atomic.hpp>
#include <stet/runtime/detail/cell.hpp>

#include "futex.hpp"
#include "parking.hpp"
#include "ready_list.hpp"

namespace stet::detail {

class ElasticPool {
 public:
  static constexpr std::size_t threads_max = 1024;

  ElasticPool(Core& whose, unsigned bound) noexcept;
  ~ElasticPool() { stop(); }
  ElasticPool(const ElasticPool&) = delete;
  ElasticPool& operator=(const ElasticPool&) = delete;

  // For one actor; gone with its cell. Throws std::bad_alloc, and std::system_error when the first
  // thread cannot be started.
  [[nodiscard]] Executor& make_seat();
  // Ends the threads. Requires that no actor is left here, and that none comes.
  void stop() noexcept;

  [[nodiscard]] bool is_quiet() const noexcept {
    // seq_cst: raised before an actor is queued, lowered after it was parked.
    return outstanding_.load(std::memory_order_seq_cst) == 0;
  }
  void add_to(CounterTotals& totals) const noexcept;
  // Calls visit(const Activity&) for each thread, under a lock.
  template <class Visit>
  void for_each_activity(Visit&& visit) const {
    const std::lock_guard lock(threads_mutex_);
    for (std::size_t i = 0; places_ != nullptr && i < bound_; ++i) visit(places_[i].activity);
  }

 private:
  class ElasticSeat;
  struct Place {
    std::size_t index = 0;
    bool taken = false;  // Under threads_mutex_.
    WorkerCounters counters;
    Activity activity;
    std::thread thread;
  };
  struct Taken {
    Seat* seat;
    bool is_more;
  };

  void schedule(Seat& seat) noexcept;
  void find_thread() noexcept;
  // With the lock held. Throws std::system_error.
  void start_thread_locked();
  [[nodiscard]] Taken take() noexcept;
  [[nodiscard]] Seat* next(Place& place) noexcept;
  [[nodiscard]] bool may_end(Place& place) noexcept;
  void run(Place& place) noexcept;

  Core& core_;
  const std::size_t bound_;
  Atomic<std::uint64_t> outstanding_{0};
  Atomic<bool> stopping_{false};
  ReadyList ready_;
  std::mutex take_mutex_;  // The role of the one who takes from ready_.
  mutable std::mutex threads_mutex_;
  Atomic<std::size_t> threads_{0};
  // Made with the first actor; constant then.
  std::unique_ptr<Place[]> places_;
  std::unique_ptr<BasicParking<Futex, threads_max>> parking_;
};

}  // namespace stet::detail
