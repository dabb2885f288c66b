// stet/runtime/mailbox.hpp - how a message reaches an actor.
//
// Senders link envelopes onto one pointer; the owner takes the whole chain and turns it round. Mail
// of one sender arrives in the order sent, whichever threads the sender ran on; a message sent
// because of another arrives after it. Between unrelated senders there is no order.
//
// Threads    push(), ring(): any. The rest: only the worker that runs the actor now, the owner.
// Progress   push(), ring(): lock-free. take_all(), try_park(), close(): wait-free; take_rest() too,
//            but for a walk over what it takes. Nothing blocks or allocates.
// Ownership  push() takes the envelope unless it answers closed. take_all() and close() give the
//            chain to the caller.
// Memory     What a sender did before push() is visible once take_all() returns its message. What
//            an owner did before try_park() returned true is visible to the next owner once it has
//            called acquire() or take_all().
// Invariant  While parked() is stored, no message waits and no worker owns the actor. So one push()
//            or ring() finds it there, and that caller alone schedules the actor.
// Invariant  After ring() the owner cannot park before it has called take_all() or take_rest() once
//            more.
// Bounds     None of its own: memory is what limits it. Senders are slowed by policy above it.
// Source     Treiber, "Systems programming: coping with parallelism", 1986, with marks in the top
//            pointer as in CAF and Pony.
#pragma once

#include <cstdint>

#include <stet/runtime/detail/assert.hpp>
#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

// Node needs a member `Node* next`. A template so that models can use a node of their own.
template <class Node>
class BasicMailbox {
 public:
  enum class Pushed : std::uint8_t {
    queued,         // An owner will find it.
    must_schedule,  // It was parked: the caller schedules the actor.
    closed,         // The actor has stopped: the caller still owns the node.
  };

  // Owned, by whoever makes it: the actor is still being constructed. Then try_park().
  BasicMailbox() = default;
  BasicMailbox(const BasicMailbox&) =
      delete;  // Senders hold its address: neither copied nor moved.
  BasicMailbox& operator=(const BasicMailbox&) = delete;

  [[nodiscard]] Pushed push(Node* node) noexcept {
    STET_ASSERT(node != nullptr);
    // relaxed: a first guess; a stale one costs another round.
    Node* top = top_.load(std::memory_order_relaxed);
    for (;;) {
      if (top == closed()) return Pushed::closed;
      node->next = bare(top);
      // release: pairs with take_all(), by whichever worker runs the actor next: it sees the
      // payload and `next`, also of mail below. Being a read-modify-write it continues the release
      // sequences of try_park() and ring(), so that worker also sees what the last owner wrote, and
      // what was announced by a ring that this push covers. relaxed on failure: `top` is compared,
      // never followed. No ABA: nodes leave only all together, so an equal pointer is still the
      // top.
      if (top_.compare_exchange_weak(top, node, std::memory_order_release,
                                     std::memory_order_relaxed)) {
        return top == parked() ? Pushed::must_schedule : Pushed::queued;
      }
    }
  }

  // For mail that went another way: the caller has put it into the system lane before. The owner
  // looks at that lane after every take_all(). must_schedule and closed as for push().
  [[nodiscard]] Pushed ring() noexcept {
    // relaxed: a first guess, as in push().
    Node* top = top_.load(std::memory_order_relaxed);
    for (;;) {
      if (top == closed()) return Pushed::closed;
      Node* next = top == parked() ? nullptr : with_bell(top);
      // release: pairs with take_all(), which so sees the system lane filled. Where the bell has
      // rung already it is exchanged for itself: a mere look would not be ordered before the
      // owner's next take_all(). A push on top covers the bell: see there.
      if (top_.compare_exchange_weak(top, next, std::memory_order_release,
                                     std::memory_order_relaxed)) {
        return top == parked() ? Pushed::must_schedule : Pushed::queued;
      }
    }
  }

  // Waiting mail, newest first; nullptr when there is none.
  [[nodiscard]] Node* take_all() noexcept {
    // acquire: pairs with push() and ring(). One exchange, so that no push falls between load and
    // store.
    Node* chain = top_.exchange(nullptr, std::memory_order_acquire);
    STET_ASSERT(chain != parked() && chain != closed());
    return bare(chain);
  }

