// runtime/src/searchers.hpp - how many workers look for work, so that nobody is woken meanwhile.
//
// Who queues an actor and sees a searcher wakes nobody: the searcher looks at the injector's count
// after it has said that it searches no more, and so finds what it has missed.
//
// Threads    Any.
// Progress   Wait-free.
// Source     The rule of tokio's scheduler.
#pragma once

#include <cstdint>

#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

class Searchers {
 public:
  // How many there are besides the caller.
  std::uint32_t begin() noexcept {
    // relaxed: who sees the caller too late wakes another one, no more. What counts is end().
    return count_.fetch_add(1, std::memory_order_relaxed);
  }
  std::uint32_t end() noexcept {
    // seq_cst: pairs with any(), as the worker's next look at the injector's count does with put().
    // Who skips a wake-up has raised that count before, and has not seen this.
    return count_.fetch_sub(1, std::memory_order_seq_cst) - 1;
  }
  [[nodiscard]] bool any() const noexcept {
    // seq_cst: pairs with end(); the caller has raised the injector's count before.
    return count_.load(std::memory_order_seq_cst) != 0;
  }

 private:
  Atomic<std::uint32_t> count_{0};
};

}  // namespace stet::detail
