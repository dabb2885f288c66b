// stet/runtime/receive_timeout.hpp - tells an actor that nobody has written to it for a while.
//
//   class Session : public stet::Actor<Session> {
//    public:
//     Session() { silence_.set(30s); }
//     void handle(stet::ReceiveTimeout) { stop(); }
//    private:
//     stet::ReceiveTimer<Session> silence_{*this};
//   };
//
// ReceiveTimeout comes when no message has been begun for that long, and again after each further
// such time, until cancel(). Answers, acknowledgements and the like are no messages here;
// ReceiveTimeout itself is none either.
//
// Threads    Only the actor's own turns, and its constructor.
// Precision  As timers: never early. If mail waits at that moment it is late by that mail.
// Memory     A timer at a time. The clock is read once a message, by actors that have one set.
// Bounds     One of these an actor. ReceiveTimeout counts against no bound.
// Errors     set() throws std::bad_alloc. Without memory for the next one, the actor fails.
// Time       The System's clock: steady, or virtual in a stepped system.
#pragma once

#include <chrono>

#include <stet/runtime/actor.hpp>
#include <stet/runtime/detail/dispatch.hpp>
#include <stet/runtime/timer.hpp>

namespace stet {

struct ReceiveTimeout {};

namespace detail {

class SilenceWatch {
 public:
  SilenceWatch(Cell& cell, const EnvelopeOps& ops) noexcept : cell_(&cell), ops_(&ops) {}
  SilenceWatch(const SilenceWatch&) = delete;
  SilenceWatch& operator=(const SilenceWatch&) = delete;
  ~SilenceWatch() { cancel(); }

  void set(std::chrono::nanoseconds after);
  void cancel() noexcept;
  // Does this envelope end the silence?
  [[nodiscard]] bool is_mail(const Envelope& envelope) const noexcept;

 private:
  struct Look;
  void look();
  void look_after(std::chrono::nanoseconds delay);

  Cell* const cell_;
  const EnvelopeOps* const ops_;  // Of ReceiveTimeout, for this actor.
  std::chrono::nanoseconds after_{0};
  Timer timer_;
};

}  // namespace detail

template <class A>
class ReceiveTimer {
 public:
  explicit ReceiveTimer(const A& self) noexcept
      : watch_(self.cell(), detail::Dispatch<A, ReceiveTimeout>::ops) {
    static_assert(Handles<A, ReceiveTimeout>, "stet: this actor has no handler for ReceiveTimeout");
  }

  // From now on; replaces what was set. Requires a time above zero.
  void set(std::chrono::nanoseconds silence) { watch_.set(silence); }
  // One that is on its way may still come.
  void cancel() noexcept { watch_.cancel(); }

 private:
  detail::SilenceWatch watch_;
};

}  // namespace stet
