// runtime/src/slot.hpp - the actor that one worker runs next, unless a thief is quicker.
//
// Threads    try_fill(): the owner. The rest: any.
// Progress   Wait-free.
// Memory     What the owner did before try_fill() is visible to who takes.
#pragma once

#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

template <class T>
class BasicSlot {
 public:
  // False: it is filled, the element stays with the caller.
  [[nodiscard]] bool try_fill(T& element) noexcept {
    // relaxed: only the owner fills it; a thief may only empty it meanwhile.
    if (element_.load(std::memory_order_relaxed) != nullptr) return false;
    // release: pairs with take().
    element_.store(&element, std::memory_order_release);
    return true;
  }
  // nullptr: it is empty, or, for a thief, filled this moment.
  [[nodiscard]] T* take() noexcept {
    // relaxed: saves the exchange when there is nothing.
    if (element_.load(std::memory_order_relaxed) == nullptr) return nullptr;
    // acquire: pairs with try_fill().
    return element_.exchange(nullptr, std::memory_order_acquire);
  }
  [[nodiscard]] bool is_filled() const noexcept {
    // relaxed: only a hint; take() decides.
    return element_.load(std::memory_order_relaxed) != nullptr;
  }

 private:
  Atomic<T*> element_{nullptr};
};

}  // namespace stet::detail
