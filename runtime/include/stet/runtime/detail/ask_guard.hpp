// stet/runtime/detail/ask_guard.hpp - what stands between a question and its answer where it has a
// deadline or is exclusive.
//
// The receiver gets the guard as its reply slot; the guard hands on to the asker whatever comes
// first: the answer, or that the time is up. What comes second ends here, and reaches no mailbox.
//
// Threads    Any: the answer, the deadline and delegate() may meet.
// Progress   Lock-free but for memory, as timers are.
// Ownership  Counted (it is a timer): the reply slot holds one, the wheel one while it is armed.
//            Who decides takes the asker's continuation and the edge; the last holder frees this.
#pragma once

#include <chrono>
#include <cstdint>

#include <stet/runtime/detail/cell.hpp>
#include <stet/runtime/detail/timer_node.hpp>

namespace stet::detail {

struct AskTerms {
  // How long the answer may take; max(): as long as it likes.
  std::chrono::nanoseconds within = std::chrono::nanoseconds::max();
  bool exclusive = false;
  bool urgent = false;
};

// Sends a question whose answer goes to the slot, which is an actor's, under these terms. Where the
// asker's own turn must be known (exclusive) it is running. Takes question and slot. False: there
// was no memory, nothing was sent or taken.
[[nodiscard]] bool ask_guarded(Cell& asker, Cell& receiver, Envelope* question, ReplySlot& answer,
                               const AskTerms& terms) noexcept;

// Sends a question by the urgent lane, see urgent.hpp. Takes it; without memory the answer says so.
void deliver_urgent_question(Cell& receiver, Envelope* question) noexcept;

// Sends a question that somebody else has been asked, to be answered in his place. Takes both.
void delegate_to(Cell& receiver, Envelope* question, ReplySlot* answer) noexcept;

// Owner only, in a turn. An exclusive question begins; its number. Throws std::bad_alloc.
[[nodiscard]] std::uint32_t begin_await(Cell& cell);
// It has ended; does nothing if it was forgotten meanwhile.
void end_await(Cell& cell, std::uint32_t life) noexcept;
// For an answer that was dropped unheard, by whatever thread: only its own actor goes on.
void end_await_unheard(Cell* cell, std::uint32_t life) noexcept;
// Owner only. The object is discarded and another takes its place: user messages wait no longer.
void forget_awaits(Cell& cell) noexcept;

}  // namespace stet::detail
