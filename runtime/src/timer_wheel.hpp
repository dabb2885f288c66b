// runtime/src/timer_wheel.hpp - pending timers by time, with constant cost to set and to cancel.
//
// Seven wheels of 64 slots: a slot of the first is one tick (65.5 us), a slot of each next one a
// whole turn of the one before. A timer lies in the wheel of the highest digit in which its tick
// differs from now; when time reaches its slot it moves to a finer wheel, at most six times. Within
// a slot the exact deadline decides, so nothing fires early; a timer fires late by what its caller
// is late to look.
//
// Threads    One at a time, see timers.hpp.
// Bounds     set(), unlink(): constant. next_deadline(): constant. take_due(): what is due, and
//            what moves to a finer wheel. Deadlines more than nine years away wait for nine years
//            first.
// Source     G. Varghese, T. Lauck, "Hashed and hierarchical timing wheels", SOSP 1987, scheme 7.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <stet/runtime/detail/assert.hpp>
#include <stet/runtime/detail/timer_node.hpp>

namespace stet::detail {

// Node needs `Node* next`, `Node** back`, `std::int64_t deadline`.
template <class Node>
class BasicTimerWheel {
 public:
  static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

  // `timer` is in no slot. A deadline in the past is due at once.
  void set(Node& timer) noexcept {
    const std::int64_t deadline = std::max<std::int64_t>(timer.deadline, 0);
    std::uint64_t tick = static_cast<std::uint64_t>(deadline) >> tick_bits;
    tick = std::clamp(tick, now_tick_, now_tick_ + ticks_ahead_max);
    const std::uint64_t differs = tick ^ now_tick_;
    std::size_t level =
        differs == 0 ? 0 : (63 - static_cast<std::size_t>(std::countl_zero(differs))) / slot_bits;
    // A carry beyond the last wheel: its slots are read modulo the turn.
    level = std::min(level, levels - 1);
    const std::size_t slot = (tick >> (level * slot_bits)) % slots;
    Slot& where = wheels_[level][slot];
    timer.next = where.first;
    timer.back = &where.first;
    if (timer.next != nullptr) {
      timer.next->back = &timer.next;
    } else {
      filled_[level] |= std::uint64_t{1} << slot;
      where.earliest = never;
    }
    where.first = &timer;
    where.earliest = std::min(where.earliest, deadline);
  }

  // Nothing to do when it is in no slot.
  void unlink(Node& timer) noexcept {
    if (timer.back == nullptr) return;
    *timer.back = timer.next;
    if (timer.next != nullptr) timer.next->back = timer.back;
    if (timer.next == nullptr) clear_if_empty(timer.back);
    timer.back = nullptr;
    timer.next = nullptr;
  }

  // Not before this time is anything due: exact, or, after a cancel, earlier.
  [[nodiscard]] std::int64_t next_deadline() const noexcept {
    for (std::size_t level = 0; level < levels; ++level) {
      if (filled_[level] != 0) return wheels_[level][first_slot(level)].earliest;
    }
    return never;
  }

  // Takes out what is due, in the order of ticks and, within a tick, as set; at most `count_max`
  // timers, so that who looks is not kept for long: call again while that many came.
  template <class Sink>
  std::size_t take_due(std::int64_t now, std::size_t count_max, Sink&& sink) noexcept {
    const std::uint64_t tick =
        static_cast<std::uint64_t>(std::max<std::int64_t>(now, 0)) >> tick_bits;
    std::size_t count = 0;
    Node* early = nullptr;  // Of the current tick, and not due yet.
    while (count < count_max) {
      std::size_t level = 0;
      while (level < levels && filled_[level] == 0) ++level;
      if (level == levels) break;
      const std::size_t slot = first_slot(level);
      const std::uint64_t begins = tick_of(level, slot);
      if (begins > tick) break;
      now_tick_ = std::max(now_tick_, begins);
      Node* chain = oldest_first(take_slot(level, slot));
      while (chain != nullptr) {
        Node* timer = chain;
        chain = chain->next;
        timer->next = nullptr;
        if (level != 0) {
          set(*timer);
        } else if (timer->deadline > now) {
          timer->next = early;
          early = timer;
        } else if (count == count_max) {
          set(*timer);  // The rest of a full tick waits for the next call.
        } else {
          ++count;
          sink(*timer);
        }
      }
    }
    if (count < count_max) now_tick_ = std::max(now_tick_, tick);
    for (early = oldest_first(early); early != nullptr;) {
      Node* timer = early;
      early = early->next;
      set(*timer);
    }
    return count;
  }

 private:
  static constexpr unsigned tick_bits = 16;
  static constexpr std::size_t slot_bits = 6;
  static constexpr std::size_t slots = std::size_t{1} << slot_bits;
  static constexpr std::size_t levels = 7;
  // One slot of the last wheel less than a turn, so that no timer lands behind the hand.
  static constexpr std::uint64_t ticks_ahead_max = (slots - 1) << ((levels - 1) * slot_bits);

  struct Slot {
    Node* first = nullptr;  // Newest first.
    std::int64_t earliest = never;
  };

  // The first filled slot at or after the hand. Requires that there is one.
  [[nodiscard]] std::size_t first_slot(std::size_t level) const noexcept {
    const std::size_t hand = (now_tick_ >> (level * slot_bits)) % slots;
    const std::uint64_t turned = std::rotr(filled_[level], static_cast<int>(hand));
    return (hand + static_cast<std::size_t>(std::countr_zero(turned))) % slots;
  }
  // The first tick of a filled slot.
  [[nodiscard]] std::uint64_t tick_of(std::size_t level, std::size_t slot) const noexcept {
    const std::size_t shift = level * slot_bits;
    const std::uint64_t hand = now_tick_ >> shift;
    const std::uint64_t ahead = (slot - hand) % slots;
    return (hand + ahead) << shift;
  }
  Node* take_slot(std::size_t level, std::size_t slot) noexcept {
    Slot& where = wheels_[level][slot];
    Node* chain = where.first;
    where.first = nullptr;
    where.earliest = never;
    filled_[level] &= ~(std::uint64_t{1} << slot);
    for (Node* timer = chain; timer != nullptr; timer = timer->next) timer->back = nullptr;
    return chain;
  }
  void clear_if_empty(Node** back) noexcept {
    // `back` is a slot's head or a timer's link; only the former empties a slot.
    const auto begin = reinterpret_cast<std::uintptr_t>(&wheels_);
    const auto where = reinterpret_cast<std::uintptr_t>(back);
    if (where < begin || where >= begin + sizeof(wheels_)) return;
    const std::size_t index = (where - begin) / sizeof(Slot);
    filled_[index / slots] &= ~(std::uint64_t{1} << (index % slots));
  }
  static Node* oldest_first(Node* chain) noexcept {
    Node* out = nullptr;
    while (chain != nullptr) {
      Node* rest = chain->next;
      chain->next = out;
      out = chain;
      chain = rest;
    }
    return out;
  }

  std::uint64_t now_tick_ = 0;
  std::array<std::uint64_t, levels> filled_{};
  std::array<std::array<Slot, slots>, levels> wheels_{};
};

}  // namespace stet::detail
