// stet/runtime/timer.hpp - messages that are sent when their time comes.
//
//   stet::send_after<Retry>(self(), 200ms, attempt);           // once
//   timer_ = stet::send_every<Tick>(self(), 1s);               // again and again
//   timer_.cancel();
//
// There is no timer thread: workers look at the clock between turns, and a parked worker sleeps
// until the next time that something is due.
//
// Threads    Any. A timer that an actor sets for itself ends with the actor.
// Progress   Lock-free; memory as for send(). From a thread that is no worker at most one system
//            call more.
// Precision  Never early. Late by what the worker is busy with, and up to 0.2 ms where it handles
//            short messages without a pause.
// Bounds     Memory alone: 128 bytes a pending timer of a message up to 32 bytes, twice that for a
//            periodic one, and no time while it waits. Times beyond 290 years count as never.
// Errors     Throws std::bad_alloc, and what the message's constructor throws. When the time comes
//            and the receiver has stopped, the message goes to the dead letters.
// Time       The System's clock: steady, or virtual in a stepped system.
#pragma once

#include <chrono>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <stet/runtime/address.hpp>
#include <stet/runtime/detail/timer_node.hpp>
#include <stet/runtime/recipient.hpp>

namespace stet {

// The handle to a timer. Dropping it cancels nothing.
class [[nodiscard]] Timer {
 public:
  Timer() = default;  // Of nothing.
  Timer(const Timer& other) noexcept : node_(other.node_) {
    if (node_ != nullptr) detail::retain(*node_);
  }
  Timer(Timer&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}
  Timer& operator=(Timer other) noexcept {
    std::swap(node_, other.node_);
    return *this;
  }
  ~Timer() {
    if (node_ != nullptr) detail::release(*node_);
  }

  // True: it was pending, and will not send any more. False: the message is on its way or handled,
  // or it had been cancelled. Another thread may be deciding the same at this moment: one wins.
  bool cancel() noexcept {
    // Nothing is left to be done with it, whoever was first.
    detail::TimerNode* const node = std::exchange(node_, nullptr);
    return node != nullptr && detail::disarm_and_release(*node);
  }

  // Will it still send? A hint, unless this thread is the only one that cancels it and its
  // receiver.
  [[nodiscard]] bool is_pending() const noexcept {
    return node_ != nullptr && detail::is_pending(*node_);
  }

  // Not for applications. Takes one reference.
  [[nodiscard]] static Timer adopt(detail::TimerNode& node) noexcept {
    Timer timer;
    timer.node_ = &node;
    return timer;
  }

 private:
  detail::TimerNode* node_ = nullptr;
};

namespace detail {

// Sends an envelope that was made when the timer was set. Takes the envelope.
[[nodiscard]] Timer send_later(Cell& receiver, Envelope* envelope, std::chrono::nanoseconds delay);

// Makes a new envelope each time.
struct PeriodicNode : TimerNode {
  using Make = Envelope* (*)(PeriodicNode& self);  // Throws std::bad_alloc.
  PeriodicNode(Cell& receiver, const TimerOps& what, Make how, std::chrono::nanoseconds between)
      : TimerNode(receiver, what), make(how), period(between.count()) {}
  const Make make;
  const std::int64_t period;
  void set_own_place(std::size_t place) noexcept { own_place = place; }
  std::size_t own_place = 0;  // Of TimerOps; constant once it is set.
};
[[nodiscard]] inline std::size_t own_place_of_periodic(const TimerNode& timer) noexcept {
  return static_cast<const PeriodicNode&>(timer).own_place;
}
std::int64_t fire_periodic(TimerNode& timer, std::int64_t now) noexcept;
[[nodiscard]] Timer start_periodic(PeriodicNode& node);  // Throws std::bad_alloc.

template <class M>
struct PeriodicMessage : PeriodicNode {
  PeriodicMessage(Cell& receiver, const EnvelopeOps* how, std::chrono::nanoseconds between, M what)
      : PeriodicNode(receiver, ops_, &copy, between), envelope_ops(how), message(std::move(what)) {}

  static Envelope* copy(PeriodicNode& node) {
    auto& self = static_cast<PeriodicMessage&>(node);
    return make_envelope<M>(self.cell->core(), self.envelope_ops, std::as_const(self.message));
  }
  static void drop(TimerNode&) noexcept {}
  static void free(TimerNode* node) noexcept {
    auto* self = static_cast<PeriodicMessage*>(node);
    Core& core = self->cell->core();
    std::destroy_at(self);
    release_block(core, self, sizeof(PeriodicMessage), BlockKind::message);
  }
  static constexpr TimerOps ops_{&fire_periodic, &drop, &free, true, &own_place_of_periodic};

  const EnvelopeOps* envelope_ops;
  const M message;
};

template <class M>
[[nodiscard]] Timer send_periodically(Cell& receiver, const EnvelopeOps* ops,
                                      std::chrono::nanoseconds period, M message) {
  static_assert(std::is_copy_constructible_v<M>,
                "stet: a message that is sent periodically must be copyable");
  Core& core = receiver.core();
  void* memory = allocate_block(core, sizeof(PeriodicMessage<M>), BlockKind::message);
  PeriodicMessage<M>* node = nullptr;
  try {
    node = ::new (memory) PeriodicMessage<M>(receiver, ops, period, std::move(message));
  } catch (...) {
    release_block(core, memory, sizeof(PeriodicMessage<M>), BlockKind::message);
    throw;
  }
  return start_periodic(*node);
}

}  // namespace detail

// Sends M once, `delay` from now; a delay of zero or less: as soon as a worker looks.
template <class M, class A, class... Args>
Timer send_after(const Address<A>& receiver, std::chrono::nanoseconds delay, Args&&... args) {
  static_assert(Handles<A, M>, "stet: this actor has no handler for this message");
  detail::Cell& cell = receiver.cell();
  return detail::send_later(cell,
                            detail::make_envelope<M>(cell.core(), &detail::Dispatch<A, M>::ops,
                                                     std::forward<Args>(args)...),
                            delay);
}

// Sends copies of one M, the first `period` from now. The times do not drift; those that have
// passed before anybody looked are left out. Requires a period of at least a nanosecond.
template <class M, class A, class... Args>
Timer send_every(const Address<A>& receiver, std::chrono::nanoseconds period, Args&&... args) {
  static_assert(Handles<A, M>, "stet: this actor has no handler for this message");
  return detail::send_periodically<M>(receiver.cell(), &detail::Dispatch<A, M>::ops, period,
                                      M{std::forward<Args>(args)...});
}

}  // namespace stet
