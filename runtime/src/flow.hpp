// runtime/src/flow.hpp - mail that does not simply wait in line: bounded, counted, urgent, watched.
//
// Only actors that asked for one of these have a Flow; all others pay one bit that the worker reads
// in a byte it reads anyway, and one that the sender reads beside the mailbox.
//
// Threads    limit: constant. level, dropped, room, waiters, ring: any. The rest: the owner.
// Ownership  With the CellExtra of its cell, from birth where there is a limit.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include <stet/runtime/detail/cell.hpp>
#include <stet/runtime/mailbox_limit.hpp>

#include "drop_ring.hpp"
#include "mail_level.hpp"

namespace stet::detail {

class SilenceWatch;
using DropRing = BasicDropRing<Envelope>;

struct Flow {
  static constexpr std::uint32_t ring_places_max = 1U << 20;

  explicit Flow(const MailboxLimit& given);
  Flow(const Flow&) = delete;
  Flow& operator=(const Flow&) = delete;

  const MailboxLimit limit;
  const std::unique_ptr<Atomic<std::uintptr_t>[]> places;
  const std::unique_ptr<DropRing> ring;  // Only for drop_oldest: counted mail waits in it.
  MailLevel level;
  Atomic<std::uint64_t> dropped{0};
  Atomic<std::uint32_t> room{0};     // A futex: changes when a place has come free for waiters.
  Atomic<std::uint32_t> waiters{0};  // Host threads under WhenFull::wait.

  Envelope* front_first = nullptr;  // Urgent mail, in order; handled before all else.
  Envelope* front_last = nullptr;
  std::uint64_t ring_before = 0;  // Tickets below it come before what is pending.
  SilenceWatch* watch = nullptr;  // Of the actor's object; wants to know when mail was last begun.
  std::chrono::nanoseconds last_mail{0};
};

// nullptr: this limits nothing. Throws std::bad_alloc.
[[nodiscard]] FlowPointer make_flow(const MailboxLimit& limit);
// Owner only. Throws std::bad_alloc.
Flow& flow_of(Cell& cell);

// Does this envelope count against its receiver's bound?
[[nodiscard]] inline bool is_user_mail(const Envelope& envelope) noexcept {
  const EnvelopeOps& ops = *envelope.ops;
  return !ops.passes_pause && !ops.message_name.empty() && !ops.is_signal;
}

[[nodiscard]] Envelope* next_mail_by_flow(Cell& cell) noexcept;
// The owner takes the next envelope to handle; nullptr: none waits that was taken.
[[nodiscard]] inline Envelope* next_mail(Cell& cell) noexcept {
  if (cell.flow) [[unlikely]]
    return next_mail_by_flow(cell);
  Envelope* const envelope = cell.pending;
  if (envelope == nullptr) return nullptr;
  cell.pending = envelope->next;
  __builtin_prefetch(envelope->next);
  return envelope;
}
// The owner has just taken all mail.
void note_taken(Cell& cell) noexcept;
// Does mail wait elsewhere than in the mailbox and in `pending`? Requires cell.flow. Owner only.
[[nodiscard]] bool waits_elsewhere(const Cell& cell) noexcept;

// Puts a chain in front of what waits, behind urgent mail. Owner only.
void put_in_front(Cell& cell, Envelope* first, Envelope* last, std::uint32_t count) noexcept;

}  // namespace stet::detail
