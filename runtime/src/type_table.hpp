// runtime/src/type_table.hpp - a small number for each of a few constants of the program.
//
// Threads    Any.
// Progress   find(): wait-free, and usually one load. Nothing is ever taken out.
// Bounds     `capacity` keys; the number of every other is `capacity`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

template <class Key, std::size_t capacity>
class TypeTable {
 public:
  static constexpr std::size_t rows = capacity + 1;

  // The key's number; it is given one if it has none.
  [[nodiscard]] std::size_t number_of(const Key& key) noexcept {
    // Constants are aligned; multiplying mixes the rest (Fibonacci hashing).
    std::size_t at = (reinterpret_cast<std::uintptr_t>(&key) * 0x9E3779B97F4A7C15U) >> 40;
    for (std::size_t step = 0; step < places_max; ++step, ++at) {
      Place& place = places_[at % places_max];
      // acquire: pairs with the release below, so that the number is there. A key may still be
      // on its way to its number: then it counts among the others.
      const Key* found = place.key.load(std::memory_order_acquire);
      if (found == nullptr) {
        if (!claim(place, key, found)) return capacity;
      }
      if (found == &key) {
        // relaxed: stored once, before anybody relies on it.
        return place.number.load(std::memory_order_relaxed);
      }
    }
    return capacity;
  }
  // nullptr: nobody has this number.
  [[nodiscard]] const Key* key(std::size_t number) const noexcept {
    // acquire: pairs with claim().
    return number < capacity ? keys_[number].load(std::memory_order_acquire) : nullptr;
  }

 private:
  static constexpr std::size_t places_max = capacity * 4;  // So that ways are short.
  struct Place {
    Atomic<const Key*> key{nullptr};
    Atomic<std::size_t> number{capacity};
  };

  // False: there is no number left. Else `found` is what the place holds now.
  [[nodiscard]] bool claim(Place& place, const Key& key, const Key*& found) noexcept {
    // relaxed: a first guess, so that the count stays bounded.
    if (used_.load(std::memory_order_relaxed) >= capacity) return false;
    // acq_rel: as in number_of().
    if (!place.key.compare_exchange_strong(found, &key, std::memory_order_acq_rel,
                                           std::memory_order_acquire)) {
      return true;
    }
    found = &key;
    // relaxed: only a number.
    const std::size_t number = used_.fetch_add(1, std::memory_order_relaxed);
    if (number >= capacity) return true;  // Its number stays that of the others.
    // release: pairs with key().
    keys_[number].store(&key, std::memory_order_release);
    // relaxed: until it is seen the key counts among the others.
    place.number.store(number, std::memory_order_relaxed);
    return true;
  }

  std::array<Place, places_max> places_{};
  std::array<Atomic<const Key*>, capacity> keys_{};
  Atomic<std::size_t> used_{0};
};

}  // namespace stet::detail
