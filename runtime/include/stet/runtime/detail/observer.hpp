// stet/runtime/detail/observer.hpp - who wants to see every message: metrics, trace, tests.
//
// The core knows one observer at most and pays one well-predicted branch a message for the chance.
//
// Threads    Any, also at the same time.
// Lifetime   From being installed until the System is gone.
#pragma once

#include <cstdint>

namespace stet::detail {

struct Cell;
struct Envelope;

class Observer {
 public:
  Observer() = default;
  Observer(const Observer&) = delete;
  Observer& operator=(const Observer&) = delete;
  virtual ~Observer() = default;

  // A message was made and is about to be sent. `sender`: the actor whose turn it is, nullptr
  // outside of turns. What this answers stays with the message as its stamp; 0 is what messages
  // have that were sent before.
  virtual std::uint64_t on_send(const Cell* sender, const Envelope& envelope) noexcept = 0;
  // False: the message is not handled but dropped.
  virtual bool on_turn_begin(Cell& cell, const Envelope& envelope) noexcept = 0;
  // The message may have been moved from. After each on_turn_begin() that said true.
  virtual void on_turn_end(Cell& cell, const Envelope& envelope, bool kept) noexcept = 0;
  virtual void on_spawn(Cell& cell) noexcept = 0;
  virtual void on_end(Cell& cell) noexcept = 0;
  // Its supervisor tells it to begin anew. On the supervisor's thread.
  virtual void on_restart(Cell&) noexcept {}
  // A message is destroyed that never began a turn: undeliverable, refused, or not admitted above.
  virtual void on_gone(const Envelope&) noexcept {}
  virtual void on_dead_letter(const Cell&) noexcept {}
};

}  // namespace stet::detail
