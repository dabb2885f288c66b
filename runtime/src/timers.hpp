// runtime/src/timers.hpp - one worker's timers, which any thread may set and cancel.
//
// The wheel is for one thread at a time. Who wants to change it tries to take it; who finds it
// taken leaves a request, which the holder carries out before it is done: so nobody waits, and a
// cancel is decided at once by the timer's own state, whichever comes first. One word says all of
// it: free, held, or held and what is requested.
//
// Threads    Any. Mostly the worker whose timers these are; the sentinel when that worker is stuck.
// Progress   set(), cancel(): lock-free. A holder that is preempted delays what it was asked for,
//            never who asked.
// Bounds     run_due() fires at most `batch` timers at a time, then lets others in.
// Source     The requests left to the holder are flat combining in the small: D. Hendler, I. Incze,
//            N. Shavit, M. Tzafrir, SPAA 2010.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <stet/runtime/detail/atomic.hpp>
#include <stet/runtime/detail/timer_node.hpp>

#include "timer_wheel.hpp"

namespace stet::detail {

class Core;

// Node as TimerNode; Firing has static `std::int64_t fire(Node&, std::int64_t now)`,
// `void drop(Node&)`, `void retain(Node&)`, `void release(Node&)`, `bool is_periodic(Node&)`, and
// `void earlier() const`: the next one is due earlier than was told before. A template so that
// models can use their own.
template <class Node, class Firing>
class BasicTimers {
 public:
  static constexpr std::int64_t never = BasicTimerWheel<Node>::never;
  static constexpr std::size_t batch = 64;

  enum class Cancelled : std::uint8_t {
    no,       // Too late, or somebody else was first.
    pending,  // What it kept is the caller's to drop.
    out,      // As pending; and it is in no wheel now, whose reference is the caller's.
    firing,   // A periodic one in the middle of it: it comes this once, and is dropped there.
  };

  BasicTimers() = default;
  BasicTimers(const BasicTimers&) = delete;
  BasicTimers& operator=(const BasicTimers&) = delete;

  // Before anything is set.
  void attach(const Firing& firing) noexcept { firing_ = firing; }

  // From here on nothing fires: what is pending and what will be set is dropped. Wait-free for
  // callers of the others; spins while another thread holds the wheel.
  void close() noexcept {
    while (!try_enter()) {
    }
    closed_ = true;
    leave();
  }

  // Takes one reference. The deadline stands in the timer.
  void set(Node& timer) noexcept {
    if (try_enter()) {
      put(timer);
      leave();
    } else {
      request(timer);
    }
  }

  // Requires a reference. But for `no` it will not fire any more, nor again.
  [[nodiscard]] Cancelled cancel(Node& timer) noexcept {
    const unsigned while_in =
        Firing::is_periodic(timer) ? 1U << Node::armed | 1U << Node::fired : 1U << Node::armed;
    const std::optional<std::uint32_t> before = decide(timer, while_in, Node::cancelled);
    if (!before) return Cancelled::no;
    if ((*before & Node::phase) == Node::fired) return Cancelled::firing;
    // Who carries out the request to set it finds it cancelled.
    if ((*before & Node::requested) != 0) return Cancelled::pending;
    if (try_enter()) {
      const bool is_out = take_out(timer);
      leave();
      return is_out ? Cancelled::out : Cancelled::pending;
    }
    Firing::retain(timer);  // The wheel's reference may go before the request is carried out.
    request(timer);
    return Cancelled::pending;
  }

  // Fires what is due. False: another thread is at it, or there was nothing.
  bool run_due(std::int64_t now) noexcept {
    bool any = false;
    while (next_deadline() <= now && try_enter()) {
      Node* first = nullptr;
      Node** last = &first;
      wheel_.take_due(now, batch, [&](Node& timer) {
        if (decide(timer, 1U << Node::armed, Node::fired)) {
          *last = &timer;
          last = &timer.next;
        } else {
          Firing::release(timer);
        }
      });
      *last = nullptr;
      changed_ = true;
      leave();
      any = true;
      while (first != nullptr) {
        Node& timer = *first;
        first = timer.next;
        timer.next = nullptr;
        fire(timer, now);
      }
    }
    return any;
  }

  // Not before this time is anything due. A hint for who looks after these timers.
  [[nodiscard]] std::int64_t next_deadline() const noexcept {
    // seq_cst: who is about to sleep has announced that before, see Worker::sleep(); see publish().
    return next_deadline_.load(std::memory_order_seq_cst);
  }
  [[nodiscard]] bool seems_empty() const noexcept {
    // relaxed: a hint.
    return next_deadline_.load(std::memory_order_relaxed) == never;
  }

 private:
  // A mark, never dereferenced: the end of the requests, and the word of a holder without any.
  static Node* held() noexcept { return reinterpret_cast<Node*>(std::uintptr_t{1}); }

