// stet/persistence/detail/ticket.hpp - a change's place in the store's queue.
//
// Counts its bytes against the queue's bound as long as it exists, keeps its actor paused if the
// bound was exceeded and the actor has its share of it, and fails its writer unless somebody says
// that all went well.
//
// Threads    One owner at a time: the writer, then the store.
// Ownership  Movable. Destroyed unsettled it fails the unit with outcome_unknown.
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include <stet/persistence/detail/unit.hpp>
#include <stet/runtime/turn.hpp>

namespace stet::detail {

class Ticket {
 public:
  // What a change takes beside its bytes: its envelope, its place in a batch, what allocators
  // round.
  static constexpr std::size_t overhead_bytes = 256;

  Ticket() = default;
  // Counts the bytes. Inside a turn it pauses the actor: over the bound, if the actor has more in
  // the queue than the bound divided by those who have anything there; over twice the bound always.
  Ticket(std::shared_ptr<Unit> unit, std::size_t bytes) noexcept;
  Ticket(Ticket&& other) noexcept = default;
  Ticket& operator=(Ticket&& other) noexcept {
    std::swap(unit_, other.unit_);
    std::swap(bytes_, other.bytes_);
    std::swap(pause_, other.pause_);
    return *this;
  }
  ~Ticket() {
    if (unit_ != nullptr) finish(Errc::outcome_unknown);
  }

  [[nodiscard]] const std::shared_ptr<Unit>& unit() const noexcept { return unit_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }

  // The change is stored.
  void settle() noexcept {
    if (unit_ != nullptr) release();
  }
  // It is not; discards the actor.
  void fail(Errc why) noexcept {
    if (unit_ != nullptr) finish(why);
  }

 private:
  void release() noexcept;
  void finish(Errc why) noexcept;

  std::shared_ptr<Unit> unit_;
  std::size_t bytes_ = 0;
  ActorPause pause_;
};

}  // namespace stet::detail
