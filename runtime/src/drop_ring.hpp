// runtime/src/drop_ring.hpp - mail of which only the newest is kept: many senders, one owner.
//
// A sender draws a ticket and puts its node into the ticket's place; what it finds there is a lap
// older, and goes. The owner visits the places in the order of tickets and leaves a mark that says
// how far it has come, so nobody waits for a sender that is half done: it is passed by, finds the
// mark and draws another ticket.
//
// Threads    put(), take_back(): any. take(), has_passed(): only the owner.
// Progress   put(): lock-free, a repetition means that the owner went on. take(): wait-free, at most
//            one round. Nothing allocates.
// Ownership  put() takes the node and gives one back; each node leaves the ring once.
// Memory     What a sender did before put() is visible to who gets the node.
// Invariant  The owner hands out a node only at its own ticket, so in the order of tickets: mail of
//            one sender stays in order, and a cause before its effect.
// Bounds     As many nodes as places. A sender that stalls for a whole lap may cost the node of the
//            one that lapped it.
#pragma once

#include <cstddef>
#include <cstdint>

#include <stet/runtime/detail/assert.hpp>
#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

// Node needs a member `Node* next`, which holds its ticket while it is in here.
template <class Node>
class BasicDropRing {
 public:
  struct Put {
    Node* replaced;  // Of the caller; nullptr if there was none.
    std::uint64_t ticket;
  };

  // The places, which are 0, stay the caller's and outlive this.
  BasicDropRing(Atomic<std::uintptr_t>* places, std::uint32_t count) noexcept
      : places_(places), size_(count) {
    STET_ASSERT(count > 0);
  }
  BasicDropRing(const BasicDropRing&) = delete;
  BasicDropRing& operator=(const BasicDropRing&) = delete;

  [[nodiscard]] Put put(Node* node) noexcept {
    for (;;) {
      // relaxed: tickets only have to grow, also from a cause to its effect, and what happens
      // before comes before in this counter's own order. The node is published by its place.
      const std::uint64_t ticket = next_ticket_.fetch_add(1, std::memory_order_relaxed);
      node->next = reinterpret_cast<Node*>(static_cast<std::uintptr_t>(ticket));
      Atomic<std::uintptr_t>& place = places_[ticket % size_];
      // relaxed: a first guess.
      std::uintptr_t found = place.load(std::memory_order_relaxed);
      while (!is_mark(found) || mark_ticket(found) < ticket) {
        // acq_rel: release pairs with the owner and with who replaces or takes back; acquire
        // pairs with the sender of what is replaced, whose message is destroyed next. Everybody
        // changes a place by one read-modify-write, so a node's release stays in force as long as
        // it is in here, also where it was put back. relaxed on failure: a mark's value says all.
        if (place.compare_exchange_weak(found, reinterpret_cast<std::uintptr_t>(node),
                                        std::memory_order_acq_rel, std::memory_order_relaxed)) {
          return {is_node(found) ? to_node(found) : nullptr, ticket};
        }
      }
    }
  }

  // For a sender that was told the owner is gone for good: what is at this ticket's place, its own
  // node or another's; nullptr if that has left already. Of the caller.
  [[nodiscard]] Node* take_back(std::uint64_t ticket) noexcept {
    // acquire: pairs with put(). No release: a 0 says nothing of anybody.
    const std::uintptr_t found = places_[ticket % size_].exchange(0, std::memory_order_acquire);
    return is_node(found) ? to_node(found) : nullptr;
  }
  [[nodiscard]] static std::uint64_t ticket_of(const Node& node) noexcept {
    Node* const ticket = node.next;
    return reinterpret_cast<std::uintptr_t>(ticket);
  }

  // The next node in the order of tickets. Calls drop(Node*) for what it finds out of its turn.
  template <class Drop>
  [[nodiscard]] Node* take(Drop&& drop) noexcept {
    // relaxed: who has put a node rings the owner's bell, which orders this; an older value only
    // leaves something for the next time.
    const std::uint64_t end = next_ticket_.load(std::memory_order_relaxed);
    if (end - at_ > size_) at_ = end - size_;  // The rest has been replaced, or will be.
    while (at_ < end) {
      const std::uint64_t ticket = at_++;
      Atomic<std::uintptr_t>& place = places_[ticket % size_];
      std::uintptr_t mark = to_mark(ticket);
      // acquire: pairs with put(). No release: of a mark only the value counts.
      const std::uintptr_t found = place.exchange(mark, std::memory_order_acquire);
      if (!is_node(found)) continue;  // Its sender is half done: it will meet the mark.
      Node* const node = to_node(found);
      if (ticket_of(*node) == ticket) return node;
      // Older: its sender has been lapped. Newer: it has lapped this place since `end` was read,
      // and goes back unless it has been lapped itself.
      // release: whoever gets it destroys it, and its ticket has been read here. relaxed on
      // failure: nothing is read.
      if (ticket_of(*node) > ticket &&
          place.compare_exchange_strong(mark, found, std::memory_order_release,
                                        std::memory_order_relaxed)) {
        continue;
      }
      drop(node);
    }
    return nullptr;
  }

  // A moment ago this many tickets had been drawn. Any thread; a bell that was heard orders it.
  [[nodiscard]] std::uint64_t drawn() const noexcept {
    // relaxed: see take().
    return next_ticket_.load(std::memory_order_relaxed);
  }
  // The owner has been at all tickets below this one.
  [[nodiscard]] bool has_passed(std::uint64_t ticket) const noexcept { return at_ >= ticket; }

 private:
  // 0: nothing was ever here. Odd: the owner has passed this ticket. Else a node.
  static bool is_mark(std::uintptr_t value) noexcept { return (value & 1) != 0; }
  static bool is_node(std::uintptr_t value) noexcept { return value != 0 && !is_mark(value); }
  static std::uint64_t mark_ticket(std::uintptr_t value) noexcept { return value >> 1; }
  static std::uintptr_t to_mark(std::uint64_t ticket) noexcept { return (ticket << 1) | 1; }
  static Node* to_node(std::uintptr_t value) noexcept { return reinterpret_cast<Node*>(value); }

  Atomic<std::uintptr_t>* const places_;
  const std::uint64_t size_;
  std::uint64_t at_ = 0;  // Owner only.
  Atomic<std::uint64_t> next_ticket_{0};
};

}  // namespace stet::detail
