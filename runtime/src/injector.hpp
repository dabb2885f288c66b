// runtime/src/injector.hpp - actors made runnable by threads outside the pool, and overflow.
//
// Threads    Any.
// Progress   Lock-free, but for memory asked from the allocator.
// Invariant  While anything is inside, queued() is above zero: the count is raised before the
//            element goes in and lowered after one came out. A worker sleeps only when it has read
//            zero after it announced itself; a failed try_take() proves nothing.
#pragma once

#include <cstdint>

#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

// Queue: put(T*), try_take(T*&). A template for the models, whose queue fails now and then.
template <class T, template <class> class Queue>
class BasicInjector {
 public:
  // False: out of memory, nothing was queued.
  [[nodiscard]] bool put(T* element) noexcept {
    // seq_cst: pairs with queued() between a worker's prepare and commit.
    queued_.fetch_add(1, std::memory_order_seq_cst);
    if (queue_.put(element)) return true;
    // relaxed: at worst somebody looks around without need.
    queued_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  // nullptr: none, or none this time.
  [[nodiscard]] T* try_take() noexcept {
    T* element = nullptr;
    if (!queue_.try_take(element)) return nullptr;
    // relaxed: publishes nothing, and what was taken is in nobody's way. It comes after the
    // addition in put(), as the element does, so the count is never below what is inside.
    queued_.fetch_sub(1, std::memory_order_relaxed);
    return element;
  }
  [[nodiscard]] bool queued() const noexcept {
    // seq_cst: pairs with put().
    return queued_.load(std::memory_order_seq_cst) != 0;
  }
  [[nodiscard]] bool seems_queued() const noexcept {
    // relaxed: a hint for workers that are awake anyway.
    return queued_.load(std::memory_order_relaxed) != 0;
  }

 private:
  Atomic<std::uint64_t> queued_{0};
  Queue<T*> queue_;
};

}  // namespace stet::detail
