// runtime/src/trace_ring.hpp - the newest events of one thread.
//
// Threads    put(): the ring's own. copy(): any, also meanwhile.
// Progress   put(): wait-free.
// Memory     The writer says which event it is about to overwrite before it does so; who copies
//            looks at that afterwards and throws away what may have changed under its hands.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

// Eight words. What they mean: trace.cpp.
using TraceWords = std::array<std::uint64_t, 8>;

class TraceRing {
 public:
  static constexpr std::size_t events_min = 16;

  // Throws std::bad_alloc.
  explicit TraceRing(std::size_t events)
      : size_(std::bit_ceil(events < events_min ? events_min : events)),
        slots_(std::make_unique<Slot[]>(size_)) {}

  void put(const TraceWords& words) noexcept {
    // relaxed: only this thread writes it.
    const std::uint64_t number = begun_.load(std::memory_order_relaxed);
    // relaxed: ordered before the words by their release.
    begun_.store(number + 1, std::memory_order_relaxed);
    Slot& slot = slots_[number & (size_ - 1)];
    for (std::size_t i = 0; i < words.size(); ++i) {
      // release: who reads this word in copy() sees begun_ as it is now, or later.
      slot[i].store(words[i], std::memory_order_release);
    }
    // release: pairs with copy(), so that the words are there.
    done_.store(number + 1, std::memory_order_release);
  }

  // Appends what is whole, oldest first.
  void copy(std::vector<TraceWords>& out) const {
    // acquire: pairs with put().
    const std::uint64_t done = done_.load(std::memory_order_acquire);
    const std::uint64_t first = done > size_ ? done - size_ : 0;
    const std::size_t start = out.size();
    for (std::uint64_t number = first; number < done; ++number) {
      const Slot& slot = slots_[number & (size_ - 1)];
      TraceWords words{};
      for (std::size_t i = 0; i < words.size(); ++i) {
        // acquire: pairs with put(): after a newer word the look below finds its event begun.
        words[i] = slot[i].load(std::memory_order_acquire);
      }
      out.push_back(words);
    }
    // relaxed: ordered after the words by their acquire.
    const std::uint64_t begun = begun_.load(std::memory_order_relaxed);
    const std::uint64_t whole = begun > size_ ? begun - size_ : 0;
    if (whole > first) {
      const std::uint64_t broken = whole < done ? whole - first : done - first;
      const auto from = out.begin() + static_cast<std::ptrdiff_t>(start);
      out.erase(from, from + static_cast<std::ptrdiff_t>(broken));
    }
  }

 private:
  using Slot = std::array<Atomic<std::uint64_t>, 8>;

  const std::size_t size_;
  const std::unique_ptr<Slot[]> slots_;
  Atomic<std::uint64_t> begun_{0};
  Atomic<std::uint64_t> done_{0};
};

}  // namespace stet::detail
