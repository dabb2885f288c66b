// runtime/src/own_thread.hpp - an actor on a thread of its own, for handlers that block.
//
// Threads    schedule(), cell_freed(): any. The thread runs its one actor and sleeps without
//            timeout when there is no mail, or until the time the actor asked to be woken at.
// Ownership  OwnThreads keeps them: the thread is joined after its actor's end, the object goes
//            when the cell, which points to it, has gone too.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <mutex>
#include <thread>

#include <stet/runtime/counters.hpp>
#include <stet/runtime/detail/activity.hpp>
#include <stet/runtime/detail/atomic.hpp>
#include <stet/runtime/detail/cell.hpp>

#include "futex.hpp"

namespace stet::detail {

class OwnThread final : public Executor {
 public:
  explicit OwnThread(Core& whose) noexcept : Executor(whose) {}
  ~OwnThread() { join(); }

  // Throws std::system_error.
  void start();
  void schedule(Cell& cell) noexcept override;
  bool wake_at(Cell& cell, std::chrono::nanoseconds when) noexcept override;
  void cell_freed() noexcept override {
    // release: pairs with may_go().
    cell_gone_.store(true, std::memory_order_release);
  }
  void join() noexcept;

  [[nodiscard]] bool is_quiet() const noexcept {
    // seq_cst, in this order: the thread says busy before it takes the token away.
    return token_.load(std::memory_order_seq_cst) == 0 && !busy_.load(std::memory_order_seq_cst);
  }
  [[nodiscard]] bool has_ended() const noexcept {
    // acquire: pairs with the end of run().
    return ended_.load(std::memory_order_acquire);
  }
  [[nodiscard]] bool may_go() const noexcept {
    // acquire: pairs with cell_freed().
    return has_ended() && cell_gone_.load(std::memory_order_acquire);
  }
  [[nodiscard]] const WorkerCounters& counters() const noexcept { return counters_; }
  [[nodiscard]] const Activity& activity() const noexcept { return activity_; }

 private:
  void run() noexcept;
  void await_mail() noexcept;

  Atomic<std::uint32_t> token_{0};  // 1: the cell was scheduled, and the thread is to own it.
  Atomic<bool> busy_{false};
  Atomic<bool> ended_{false};
  Atomic<bool> cell_gone_{false};
  Atomic<Cell*> cell_{nullptr};
  // Its own thread only.
  std::chrono::nanoseconds wake_at_{no_timeout};
  bool wake_due_ = false;
  WorkerCounters counters_;
  Activity activity_;
  std::thread thread_;
};

class OwnThreads {
 public:
  // Throws std::system_error.
  OwnThread& add(Core& core);
  [[nodiscard]] bool is_quiet() const noexcept;
  // Waits for threads whose actor has ended.
  void join_ended() noexcept;
  // Waits for all of them. Requires that every actor has ended or is told to.
  void join_all() noexcept;
  void add_to(CounterTotals& totals) const noexcept;
  // Calls visit(const OwnThread&) for each, under the lock that spawning takes.
  template <class Visit>
  void for_each(Visit&& visit) const {
    const std::lock_guard lock(mutex_);
    for (const OwnThread& thread : threads_) visit(thread);
  }

 private:
  mutable std::mutex mutex_;
  std::list<OwnThread> threads_;
  CounterTotals gone_;  // What threads have counted that are gone.
};

}  // namespace stet::detail