  // The message that waits, if it is one alone and no bell has rung; it is left where it is. That
  // spares taking it: the owner handles it and goes on with try_park_after(), or with take_rest().
  // Until one of them has said that it is out, its memory must not be used again: its address is
  // what says that nothing has come meanwhile.
  [[nodiscard]] Node* peek_only() const noexcept {
    // acquire: pairs with push() and ring(), as in take_all().
    Node* const top = top_.load(std::memory_order_acquire);
    return top != nullptr && top == bare(top) && top->next == nullptr ? top : nullptr;
  }
  // As try_park(). False: `only` is still in.
  [[nodiscard]] bool try_park_after(Node* only) noexcept {
    // release, relaxed: as in try_park(). No ABA: nobody can push `only` again.
    return top_.compare_exchange_strong(only, parked(), std::memory_order_release,
                                        std::memory_order_relaxed);
  }
  // As take_all(), without `only`. Bounded by the mail that has come since.
  [[nodiscard]] Node* take_rest(const Node* only) noexcept {
    Node* const chain = take_all();
    if (chain == only) return nullptr;
    Node* last = chain;
    while (last->next != only) last = last->next;
    last->next = nullptr;
    return chain;
  }

  // Waiting mail, newest first, left where it is: others may put more on top of it meanwhile.
  [[nodiscard]] const Node* peek() const noexcept {
    // acquire: pairs with push().
    return bare(top_.load(std::memory_order_acquire));
  }

  // For a new owner, before it touches the actor: what the last owner wrote is seen. The scheduler
  // does not do that: who pushes reads nothing, so it does not pass on what the last owner wrote.
  void acquire() const noexcept {
    // acquire: pairs with try_park(), whose release sequence the push or ring that made this owner
    // has continued.
    static_cast<void>(top_.load(std::memory_order_acquire));
  }

  // A guess without cost: may say true for mail that comes now. `only`: what peek_only() said.
  [[nodiscard]] bool seems_empty(const Node* only = nullptr) const noexcept {
    // relaxed: only a hint; take_all() or try_park() decide.
    const Node* const top = top_.load(std::memory_order_relaxed);
    return top == nullptr || top == only;
  }

  // True: the actor is given up and must not be touched again, its cell may be gone at once. False:
  // mail came or the bell rang, the caller is still the owner.
  [[nodiscard]] bool try_park() noexcept {
    Node* none = nullptr;
    // release: publishes the actor's state to the next owner. relaxed on failure: nothing is read.
    return top_.compare_exchange_strong(none, parked(), std::memory_order_release,
                                        std::memory_order_relaxed);
  }

  // No push succeeds any more. Returns the mail that was waiting, newest first.
  [[nodiscard]] Node* close() noexcept {
    // acq_rel: acquire pairs with push(), as in take_all(); release lets a sender that is told
    // `closed` rely on what the owner wrote before it.
    Node* chain = top_.exchange(closed(), std::memory_order_acq_rel);
    STET_ASSERT(chain != parked());
    return bare(chain);
  }

  [[nodiscard]] bool is_closed() const noexcept {
    // acquire: pairs with close().
    return top_.load(std::memory_order_acquire) == closed();
  }

 private:
  // Nodes are aligned, so two bits of an address are free. The marks have the first, and are never
  // dereferenced; the bell is the second, at an address or at nullptr.
  static constexpr std::uintptr_t mark_bit = 1;
  static constexpr std::uintptr_t bell_bit = 2;
  static_assert(alignof(Node*) >= 4,
                "two free bits");  // Node has a `Node*`, and may be incomplete.

  static Node* parked() noexcept { return reinterpret_cast<Node*>(mark_bit); }
  static Node* closed() noexcept { return reinterpret_cast<Node*>(mark_bit | 4); }
  static Node* with_bell(Node* top) noexcept {
    return reinterpret_cast<Node*>(reinterpret_cast<std::uintptr_t>(top) | bell_bit);
  }
  // The mail, whatever is marked beside it.
  static Node* bare(Node* top) noexcept {
    const auto bits = reinterpret_cast<std::uintptr_t>(top);
    return (bits & mark_bit) != 0 ? nullptr : reinterpret_cast<Node*>(bits & ~bell_bit);
  }

  // Not on a line of its own: an idle actor should be small, and the owner keeps to locals while it
  // works through a chain.
  Atomic<Node*> top_{nullptr};
};

// Turns a chain that is newest first into the order sent. Bounded by the length of the chain.
template <class Node>
[[nodiscard]] Node* reverse_chain(Node* chain) noexcept {
  Node* out = nullptr;
  while (chain != nullptr) {
    Node* rest = chain->next;
    chain->next = out;
    out = chain;
    chain = rest;
  }
  return out;
}

struct Envelope;
using Mailbox = BasicMailbox<Envelope>;

}  // namespace stet::detail
