// runtime/src/fresh_stack.hpp - actors that wait for their first visit: newest first for their worker.
//
// An actor that has never run holds only the message it was made for; once it runs it may make others.
// Who runs the newest first goes down a tree of actors before it goes along, and has one branch of it
// in memory instead of a whole level. Others take from the old end, where the largest branches are.
//
// Threads    push(), pop(): the owner. steal(), looks: any.
// Progress   push(), pop(): wait-free. steal(): lock-free, a failed attempt means that another
//            succeeded.
// Memory     What the owner did before push() is visible to who takes.
// Bounds     capacity elements; push() says when it is full.
// Models     The first look of steal() is the one whose order tests/model/fresh_stack_model.cpp may not
//            notice: there a load that is seq_cst sees the newest value in any case.
// Source     D. Chase, Y. Lev, "Dynamic circular work-stealing deque", SPAA 2005; with orders on the
//            operations instead of the fences in Lê et al., "Correct and efficient work-stealing for
//            weak memory models", PPoPP 2013.
#pragma once

#include <cstddef>
#include <cstdint>

#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

template <class T, std::size_t capacity>
class BasicFreshStack {
  static_assert((capacity & (capacity - 1)) == 0, "a power of two");

 public:
  // False: full, the element stays with the caller.
  [[nodiscard]] bool push(T* element) noexcept {
    // relaxed: only the owner writes newest_.
    const std::uint64_t newest = newest_.load(std::memory_order_relaxed);
    // acquire: pairs with steal(): a place that was taken has been read before it is written again.
    if (newest - oldest_.load(std::memory_order_acquire) >= capacity) return false;
    // relaxed: published by newest_. Atomic because a thief that is late may still read this place;
    // it then fails at oldest_.
    ring_[newest % capacity].store(element, std::memory_order_relaxed);
    // release: pairs with steal().
    newest_.store(newest + 1, std::memory_order_release);
    return true;
  }

  // The newest; nullptr: empty.
  [[nodiscard]] T* pop() noexcept {
    // relaxed: only the owner writes newest_, and oldest_ only grows.
    const std::uint64_t last = newest_.load(std::memory_order_relaxed) - 1;
    if (last + 1 == oldest_.load(std::memory_order_relaxed)) return nullptr;
    // seq_cst, both, and what steal() says is so, too: the owner says that it takes the last
    // place and then looks who has taken what; a thief takes a place, and before the next it looks
    // what the owner has said. So one sees the other, or they meet at the exchange.
    newest_.store(last, std::memory_order_seq_cst);
    std::uint64_t oldest = oldest_.load(std::memory_order_seq_cst);
    // relaxed: its own.
    if (oldest < last) return ring_[last % capacity].load(std::memory_order_relaxed);
    T* element = nullptr;
    if (oldest == last) {
      element = ring_[last % capacity].load(std::memory_order_relaxed);
      // release: pairs with steal(): who finds this place taken sees no newest_ from before the pops
      // that led here, and so takes none of those again. relaxed on failure: a thief has it.
      if (!oldest_.compare_exchange_strong(oldest, last + 1, std::memory_order_release,
                                           std::memory_order_relaxed)) {
        element = nullptr;
      }
    }
    // relaxed: empty, so there is nothing that it would publish.
    newest_.store(last + 1, std::memory_order_relaxed);
    return element;
  }

  // The oldest; nullptr: empty.
  [[nodiscard]] T* steal() noexcept {
    // acquire: pairs with steal() of others, so that newest_ is looked at after they have taken.
    std::uint64_t oldest = oldest_.load(std::memory_order_acquire);
    for (;;) {
      // seq_cst: see pop(); as acquire it pairs with push().
      const std::uint64_t newest = newest_.load(std::memory_order_seq_cst);
      if (oldest >= newest) return nullptr;
      // relaxed: its value counts only if oldest_ is still the same.
      T* element = ring_[oldest % capacity].load(std::memory_order_relaxed);
      // seq_cst, both: see pop(); as release it pairs with push(): the place has been read. No ABA:
      // 64 bits do not come round.
      if (oldest_.compare_exchange_weak(oldest, oldest + 1, std::memory_order_seq_cst,
                                        std::memory_order_seq_cst)) {
        return element;
      }
    }
  }

  // How many wait; a guess for all but the owner.
  [[nodiscard]] std::size_t size() const noexcept {
    // relaxed: only a hint.
    const std::uint64_t oldest = oldest_.load(std::memory_order_relaxed);
    const std::uint64_t newest = newest_.load(std::memory_order_relaxed);
    return newest > oldest ? static_cast<std::size_t>(newest - oldest) : 0;
  }

 private:
  alignas(cache_line_bytes) Atomic<std::uint64_t> oldest_{0};  // Written by all.
  alignas(cache_line_bytes) Atomic<std::uint64_t> newest_{0};  // Written by the owner.
  Atomic<T*> ring_[capacity]{};
};

}  // namespace stet::detail
