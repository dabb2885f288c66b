// runtime/src/worker_pool.hpp - the workers of one System and what they share.
//
// Threads    schedule(), is_quiet(): any. start(), stop(): the host, once.
// Progress   schedule(): lock-free but for memory asked from the allocator; at most one system
//            call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include <stet/runtime/detail/atomic.hpp>
#include <stet/runtime/detail/cell.hpp>

#include "balance.hpp"
#include "futex.hpp"
#include "injector.hpp"
#include "parking.hpp"
#include "searchers.hpp"
#include "shared_queue.hpp"
#include "worker.hpp"

namespace stet::detail {

class StandIns;
class Watchdog;

class WorkerPool final : public Executor {
 public:
  static constexpr std::size_t workers_max = 1024;

  // The last `stand_ins` of the workers have no thread but now and then, see stand_ins.hpp.
  WorkerPool(Core& whose, unsigned workers, unsigned stand_ins);
  ~WorkerPool();

  // Throws std::system_error when a thread cannot be started; those that run are stopped then.
  void start();
  // Ends the threads. Actors that are still queued stay where they are.
  void stop() noexcept;

  void schedule(Cell& cell) noexcept override;
  // A pool has no clock: only actors with a thread of their own can be woken by time.
  bool wake_at(Cell&, std::chrono::nanoseconds) noexcept override { return false; }
  void cell_freed() noexcept override {}

  // Of this worker's timers the next one is due earlier than before. Any thread.
  void timer_set(std::size_t index) noexcept;

  // Nothing is queued and all workers sleep, as far as one look can tell.
  [[nodiscard]] bool is_quiet() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return workers_.size(); }
  // Those of them that are always there.
  [[nodiscard]] std::size_t regulars() const noexcept { return regulars_; }
  [[nodiscard]] Worker& worker(std::size_t index) noexcept { return *workers_[index]; }

  // Somebody is at work, and no parked worker looks after them.
  [[nodiscard]] bool needs_watch_thread() const noexcept;
  // nullptr: none.
  [[nodiscard]] StandIns* stand_ins() noexcept { return stand_ins_.get(); }

 private:
  friend class Worker;

  // Puts it where all workers look, and wakes nobody.
  void enqueue(Cell& cell) noexcept;
  // Wakes a worker unless somebody searches already: who searches finds what was queued before.
  void wake_for_work() noexcept;
  // Sees to it that, while turns run, one sleeping worker looks around now and then.
  void ensure_sentinel() noexcept {
    // seq_cst: as in ensure_watched(). Who is at work has taken back that it is idle before this, and
    // a sentinel that ends its watch looks for those afterwards: one sees the other.
    if (!sentinel_.load(std::memory_order_seq_cst)) wake_sentinel();
  }
  void wake_sentinel() noexcept;
  // Where there is a watchdog, by a worker that begins a visit: sees to it that somebody looks.
  void ensure_watched() noexcept;
  [[nodiscard]] std::uint64_t messages() const noexcept;
  // Does any other worker do anything? If not, nobody needs to look after it.
  [[nodiscard]] bool look_wanted(const Worker& self) const noexcept;
  // By the worker whose look began it, see balance.hpp.
  void end_trial() noexcept;
  // What the sentinel does when its time has come; an actor to run, or nullptr.
  [[nodiscard]] Cell* look_around(Worker& self) noexcept;

  [[nodiscard]] bool is_busy(const Worker& worker) const noexcept;

  const std::size_t regulars_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
  BasicInjector<Cell, SharedQueue> injector_;
  BasicParking<Futex, workers_max> parking_;
  Searchers searchers_;
  Atomic<bool> stopping_{false};
  std::unique_ptr<StandIns> stand_ins_;
  std::unique_ptr<Watchdog> watchdog_;  // nullptr: off.

  // The sentinel's.
  Atomic<bool> sentinel_{false};  // Claimed with acquire; given up with seq_cst, for the watchdog.
  Balance balance_;
  std::vector<std::uint64_t> visits_seen_;  // Per worker, at the last look.
  std::chrono::nanoseconds look_interval_{0};
};

}  // namespace stet::detail
