// stet/runtime/detail/references.hpp - how the references to a cell are counted.
//
// The living actor holds one, each address one. 0 says that the block is free: who walks over all
// cells, or follows an edge to one, tries to count itself, and leaves a free block alone.
//
// Threads    Any.
// Progress   retain(), release(): wait-free. try_retain(): lock-free.
// Memory     What was done before a release() comes before the cell is freed. What was done before
//            begin() is visible after a try_retain() that said true.
#pragma once

#include <cstdint>

#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

// Count: a std::atomic_ref of 32 bits. Templates so that models can use an atomic of their own.
struct References {
  // The cell is made, with one reference.
  template <class Count>
  static void begin(Count&& count) noexcept {
    // release: pairs with try_retain(), which may find the cell from here on.
    count.store(1, std::memory_order_release);
  }
  // Requires that the caller holds one already.
  template <class Count>
  static void retain(Count&& count) noexcept {
    // relaxed: the reference that the caller holds keeps the cell; nothing is published by this.
    count.fetch_add(1, std::memory_order_relaxed);
  }
  // True: it was the last, the caller frees the cell.
  template <class Count>
  [[nodiscard]] static bool release(Count&& count) noexcept {
    // acq_rel: release so that what this holder did comes before the free; acquire so that who frees
    // comes after what all other holders did.
    return count.fetch_sub(1, std::memory_order_acq_rel) == 1;
  }
  // False: there is no cell. It may be another one than a moment ago.
  template <class Count>
  [[nodiscard]] static bool try_retain(Count&& count) noexcept {
    // relaxed: a first guess.
    std::uint32_t known = count.load(std::memory_order_relaxed);
    while (known != 0) {
      // acquire: pairs with begin(), so the cell is seen whole. relaxed on failure: another guess.
      if (count.compare_exchange_weak(known, known + 1, std::memory_order_acquire,
                                      std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }
};

}  // namespace stet::detail
