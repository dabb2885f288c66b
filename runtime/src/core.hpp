// runtime/src/core.hpp - what all parts of one System share.
//
// Ownership  Counted: the System, every cell and every thread's stock of blocks hold it. So an
//            address may outlive its System: the memory goes when the last of them goes.
// Threads    Counts: any. The rest is constant between construction and shutdown, or says who.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include <stet/runtime/detail/atomic.hpp>
#include <stet/runtime/detail/observer.hpp>
#include <stet/runtime/system.hpp>

#include "block_pool.hpp"
#include "elastic_pool.hpp"
#include "host_loop.hpp"
#include "live_options.hpp"
#include "own_thread.hpp"
#include "stepper.hpp"
#include "timers.hpp"
#include "worker_pool.hpp"

namespace stet::detail {

class Watchers;

class Core {
 public:
  explicit Core(SystemOptions options);
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  void retain() noexcept {
    // relaxed: the caller's own reference keeps it.
    references_.fetch_add(1, std::memory_order_relaxed);
  }
  void release() noexcept {
    // acq_rel: who deletes must see what all others did.
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  [[nodiscard]] std::chrono::nanoseconds now() const noexcept;
  void log(LogLevel level, std::string_view component, std::string_view text) const noexcept;
  void count_dead_letter(const Cell& cell, std::string_view message, Errc reason) noexcept;
  void count_restart(Cell& cell) noexcept;

  // The counters of worker number `index`; a stepped system has one block.
  // After the workers come their stand-ins.
  [[nodiscard]] WorkerCounters& counters(std::size_t index) noexcept { return counters_[index]; }
  [[nodiscard]] std::size_t counter_blocks() const noexcept { return counter_blocks_; }
  [[nodiscard]] CounterTotals totals() const noexcept;

  // Where a timer that is set now is to be kept, and by number.
  [[nodiscard]] std::size_t timer_home(const Cell& receiver) const noexcept;
  [[nodiscard]] Timers& timers(std::size_t home) noexcept { return timers_[home]; }
  // The next of these timers is due earlier than before: tells those who sleep until then.
  void timer_due_earlier(std::size_t home) noexcept;
  // Nothing fires any more, and what was pending is gone. Before the last reference can go: a
  // pending timer keeps its cell, and that keeps this.
  void close_timers() noexcept;

  [[nodiscard]] Observer* observer() const noexcept {
    // acquire: pairs with install().
    return observer_.load(std::memory_order_acquire);
  }
  // Kept until this goes. From now on, or soon, it sees all messages in place of the one before;
  // nullptr: nobody does. Any thread.
  void install(std::shared_ptr<Observer> observer);
  // The observer behind which several can stand; made when first asked for. Throws std::bad_alloc.
  [[nodiscard]] Watchers& watchers();

  [[nodiscard]] bool is_closed() const noexcept {
    // seq_cst: see close().
    return closed_.load(std::memory_order_seq_cst);
  }
  void close() noexcept {
    // seq_cst, both: a spawn publishes its cell, counts its actor (seq_cst), then reads closed_
    // (seq_cst). One that does not see this store has counted before the load below, which so
    // reads the count or a later one: the walk over all cells that follows sees the cell.
    closed_.store(true, std::memory_order_seq_cst);
    static_cast<void>(alive_.load(std::memory_order_seq_cst));
  }
  void actor_began() noexcept {
    // seq_cst: see close().
    alive_.fetch_add(1, std::memory_order_seq_cst);
  }
  void service_began() noexcept {
    // relaxed: counted with the actor, see actor_began().
    services_.fetch_add(1, std::memory_order_relaxed);
  }
  void service_ended() noexcept {
    // release: as actor_ended().
    services_.fetch_sub(1, std::memory_order_release);
  }
  [[nodiscard]] std::uint64_t services() const noexcept {
    // acquire: pairs with service_ended().
    return services_.load(std::memory_order_acquire);
  }
  void actor_ended() noexcept {
    // release: shutdown() reads it with acquire and then relies on what the actor did.
    alive_.fetch_sub(1, std::memory_order_release);
  }
  [[nodiscard]] std::uint64_t alive() const noexcept {
    // acquire: pairs with actor_ended().
    return alive_.load(std::memory_order_acquire);
  }

  // Nobody has mail and nobody runs, as far as one look can tell.
  [[nodiscard]] bool is_quiet() const noexcept;

  LiveOptions live;              // First, on a cache line that others do not write.
  const unsigned workers_given;  // 0: as many as the machine has.
  const SystemOptions options;   // As the System was made; what may change is read from `live`.
  BlockPool blocks;
  // One of these three; the others are nullptr.
  std::unique_ptr<WorkerPool> pool;
  std::unique_ptr<Stepper> stepper;
  std::unique_ptr<HostLoop> host_loop;
  OwnThreads own_threads;
  ElasticPool elastic;

 private:
  ~Core();

  Atomic<std::uint64_t> references_{1};
  Atomic<std::uint64_t> alive_{0};
  Atomic<std::uint64_t> services_{0};
  Atomic<std::uint64_t> dead_letters_{0};
  Atomic<std::uint64_t> restarts_{0};
  Atomic<bool> closed_{false};
  Atomic<Observer*> observer_{nullptr};
  std::mutex observers_mutex_;
  std::vector<std::shared_ptr<Observer>>
      observers_;                       // All there were: threads may still be at one.
  std::shared_ptr<Watchers> watchers_;  // Guarded by observers_mutex_.
  WorkerCounters* counters_ = nullptr;
  std::size_t counter_blocks_ = 0;  // One for each worker and stand-in, at least one.
  std::size_t timer_homes_ = 0;     // One for each worker, at least one.
  std::unique_ptr<Timers[]> timers_;
  std::unique_ptr<std::byte[]> own_counter_memory_;
};

// Adds one thread's block to the sums.
inline void add_block(CounterTotals& totals, const WorkerCounters& block) noexcept {
  totals.visits += block.visits.get();
  totals.messages += block.messages.get();
  totals.steals += block.steals.get();
  totals.injected += block.injected.get();
  totals.parks += block.parks.get();
  totals.looks += block.looks.get();
  totals.throws += block.throws.get();
}

}  // namespace stet::detail
