// runtime/src/orders.hpp - what a parent tells a child.
//
// Threads    The parent's, or whoever owns the child already.
#pragma once

#include <cstdint>

#include <stet/runtime/detail/cell.hpp>

namespace stet::detail {

enum class HowToEnd : std::uint8_t {
  after_mail,  // One that has just failed ends at once all the same.
  now,
  failed,  // At once, for what it failed of.
};

// Starts are numbered; 1 is the first.
void tell_start(Cell& child, std::uint32_t start) noexcept;
// Be down, if this is your last start: a report follows.
void tell_reset(Cell& child, std::uint32_t start) noexcept;
void tell_end(Cell& child, HowToEnd how) noexcept;

}  // namespace stet::detail
