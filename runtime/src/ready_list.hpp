// runtime/src/ready_list.hpp - actors that are ready, first come first served: many queue, one takes.
//
// A seat is one actor's place in such a list, made with it and gone with its cell. Where a seat is
// the actor's executor, queueing an actor needs no memory, and nobody is overtaken for ever.
//
// Threads    push(), has_fresh(): any. The rest: one taker at a time; who hands that role over does
//            so with acquire and release.
// Progress   push(): lock-free. Taking: wait-free but for turning round what came, once each.
// Ownership  The list owns the right to run what is in it, not the cells.
#pragma once

#include <stet/runtime/detail/atomic.hpp>
#include <stet/runtime/detail/cell.hpp>

namespace stet::detail {

// Node needs a member `Node* next`.
template <class Node>
class BasicReadyList {
 public:
  BasicReadyList() = default;
  BasicReadyList(const BasicReadyList&) = delete;
  BasicReadyList& operator=(const BasicReadyList&) = delete;

  void push(Node& node) noexcept {
    // relaxed: a first guess.
    Node* top = fresh_.load(std::memory_order_relaxed);
    do {
      node.next = top;
      // seq_cst: as release it pairs with pop(); who pushes then looks for a taker that sleeps, and
      // a taker that is about to sleep looks here. relaxed on failure: only compared.
    } while (!fresh_.compare_exchange_weak(top, &node, std::memory_order_seq_cst,
                                           std::memory_order_relaxed));
  }
  [[nodiscard]] bool has_fresh() const noexcept {
    // seq_cst: pairs with push().
    return fresh_.load(std::memory_order_seq_cst) != nullptr;
  }

  void push_here(Node& node) noexcept {
    node.next = nullptr;
    *(last_ == nullptr ? &first_ : &last_->next) = &node;
    last_ = &node;
  }
  // nullptr: there is none.
  [[nodiscard]] Node* pop() noexcept {
    // Also while there are others: who queues itself again and again must not keep them out.
    if (has_fresh()) take_fresh();
    Node* const node = first_;
    if (node == nullptr) return nullptr;
    first_ = node->next;
    if (first_ == nullptr) last_ = nullptr;
    return node;
  }
  [[nodiscard]] bool is_empty() const noexcept { return first_ == nullptr && !has_fresh(); }

 private:
  void take_fresh() noexcept {
    // acquire: pairs with push().
    Node* newest = fresh_.exchange(nullptr, std::memory_order_acquire);
    Node* oldest = nullptr;
    Node* const end = newest;
    while (newest != nullptr) {
      Node* const below = newest->next;
      newest->next = oldest;
      oldest = newest;
      newest = below;
    }
    *(last_ == nullptr ? &first_ : &last_->next) = oldest;
    last_ = end;
  }

  Atomic<Node*> fresh_{nullptr};  // Newest first.
  // The taker's.
  Node* first_ = nullptr;
  Node* last_ = nullptr;
};

class Seat : public Executor {
 public:
  using Executor::Executor;
  // Such an actor has timers, but no clock of its own.
  bool wake_at(Cell&, std::chrono::nanoseconds) noexcept override { return false; }

  Seat* next = nullptr;
  Cell* cell = nullptr;  // Known from the first time it is scheduled.

 protected:
  ~Seat() = default;
  // Before anything else is done with it: the seat belongs to the owner of the cell, and who was
  // told must_schedule has not seen yet what the last owner did.
  void take(Cell& which) noexcept {
    which.mailbox.acquire();
    cell = &which;
  }
};
using ReadyList = BasicReadyList<Seat>;

}  // namespace stet::detail
