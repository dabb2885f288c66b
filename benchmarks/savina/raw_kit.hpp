// benchmarks/savina/raw_kit.hpp - the Savina programs on one thread with no runtime: their floor.
//
// What stays of an actor runtime when everything is taken away that one thread does not need: a
// compare-and-swap mailbox with real atomics, nodes from a free list, a call through a pointer, a
// run queue of plain pointers. Addresses are bare pointers: an actor that has stopped is deleted.
//
// Threads    One a System, one System at a time in a thread.
// Ownership  The System owns its nodes and the actors that have not stopped.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include <stet/runtime/detail/assert.hpp>

namespace stet::bench::savina {

class RawKit {
 public:
  class System;

 private:
  class Base;
  struct Node {
    Node* next;
    void (*invoke)(Base& actor, Node& node);
    alignas(8) std::byte payload[48];
  };
  static_assert(sizeof(Node) == 64);
  static Node* parked() noexcept { return reinterpret_cast<Node*>(std::uintptr_t{1}); }

  class Base {
   public:
    Base() = default;
    Base(const Base&) = delete;
    Base& operator=(const Base&) = delete;
    virtual ~Base() = default;

   protected:
    void stop() noexcept { stopped_ = true; }

   private:
    friend class System;
    std::atomic<Node*> top_{parked()};
    Base* next_ready_ = nullptr;
    Base* previous_ = nullptr;  // Among the living.
    Base* next_ = nullptr;
    bool stopped_ = false;
  };

  static inline thread_local System* current_ = nullptr;

 public:
  template <class A>
  class Address {
   public:
    Address() = default;
    explicit Address(A* actor) noexcept : actor_(actor) {}
    template <class M, class... Args>
    void send(Args&&... args) const {
      current_->template send<A, M>(*actor_, std::forward<Args>(args)...);
    }
    explicit operator bool() const noexcept { return actor_ != nullptr; }

   private:
    A* actor_ = nullptr;
  };

  template <class A>
  class Actor : public Base {
   protected:
    [[nodiscard]] Address<A> self() noexcept { return Address<A>(static_cast<A*>(this)); }
  };

  class System {
   public:
    System() { current_ = this; }
    System(const System&) = delete;
    System& operator=(const System&) = delete;
    ~System() {
      while (living_ != nullptr) remove(*living_);
      while (free_ != nullptr) delete std::exchange(free_, free_->next);
      current_ = nullptr;
    }

    template <class A, class... Args>
    Address<A> spawn(Args&&... args) {
      A* const actor = new A(std::forward<Args>(args)...);
      Base& base = *actor;
      base.next_ = living_;
      if (living_ != nullptr) living_->previous_ = &base;
      living_ = &base;
      return Address<A>(actor);
    }

    template <class A, class M, class... Args>
    void send(A& to, Args&&... args) {
      static_assert(sizeof(M) <= sizeof(Node::payload) && alignof(M) <= 8);
      Node* const node = free_ != nullptr ? std::exchange(free_, free_->next) : new Node;
      ::new (static_cast<void*>(node->payload)) M(std::forward<Args>(args)...);
      node->invoke = [](Base& actor, Node& from) {
        M& message = *std::launder(reinterpret_cast<M*>(from.payload));
        static_cast<A&>(actor).handle(std::move(message));
        std::destroy_at(&message);
      };
      Base& base = to;
      // The orders of a real push, park and take_all; there is no partner, only their price.
      Node* top = base.top_.load(std::memory_order_relaxed);
      do {
        node->next = top == parked() ? nullptr : top;
      } while (!base.top_.compare_exchange_weak(top, node, std::memory_order_release,
                                                std::memory_order_relaxed));
      if (top == parked()) make_ready(base);
    }

    // Until nobody has mail.
    void run() {
      while (first_ready_ != nullptr) {
        Base& actor = *first_ready_;
        first_ready_ = actor.next_ready_;
        if (first_ready_ == nullptr) last_ready_ = nullptr;
        Node* chain = turn_round(actor.top_.exchange(nullptr, std::memory_order_acquire));
        while (chain != nullptr) {
          Node* const rest = chain->next;
          chain->invoke(actor, *chain);
          chain->next = free_;
          free_ = chain;
          chain = rest;
        }
        Node* none = nullptr;
        if (!actor.top_.compare_exchange_strong(none, parked(), std::memory_order_release,
                                                std::memory_order_relaxed)) {
          make_ready(actor);
        } else if (actor.stopped_) {
          remove(actor);
        }
      }
    }

    void newest_first() noexcept { newest_first_ = true; }

   private:
    static Node* turn_round(Node* newest) noexcept {
      Node* oldest = nullptr;
      while (newest != nullptr) {
        Node* const older = newest->next;
        newest->next = oldest;
        oldest = newest;
        newest = older;
      }
      return oldest;
    }
    void make_ready(Base& actor) noexcept {
      if (newest_first_ || last_ready_ == nullptr) {
        actor.next_ready_ = first_ready_;
        if (first_ready_ == nullptr) last_ready_ = &actor;
        first_ready_ = &actor;
      } else {
        actor.next_ready_ = nullptr;
        last_ready_->next_ready_ = &actor;
        last_ready_ = &actor;
      }
    }
    void remove(Base& actor) noexcept {
      (actor.previous_ != nullptr ? actor.previous_->next_ : living_) = actor.next_;
      if (actor.next_ != nullptr) actor.next_->previous_ = actor.previous_;
      delete &actor;
    }

    Base* living_ = nullptr;
    Base* first_ready_ = nullptr;
    Base* last_ready_ = nullptr;
    Node* free_ = nullptr;
    bool newest_first_ = false;
  };

  // The host has sent something: now, or after what it sends next.
  static void let_run(System& system) { system.run(); }
  // Depth first instead of in turn: for programs that would need much memory otherwise.
  static void newest_first(System& system) { system.newest_first(); }
};

}  // namespace stet::bench::savina
