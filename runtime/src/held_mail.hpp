// runtime/src/held_mail.hpp - mail that was taken and waits: in order, or newest first while it is held.
//
// Threads    The owner of the cell.
#pragma once

#include <stet/runtime/detail/cell.hpp>

namespace stet::detail {

// User messages wait, answers do not.
[[nodiscard]] inline bool holds_user_mail(const Cell& cell) noexcept {
  return cell.pauses != 0 || !cell.born;
}

// Puts mail (newest first) behind what is pending, which is newest first from here on: so mail that
// comes while much waits costs no walk over it. Bounded by the mail given, and once by what waits.
inline void hold(Cell& cell, Envelope* fresh) noexcept {
  if (!cell.held) cell.pending = reverse_chain(cell.pending);
  cell.held = true;
  if (fresh == nullptr) return;
  Envelope* oldest = fresh;
  while (oldest->next != nullptr) oldest = oldest->next;
  oldest->next = cell.pending;
  cell.pending = fresh;
}

// Pending mail in order again, with what is fresh (newest first) at its end.
inline void let_go(Cell& cell, Envelope* fresh) noexcept {
  if (cell.pending == nullptr) [[likely]] {
    cell.pending = reverse_chain(fresh);
  } else if (cell.held || fresh != nullptr) {
    hold(cell, fresh);
    cell.pending = reverse_chain(cell.pending);
  }
  cell.held = false;
}

}  // namespace stet::detail
