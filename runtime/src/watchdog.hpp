// runtime/src/watchdog.hpp - looks at what workers are at, and tells of turns that go on for long.
//
// Threads    look(), wake(): any. start(), stop(): the host, once.
// Progress   look(): wait-free but for the report; who comes while another looks does not. wake():
//            one system call if the thread sleeps.
// Memory     A worker that begins a visit has been woken, which took its mark of being idle away
//            (seq_cst), and then looks at awake_; the thread says that it will sleep and then looks
//            at the marks (seq_cst): one sees the other.
#pragma once

#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include <stet/runtime/detail/atomic.hpp>
#include <stet/runtime/watchdog.hpp>

#include "futex.hpp"

namespace stet::detail {

class WorkerPool;
class Worker;

class Watchdog {
 public:
  Watchdog(WorkerPool& pool, const WatchdogOptions& options);
  ~Watchdog() { stop(); }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  void start();  // Throws std::system_error.
  void stop() noexcept;

  void look() noexcept;
  // No parked worker can look after the others: the thread is to.
  void wake() noexcept {
    // seq_cst: see above.
    if (awake_.load(std::memory_order_seq_cst) != 0) return;
    if (awake_.exchange(1, std::memory_order_seq_cst) == 0) Futex::wake_one(awake_);
  }

 private:
  enum class Told : std::uint8_t { no, left_out, yes };
  struct Seen {
    std::uint64_t turns = 0;  // 0: no turn was running.
    std::chrono::nanoseconds since{0};
    Told told = Told::no;
    bool has_stand_in = false;
  };

  void stand_in_for(Worker& worker, Seen& seen, std::chrono::nanoseconds now) noexcept;
  void look_at(Worker& worker, Seen& seen, std::chrono::nanoseconds now) noexcept;
  void run() noexcept;

  WorkerPool& pool_;
  const WatchdogOptions& options_;
  Atomic<std::uint32_t> awake_{1};
  Atomic<std::uint32_t> stopping_{0};
  std::thread thread_;
  // Of who looks.
  Atomic<bool> looking_{false};
  std::vector<Seen> seen_;  // One a worker.
  bool has_reported_ = false;
  std::chrono::nanoseconds reported_at_{0};
  std::uint64_t left_out_ = 0;
  std::chrono::nanoseconds no_stand_in_before_{0};
};

}  // namespace stet::detail
