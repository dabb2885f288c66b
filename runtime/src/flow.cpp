// runtime/src/flow.cpp - mail that does not simply wait in line.
#include "flow.hpp"

#include <algorithm>
#include <utility>

#include <stet/runtime/detail/host_wait.hpp>
#include <stet/runtime/receive_timeout.hpp>

#include "core.hpp"
#include "futex.hpp"
#include "later.hpp"

namespace stet::detail {
namespace {

constexpr std::uint32_t unlimited = UINT32_MAX;

std::uint32_t capacity_of(const Flow& flow) noexcept {
  return flow.limit.capacity == 0 ? unlimited : flow.limit.capacity;
}

Flow& limited_flow(const Cell& cell) noexcept {
  STET_ASSERT(cell.limited);
  return *cell.extra()->flow;
}

// After a step of the level, and outside of everything: the hook may send.
void tell(const Cell& cell, const Flow& flow, const MailLevel::Step& step) noexcept {
  if (!step.passed || !flow.limit.on_level) return;
  flow.limit.on_level(MailboxLevel{cell.type->name, cell.name(), step.waiting,
                                   (step.number & 1) != 0, step.number});
}

// A counted message has left.
void lower(const Cell& cell, Flow& flow) noexcept {
  const MailLevel::Step step = flow.level.lower();
  // seq_cst: after the level's; see wait_for_place().
  if (flow.waiters.load(std::memory_order_seq_cst) != 0) [[unlikely]] {
    // release: pairs with wait_for_place(), which so finds the place on its next look.
    flow.room.fetch_add(1, std::memory_order_release);
    Futex::wake_all(flow.room);
  }
  tell(cell, flow, step);
}

// A counted message goes for want of room.
void drop(Cell& cell, Flow& flow, Envelope* envelope) noexcept {
  // relaxed: a number for who looks.
  flow.dropped.fetch_add(1, std::memory_order_relaxed);
  undeliverable(cell, envelope, Error(Errc::mailbox_full));
}

// Waits until one more counts. False: not on this thread, or not in time.
MailLevel::Step wait_for_place(const Cell& cell, Flow& flow) noexcept {
  const std::uint32_t capacity = capacity_of(flow);
  MailLevel::Step step{};
  if (!HostWait::allowed()) return step;
  if (Stepper* const stepper = cell.core().stepper.get()) {
    // Bounded: by what there is to step; time stands still.
    while (!step.done && !stepper->is_advancing() && stepper->step()) {
      step = flow.level.try_raise(capacity);
    }
    return step;
  }
  const auto now = [] { return std::chrono::steady_clock::now().time_since_epoch(); };
  const auto deadline = later(now(), flow.limit.wait_max);
  if (HostLoop* const loop = cell.core().host_loop.get(); loop != nullptr && loop->is_here()) {
    // Bounded: by what is ready, and in time. Who would make room runs on this thread.
    while (!step.done && now() < deadline && loop->run_one()) {
      step = flow.level.try_raise(capacity);
    }
    return step;
  }
  // seq_cst: this comes before the look at the level in try_raise(), and lower() looks here after
  // it has lowered: one of the two sees the other.
  flow.waiters.fetch_add(1, std::memory_order_seq_cst);
  for (;;) {
    // acquire: pairs with lower().
    const std::uint32_t seen = flow.room.load(std::memory_order_acquire);
    step = flow.level.try_raise(capacity);
    if (step.done) break;
    const std::chrono::nanoseconds left = deadline - now();
    if (left.count() <= 0) break;
    Futex::wait(flow.room, seen, left);
  }
  // relaxed: at worst somebody wakes nobody.
  flow.waiters.fetch_sub(1, std::memory_order_relaxed);
  return step;
}

// Answers closed as Mailbox::push() does.
bool push(Cell& cell, Envelope* envelope) noexcept {
  switch (cell.mailbox.push(envelope)) {
    case Mailbox::Pushed::queued: return true;
    case Mailbox::Pushed::must_schedule: schedule(cell); return true;
    case Mailbox::Pushed::closed: return false;
  }
  return false;
}

std::optional<Errc> put_into_ring(Cell& cell, Flow& flow, Envelope* envelope) noexcept {
  // Before the node is there, so that the count is never below what waits.
  const MailLevel::Step step = flow.level.try_raise(unlimited);
  const DropRing::Put put = flow.ring->put(envelope);
  if (put.replaced != nullptr) {
    lower(cell, flow);
    drop(cell, flow, put.replaced);
  }
  switch (cell.mailbox.ring()) {
    case Mailbox::Pushed::queued: break;
    case Mailbox::Pushed::must_schedule: schedule(cell); break;
    case Mailbox::Pushed::closed: {
      Envelope* const back = flow.ring->take_back(put.ticket);
      if (back == nullptr) break;  // Somebody else has disposed of it.
      lower(cell, flow);
      // Not by its address alone: that may be another's by now.
      if (DropRing::ticket_of(*back) == put.ticket) return Errc::receiver_gone;
      undeliverable_closed(cell, back);
      break;
    }
  }
  tell(cell, flow, step);
  return std::nullopt;
}

std::uint32_t ring_places(const MailboxLimit& limit) noexcept {
  if (limit.when_full != WhenFull::drop_oldest) return 0;
  return std::min(limit.capacity, Flow::ring_places_max);
}

bool waits_in_ring(const Flow& flow) noexcept {
  return flow.ring != nullptr && !flow.ring->has_passed(flow.ring->drawn());
}

}  // namespace

Flow::Flow(const MailboxLimit& given)
    : limit(given),
      places(ring_places(given) == 0
                 ? nullptr
                 : std::make_unique<Atomic<std::uintptr_t>[]>(ring_places(given))),
      ring(places == nullptr ? nullptr
                             : std::make_unique<DropRing>(places.get(), ring_places(given))),
      level(given.high, given.low) {}

void FlowDeleter::operator()(Flow* flow) const noexcept { delete flow; }

FlowPointer make_flow(const MailboxLimit& limit) {
  if (limit.capacity == 0 && limit.high == 0) return nullptr;
  return FlowPointer(new Flow(limit));
}

Flow& flow_of(Cell& cell) {
  CellExtra& extra = cell.make_extra();
  if (extra.flow == nullptr) extra.flow.reset(new Flow(MailboxLimit{}));
  return *extra.flow;
}

std::optional<Errc> offer_limited(Cell& cell, Envelope* envelope, bool may_wait) noexcept {
  if (!is_user_mail(*envelope)) {
    if (push(cell, envelope)) return std::nullopt;
    return Errc::receiver_gone;
  }
  Flow& flow = limited_flow(cell);
  if (flow.ring != nullptr) return put_into_ring(cell, flow, envelope);
  MailLevel::Step step = flow.level.try_raise(capacity_of(flow));
  if (!step.done) {
    if (cell.mailbox.is_closed()) return Errc::receiver_gone;
    if (flow.limit.when_full == WhenFull::drop_newest) {
      drop(cell, flow, envelope);
      return std::nullopt;
    }
    if (flow.limit.when_full == WhenFull::wait && may_wait) step = wait_for_place(cell, flow);
    if (!step.done) return Errc::mailbox_full;
  }
  if (!push(cell, envelope)) {
    lower(cell, flow);
    return Errc::receiver_gone;
  }
  tell(cell, flow, step);
  return std::nullopt;
}

void deliver_limited(Cell& cell, Envelope* envelope) noexcept {
  if (const std::optional<Errc> refused = offer_limited(cell, envelope, true)) {
    undeliverable(cell, envelope, Error(*refused));
  }
}

Envelope* next_mail_by_flow(Cell& cell) noexcept {
  Flow& flow = *cell.extra()->flow;
  Envelope* envelope = flow.front_first;
  if (envelope != nullptr) {
    flow.front_first = envelope->next;
    if (flow.front_first == nullptr) {
      flow.front_last = nullptr;
      cell.flow = cell.limited || flow.watch != nullptr;
    }
  }
  if (envelope == nullptr && flow.ring != nullptr &&
      (cell.pending == nullptr || !flow.ring->has_passed(flow.ring_before))) {
    envelope = flow.ring->take([&](Envelope* late) {
      lower(cell, flow);
      drop(cell, flow, late);
    });
    if (envelope != nullptr) lower(cell, flow);
  }
  if (envelope == nullptr) {
    envelope = cell.pending;
    if (envelope == nullptr) return nullptr;
    cell.pending = envelope->next;
    if (cell.limited && flow.ring == nullptr && is_user_mail(*envelope)) lower(cell, flow);
  }
  if (flow.watch != nullptr && flow.watch->is_mail(*envelope)) {
    flow.last_mail = cell.core().now();
  }
  return envelope;
}

void note_taken(Cell& cell) noexcept {
  Flow& flow = *cell.extra()->flow;
  if (flow.ring != nullptr) flow.ring_before = flow.ring->drawn();
}

bool waits_elsewhere(const Cell& cell) noexcept {
  const Flow& flow = *cell.extra()->flow;
  return flow.front_first != nullptr || waits_in_ring(flow);
}

void put_in_front(Cell& cell, Envelope* first, Envelope* last, std::uint32_t count) noexcept {
  if (first == nullptr) return;
  if (cell.limited && limited_flow(cell).ring != nullptr) {
    Flow& flow = limited_flow(cell);
    last->next = nullptr;
    (flow.front_first == nullptr ? flow.front_first : flow.front_last->next) = first;
    flow.front_last = last;
    return;
  }
  if (cell.held) {
    // Newest first while user mail waits; the next visit turns it round again.
    cell.pending = reverse_chain(cell.pending);
    cell.held = false;
  }
  last->next = cell.pending;
  cell.pending = first;
  for (; cell.limited && count > 0; --count) {
    Flow& flow = limited_flow(cell);
    tell(cell, flow, flow.level.try_raise(unlimited));
  }
}

MailboxState mailbox_state(const Cell& cell) noexcept {
  if (!cell.limited) return {};
  const Flow& flow = limited_flow(cell);
  // relaxed: numbers for who looks.
  return {flow.level.waiting(), flow.limit.capacity, flow.level.is_high(),
          flow.dropped.load(std::memory_order_relaxed)};
}

}  // namespace stet::detail