  // Puts a timer that is in one of these phases into another. Its state before; nothing: it is in
  // none of them, somebody else has decided.
  static std::optional<std::uint32_t> decide(Node& timer, unsigned while_in,
                                             std::uint32_t phase) noexcept {
    // relaxed: a first guess.
    std::uint32_t state = timer.state.load(std::memory_order_relaxed);
    while ((while_in >> (state & Node::phase) & 1U) != 0) {
      // acq_rel: acquire pairs with the release by who fired or made it, whose writes who drops it
      // will use; release pairs with carry_out() and the others here, who give up what is decided.
      // relaxed on failure: only compared. Repeated only where a mark of the state came or went.
      if (timer.state.compare_exchange_weak(state, (state & ~std::uint32_t{Node::phase}) | phase,
                                            std::memory_order_acq_rel, std::memory_order_relaxed)) {
        return state;
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] bool try_enter() noexcept {
    Node* free = nullptr;
    // acquire: pairs with leave(). relaxed on failure: nothing is read.
    return word_.compare_exchange_strong(free, held(), std::memory_order_acquire,
                                         std::memory_order_relaxed);
  }

  // Carries out what was requested meanwhile, until there is nothing left.
  void leave() noexcept {
    bool earlier = false;
    for (;;) {
      if (closed_) drop_all();
      earlier = publish() || earlier;
      Node* none = held();
      // release: pairs with try_enter() and request(). relaxed on failure: only compared.
      if (word_.compare_exchange_strong(none, nullptr, std::memory_order_release,
                                        std::memory_order_relaxed)) {
        break;
      }
      // acquire: pairs with request().
      carry_out(word_.exchange(held(), std::memory_order_acquire));
    }
    if (earlier) firing_.earlier();
  }

  // True: the next one is due earlier now, which somebody may have to be told.
  [[nodiscard]] bool publish() noexcept {
    if (!changed_) return false;
    changed_ = false;
    const std::int64_t next = wheel_.next_deadline();
    // relaxed: only holders write it.
    const std::int64_t before = next_deadline_.load(std::memory_order_relaxed);
    if (next < before) {
      // seq_cst: before the look for sleepers in earlier(): either that finds who has announced
      // that it sleeps, or that one reads this.
      next_deadline_.store(next, std::memory_order_seq_cst);
      return true;
    }
    // relaxed: who reads the time before looks once more than needed.
    if (next != before) next_deadline_.store(next, std::memory_order_relaxed);
    return false;
  }

  // Leaves it to who holds the wheel; if it has come free, that is this thread.
  void request(Node& timer) noexcept {
    // relaxed: published with the request; only carry_out() takes the mark away.
    timer.state.fetch_or(Node::requested, std::memory_order_relaxed);
    // relaxed: a first guess.
    Node* top = word_.load(std::memory_order_relaxed);
    do {
      timer.request_next = top == nullptr ? held() : top;
      // acq_rel: release pairs with the exchange in leave(); acquire, where it was free, with the
      // leave() before. relaxed on failure: only compared.
    } while (!word_.compare_exchange_weak(top, &timer, std::memory_order_acq_rel,
                                          std::memory_order_relaxed));
    if (top == nullptr) leave();
  }

  void carry_out(Node* chain) noexcept {
    while (chain != held()) {
      Node& timer = *chain;
      chain = timer.request_next;  // Before the mark goes: then it may be requested again.
      // acq_rel: as in decide().
      const std::uint32_t state =
          timer.state.fetch_and(~std::uint32_t{Node::requested}, std::memory_order_acq_rel);
      if ((state & Node::phase) == Node::armed) {
        put(timer);
      } else {
        if (take_out(timer)) Firing::release(timer);
        // The request's own reference, or, where it was cancelled before it was linked, the one
        // that the wheel was to have.
        Firing::release(timer);
      }
    }
  }

  void put(Node& timer) noexcept {
    // relaxed: only whether it is worth the while. Who cancels it from now on takes it out.
    if ((timer.state.load(std::memory_order_relaxed) & Node::phase) == Node::cancelled) {
      Firing::release(timer);
      return;
    }
    wheel_.set(timer);
    note_change(timer);
  }

  // False: who took it out to fire it has found it cancelled, and releases it.
  [[nodiscard]] bool take_out(Node& timer) noexcept {
    if (timer.back == nullptr) return false;
    note_change(timer);
    wheel_.unlink(timer);
    return true;
  }

  // Only what is not due later than all others changes when the next one is.
  void note_change(Node& timer) noexcept {
    // relaxed: only holders write it.
    if (timer.deadline <= next_deadline_.load(std::memory_order_relaxed)) changed_ = true;
  }

  void drop_all() noexcept {
    while (wheel_.take_due(never, batch, [](Node& timer) {
      if (decide(timer, 1U << Node::armed, Node::cancelled)) Firing::drop(timer);
      Firing::release(timer);
    }) != 0) {
      changed_ = true;
    }
  }

  void fire(Node& timer, std::int64_t now) noexcept {
    const std::int64_t again = Firing::fire(timer, now);
    if (!Firing::is_periodic(timer)) {
      Firing::release(timer);
      return;
    }
    timer.deadline = again;
    if (decide(timer, 1U << Node::fired, Node::armed)) {
      set(timer);
    } else {
      Firing::drop(timer);
      Firing::release(timer);
    }
  }

  Atomic<Node*> word_{nullptr};  // nullptr: free. Else held(), or requests, newest first.
  Atomic<std::int64_t> next_deadline_{never};
  // Whoever holds it.
  BasicTimerWheel<Node> wheel_;
  bool changed_ = false;  // What next_deadline_ says may be wrong.
  bool closed_ = false;
  Firing firing_{};  // Constant.
};

struct TimerFiring {
  static std::int64_t fire(TimerNode& timer, std::int64_t now) noexcept {
    return timer.ops->fire(timer, now);
  }
  static void drop(TimerNode& timer) noexcept { timer.ops->drop(timer); }
  static void retain(TimerNode& timer) noexcept { detail::retain(timer); }
  static void release(TimerNode& timer) noexcept { detail::release(timer); }
  static bool is_periodic(const TimerNode& timer) noexcept { return timer.ops->is_periodic; }
  // Tells those who sleep until the next one is due.
  void earlier() const noexcept;

  Core* core = nullptr;
  std::size_t home = 0;
};
using Timers = BasicTimers<TimerNode, TimerFiring>;

}  // namespace stet::detail
