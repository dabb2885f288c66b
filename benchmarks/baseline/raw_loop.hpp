// benchmarks/baseline/raw_loop.hpp - the floor of an actor runtime: one thread, nothing else.
//
// Real atomics on a compare-and-swap mailbox, a virtual handler, a pool of nodes and a run queue of
// plain pointers. No second worker, no waking, no safety, no addresses that outlive their actor:
// what stays is the least that a message between two actors can cost on one core.
//
// Threads    One.
// Ownership  The loop owns its nodes; actors belong to the caller and outlive the loop's run().
#pragma once

#include <atomic>
#include <cstdint>

namespace stet::bench {

class RawLoop;

struct RawMessage {
  RawMessage* next = nullptr;
  std::int64_t value = 0;
  std::int32_t kind = 0;
};

class RawActor {
 public:
  RawActor() = default;
  RawActor(const RawActor&) = delete;
  RawActor& operator=(const RawActor&) = delete;
  virtual ~RawActor() = default;
  virtual void handle(RawLoop& loop, const RawMessage& message) = 0;

 private:
  friend class RawLoop;
  // Like stet's mailbox in miniature; one thread only, but the price of the atomics is the point.
  std::atomic<RawMessage*> top_{parked()};
  RawActor* next_ready_ = nullptr;

  static RawMessage* parked() noexcept { return reinterpret_cast<RawMessage*>(std::uintptr_t{1}); }
};

class RawLoop {
 public:
  RawLoop() = default;
  RawLoop(const RawLoop&) = delete;
  RawLoop& operator=(const RawLoop&) = delete;
  ~RawLoop() {
    while (free_ != nullptr) {
      RawMessage* next = free_->next;
      delete free_;
      free_ = next;
    }
  }

  void send(RawActor& to, std::int64_t value, std::int32_t kind = 0) {
    RawMessage* message = take_node();
    message->value = value;
    message->kind = kind;
    // relaxed: a first guess. release/relaxed: the orders of a real push; its partner is take_all.
    RawMessage* top = to.top_.load(std::memory_order_relaxed);
    do {
      message->next = top == RawActor::parked() ? nullptr : top;
    } while (!to.top_.compare_exchange_weak(top, message, std::memory_order_release,
                                            std::memory_order_relaxed));
    if (top == RawActor::parked()) make_ready(to);
  }

  // Until no actor is ready.
  void run() {
    while (first_ready_ != nullptr) {
      RawActor& actor = *first_ready_;
      first_ready_ = actor.next_ready_;
      if (first_ready_ == nullptr) last_ready_ = nullptr;
      // acquire: as in a real take_all; its partner is the push in send().
      RawMessage* chain = turn_round(actor.top_.exchange(nullptr, std::memory_order_acquire));
      while (chain != nullptr) {
        RawMessage* rest = chain->next;
        actor.handle(*this, *chain);
        chain->next = free_;
        free_ = chain;
        chain = rest;
      }
      RawMessage* none = nullptr;
      // release: as in a real park; its partner is the next owner's take_all.
      if (!actor.top_.compare_exchange_strong(none, RawActor::parked(), std::memory_order_release,
                                              std::memory_order_relaxed)) {
        make_ready(actor);
      }
    }
  }

 private:
  RawMessage* take_node() {
    if (free_ == nullptr) return new RawMessage;
    RawMessage* node = free_;
    free_ = node->next;
    return node;
  }

  static RawMessage* turn_round(RawMessage* newest) noexcept {
    RawMessage* oldest = nullptr;
    while (newest != nullptr) {
      RawMessage* older = newest->next;
      newest->next = oldest;
      oldest = newest;
      newest = older;
    }
    return oldest;
  }

  void make_ready(RawActor& actor) noexcept {
    actor.next_ready_ = nullptr;
    (last_ready_ != nullptr ? last_ready_->next_ready_ : first_ready_) = &actor;
    last_ready_ = &actor;
  }

  RawMessage* free_ = nullptr;
  RawActor* first_ready_ = nullptr;
  RawActor* last_ready_ = nullptr;
};

}  // namespace stet::bench
