// runtime/src/stepper.hpp - the same actors on one thread, in an order drawn from a seed.
//
// Every actor that is ready, also one that would have a thread of its own, waits in one set; a step
// draws one of them and runs one message of it. Time stands still but for advance().
//
// Threads    The host's one thread that drives the system.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include <stet/runtime/counters.hpp>
#include <stet/runtime/detail/activity.hpp>
#include <stet/runtime/detail/block_cache.hpp>
#include <stet/runtime/detail/cell.hpp>

namespace stet::detail {

class Stepper final : public Executor {
 public:
  Stepper(Core& whose, std::uint64_t seed);  // Throws std::bad_alloc.
  ~Stepper();

  void schedule(Cell& cell) noexcept override;
  bool wake_at(Cell& cell, std::chrono::nanoseconds when) noexcept override;
  void cell_freed() noexcept override {}

  bool step();
  void advance(std::chrono::nanoseconds by);
  // The earliest time an actor asked to be woken at; max() if none did.
  [[nodiscard]] std::chrono::nanoseconds next_wake() const noexcept;
  [[nodiscard]] std::chrono::nanoseconds now() const noexcept { return now_; }
  [[nodiscard]] bool is_quiet() const noexcept { return ready_.empty(); }
  // In the middle of advance(), where nobody may step.
  [[nodiscard]] bool is_advancing() const noexcept { return advancing_; }

 private:
  struct Wake {
    Cell* cell;  // Holds a reference.
    std::chrono::nanoseconds when;
    bool due;
  };
  [[nodiscard]] std::uint64_t draw() noexcept;
  void run_due_wake(Cell& cell, Context& context);
  void forget_wake(const Cell& ended) noexcept;

  BlockCache cache_;
  std::uint64_t random_;
  std::chrono::nanoseconds now_{0};
  bool advancing_ = false;
  std::vector<Cell*> ready_;
  std::vector<Wake> wakes_;  // At most two per actor: one set, one due.
  WorkerCounters& counters_;
  Activity activity_;
};

}  // namespace stet::detail
