// runtime/src/run_queue.hpp - the actors that wait for one worker, oldest first.
//
// A ring that one worker fills and anybody empties. Order between actors is free, so the rest of
// the pool may steal from the front.
//
// Threads    push(): the owner. pop(), looks: any.
// Progress   push(): wait-free. pop(): lock-free, a failed attempt means that another succeeded.
// Memory     What the owner did before push() is visible to who pops.
// Bounds     capacity elements; push() says when it is full.
//
// moodycamel's queue would take more than twice the time for a push and a pop, even with tokens,
// and its "empty" means nothing (benchmarks/README.md).
#pragma once

#include <cstddef>
#include <cstdint>

#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

template <class T, std::size_t capacity>
class BasicRunQueue {
  static_assert((capacity & (capacity - 1)) == 0, "a power of two");

 public:
  // False: full, the element stays with the caller.
  [[nodiscard]] bool push(T* element) noexcept {
    // relaxed: only the owner writes tail_.
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    // acquire: pairs with pop(): a place that was taken has been read before it is written again, so
    // nobody takes this element in the stead of an older one.
    if (tail - head_.load(std::memory_order_acquire) >= capacity) return false;
    // relaxed: published by tail_. Atomic because a thief that is late may still read this place;
    // it then fails at head_.
    ring_[tail % capacity].store(element, std::memory_order_relaxed);
    // release: pairs with pop().
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  // nullptr: empty, or, for all but the owner, filled again this moment.
  [[nodiscard]] T* pop() noexcept {
    // relaxed: a first guess. A tail_ that is older than it looks like an empty queue to a thief;
    // the owner knows tail_.
    std::uint64_t head = head_.load(std::memory_order_relaxed);
    for (;;) {
      // acquire: pairs with push(): the element, and all that was done with it.
      const std::uint64_t tail = tail_.load(std::memory_order_acquire);
      if (head >= tail) return nullptr;
      // relaxed: its value counts only if head_ is still the same, see push().
      T* element = ring_[head % capacity].load(std::memory_order_relaxed);
      // release: pairs with push(): the place has been read. No ABA: 64 bits do not come round.
      // relaxed on failure: another guess.
      if (head_.compare_exchange_weak(head, head + 1, std::memory_order_release,
                                      std::memory_order_relaxed)) {
        return element;
      }
    }
  }

  // How many wait; a guess for all but the owner, who may see too many.
  [[nodiscard]] std::size_t size() const noexcept {
    // relaxed: only a hint.
    const std::uint64_t head = head_.load(std::memory_order_relaxed);
    const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
    return tail > head ? static_cast<std::size_t>(tail - head) : 0;
  }

 private:
  alignas(cache_line_bytes) Atomic<std::uint64_t> head_{0};  // Written by all.
  alignas(cache_line_bytes) Atomic<std::uint64_t> tail_{0};  // Written by the owner.
  Atomic<T*> ring_[capacity]{};
};

}  // namespace stet::detail
