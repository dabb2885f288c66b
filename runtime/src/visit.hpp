// runtime/src/visit.hpp - one visit of a thread to an actor: its mail, one turn after the other.
//
// Threads    Whoever owns the cell. Workers, own threads and the stepper all run actors through
//            here.
// Bounds     A visit ends after messages_max messages, after time_max, and with the mail that was
//            there when it took the chain, whichever comes first.
#pragma once

#include <chrono>
#include <cstdint>

#include <stet/runtime/counters.hpp>
#include <stet/runtime/detail/cell.hpp>

namespace stet::detail {

struct VisitLimits {
  std::uint32_t messages_max;
  std::chrono::nanoseconds time_max;  // 0: none.
};

enum class Visit : std::uint8_t {
  parked,  // The cell is given up and must not be touched.
  again,   // There is more to do: the caller still owns the cell.
  ended,   // The actor is gone; the cell must not be touched.
};

[[nodiscard]] Visit visit(Cell& cell, Context& context, const VisitLimits& limits,
                          WorkerCounters& counters) noexcept;

// Calls the actor's on_wake() as a turn. The caller owns the cell.
void visit_wake(Cell& cell, Context& context, WorkerCounters& counters) noexcept;

}  // namespace stet::detail
