// runtime/src/restart_timer.hpp - the pause before a restart.
//
// Threads    The parent's; it fires on any.
#pragma once

#include <chrono>
#include <cstdint>

#include <stet/runtime/detail/cell.hpp>
#include <stet/runtime/detail/timer_node.hpp>
#include <stet/runtime/supervision.hpp>

#include "family.hpp"

namespace stet::detail {

// Becomes a message to the parent when it fires.
struct RestartTimer : TimerNode, SystemMessage {
  RestartTimer(Cell& parent, Family* whose) noexcept;
  ~RestartTimer();
  Family* const child;  // Its cell is kept. nullptr: those that are restarted together.
};

// After `pause`, which is not 0, restart_due() is called in a visit of the parent.
[[nodiscard]] RestartTimer* start_timer(Cell& parent, Family* child,
                                        std::chrono::nanoseconds pause) noexcept;
// Forgets it; nothing happens if there is none. What has fired already is told by its address.
void stop_timer(RestartTimer*& timer) noexcept;
// supervisor.cpp.
void restart_due(Cell& parent, const RestartTimer& timer) noexcept;

// After this many failures in a row before this one. `random`: any 64 bits.
[[nodiscard]] std::chrono::nanoseconds backoff_pause(const Backoff& backoff, std::uint32_t failures,
                                                     std::uint64_t random) noexcept;
// The next number of this parent's own sequence; in a stepped system the seed decides it.
[[nodiscard]] std::uint64_t draw(const Cell& parent, std::uint64_t& state) noexcept;

}  // namespace stet::detail
