// stet/runtime/detail/activity.hpp - what one thread is at, for the watchdog and for reports.
//
// Threads    Written by its own thread, read by any: each word for itself, without order.
#pragma once

#include <cstdint>

#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

struct ActorType;
struct Cell;
struct EnvelopeOps;

class Activity {
 public:
  void begin_visit(const Cell& cell, const ActorType& type) noexcept {
    // relaxed, here and below: each is a report of its own; nothing is read through the cell.
    cell_.store(&cell, std::memory_order_relaxed);
    // Most often it is the one before, and a look costs less than one more store before the next
    // atomic operation, which waits for all of them.
    if (type_.load(std::memory_order_relaxed) != &type) {
      type_.store(&type, std::memory_order_relaxed);
    }
  }
  void begin_turn(const EnvelopeOps& message) noexcept {
    message_.store(&message, std::memory_order_relaxed);
    turns_.store(turns_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }
  void end_visit() noexcept {
    message_.store(nullptr, std::memory_order_relaxed);
    cell_.store(nullptr, std::memory_order_relaxed);
  }

  // Only to be compared: the actor may be gone.
  [[nodiscard]] const Cell* cell() const noexcept { return cell_.load(std::memory_order_relaxed); }
  // Constants of the program. The type of the last actor; the message of the turn that runs,
  // nullptr when none does.
  [[nodiscard]] const ActorType* type() const noexcept {
    return type_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] const EnvelopeOps* message() const noexcept {
    return message_.load(std::memory_order_relaxed);
  }
  // Turns begun so far: the same number at two looks means the same turn.
  [[nodiscard]] std::uint64_t turns() const noexcept {
    return turns_.load(std::memory_order_relaxed);
  }

 private:
  Atomic<const Cell*> cell_{nullptr};
  Atomic<const ActorType*> type_{nullptr};
  Atomic<const EnvelopeOps*> message_{nullptr};
  Atomic<std::uint64_t> turns_{0};
};

}  // namespace stet::detail
