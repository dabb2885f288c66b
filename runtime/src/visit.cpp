// runtime/src/visit.cpp - turns, one after the other, and an actor's end.
#include "visit.hpp"

#include <exception>
#include <string>
#include <utility>

#include "core.hpp"
#include "family.hpp"
#include "flow.hpp"
#include "held_mail.hpp"

namespace stet::detail {
namespace {

// The system lane is closed with this mark: what comes later is discarded by its sender.
SystemMessage* closed_lane() noexcept {
  return reinterpret_cast<SystemMessage*>(std::uintptr_t{1});
}

void run_system_lane(Cell& cell) noexcept {
  // acquire: pairs with deliver_system().
  SystemMessage* chain = cell.system.exchange(nullptr, std::memory_order_acquire);
  STET_ASSERT(chain != closed_lane());
  chain = reverse_chain(chain);
  while (chain != nullptr) {
    SystemMessage* message = chain;
    chain = chain->next;
    message->run(message, cell);
  }
}

void discard_system_lane(Cell& cell) noexcept {
  // acq_rel: acquire as in run_system_lane(); release so that a sender that finds the mark sees the
  // actor's end.
  SystemMessage* chain = cell.system.exchange(closed_lane(), std::memory_order_acq_rel);
  chain = reverse_chain(chain);
  while (chain != nullptr) {
    SystemMessage* message = chain;
    chain = chain->next;
    message->discard(message, cell);
  }
}

// The turn failed: nothing of it counts, and its actor ends or is made again.
void fail_turn(Cell& cell, Context& context, WorkerCounters& counters, std::string_view message,
               Errc code, std::string_view why) noexcept {
  static_cast<void>(end_turn(context, false));
  counters.throws.add(1);
  try {
    fail_actor(cell, message, Error(code, std::string(why)));
  } catch (...) {
    fail_actor(cell, message, Error(code));  // No memory for the text.
  }
}

// Apart from the turn itself, whose way is so kept short.
[[gnu::noinline, gnu::cold]] void fail_by_throw(Cell& cell, Context& context,
                                                WorkerCounters& counters,
                                                std::string_view message) noexcept {
  try {
    throw;
  } catch (const std::exception& error) {
    fail_turn(cell, context, counters, message, Errc::handler_threw, error.what());
  } catch (...) {
    fail_turn(cell, context, counters, message, Errc::handler_threw,
              "it threw what is no std::exception");
  }
}
[[gnu::noinline, gnu::cold]] void fail_by_refusal(Cell& cell, Context& context,
                                                  WorkerCounters& counters,
                                                  std::string_view message) noexcept {
  fail_turn(cell, context, counters, message, Errc::rolled_back, "its changes were rolled back");
}

// Runs `body` as a turn. True: it is kept.
template <class Body>
[[gnu::always_inline]] inline bool run_turn(Cell& cell, Context& context, WorkerCounters& counters,
                                            std::string_view message, Body&& body) noexcept {
  try {
    body();
    const bool stands = context.participants == nullptr || end_turn(context, true);
    if (stands && !std::exchange(context.refused, false)) [[likely]] {
      return true;
    }
    fail_by_refusal(cell, context, counters, message);
  } catch (...) {
    fail_by_throw(cell, context, counters, message);
  }
  return false;
}

// Runs the turn and destroys the message; its block stays. True: the turn was kept.
[[gnu::always_inline]] inline bool handle_in_place(Cell& cell, Envelope* envelope, Context& context,
                                                   WorkerCounters& counters) noexcept {
  context.activity->begin_turn(*envelope->ops);
  const bool kept = run_turn(cell, context, counters, envelope->ops->message_name,
                             [&] { envelope->ops->invoke(cell, *envelope); });
  if (context.observer != nullptr) [[unlikely]]
    context.observer->on_turn_end(cell, *envelope, kept);
  if (!kept && envelope->reply != nullptr) [[unlikely]] {
    envelope->stamp = 0;  // It has had its turn.
    empty(cell.core(), *envelope, Error(Errc::handler_threw));
    return false;
  }
  // As empty(), for the usual case: nobody waits for an answer any more.
  STET_ASSERT(envelope->reply == nullptr);
  if (envelope->ops->destroy != nullptr) envelope->ops->destroy(*envelope);
  return kept;
}

void free_block(Envelope* envelope, Context& context) noexcept {
  context.cache->release(envelope, envelope->ops->bytes, BlockKind::message);
}

// True: the turn was kept.
bool handle(Cell& cell, Envelope* envelope, Context& context, WorkerCounters& counters) noexcept {
  if (context.observer != nullptr && !context.observer->on_turn_begin(cell, *envelope))
      [[unlikely]] {
    undeliverable(cell, envelope, Error(Errc::receiver_gone, "dropped on purpose"));
    return true;
  }
  const bool kept = handle_in_place(cell, envelope, context, counters);
  free_block(envelope, context);
  return kept;
}

// Handles the answers among fresh mail (newest first) and holds the rest. Bounded by the mail that
// is there now.
std::uint32_t handle_answers_only(Cell& cell, Envelope* fresh, Context& context,
                                  WorkerCounters& counters, bool& failed) noexcept {
  if (!cell.held) {
    // The wait is new: there may be answers in what was taken before.
    hold(cell, fresh);
    fresh = std::exchange(cell.pending, nullptr);
  }
  Envelope* answers = nullptr;  // Oldest first.
  Envelope* users = nullptr;
  Envelope** end = &users;
  while (fresh != nullptr) {
    Envelope* envelope = fresh;
    fresh = fresh->next;
    if (envelope->ops->passes_pause) {
      envelope->next = answers;
      answers = envelope;
    } else {
      *end = envelope;
      end = &envelope->next;
    }
  }
  *end = cell.pending;
  cell.pending = users;
  std::uint32_t handled = 0;
  while (answers != nullptr) {
    Envelope* envelope = answers;
    answers = envelope->next;
    if (cell.stopping) {  // Disposed of with the rest.
      envelope->next = cell.pending;
      cell.pending = envelope;
      continue;
    }
    failed = !handle(cell, envelope, context, counters) || failed;
    ++handled;
  }
  return handled;
}

void dispose_mail(Cell& cell, Envelope* chain, const Error& why) noexcept {
  cell.pending = chain;
  while (Envelope* const envelope = next_mail(cell)) undeliverable(cell, envelope, why);
}

void end_actor(Cell& cell) noexcept {
  Core& core = cell.core();
  CellExtra* const extra = cell.extra();
  const Error why =
      extra != nullptr && extra->stillborn ? *extra->stillborn : Error(Errc::receiver_gone);
  if (cell.exit == ExitKind::normal && core.is_closed()) cell.exit = ExitKind::shutdown;
  let_go(cell, cell.mailbox.close());
  Envelope* waiting = std::exchange(cell.pending, nullptr);
  if (cell.object != nullptr) {
    cell.type->destroy(cell);
    cell.object = nullptr;
  }
  if (extra != nullptr) extra->attachments.reset();
  discard_system_lane(cell);
  dispose_mail(cell, waiting, why);
  if (Observer* const observer = core.observer()) observer->on_end(cell);
  tell_ended(cell);
  const bool service = cell.service;
  release(&cell);
  if (service) core.service_ended();
  core.actor_ended();
}

// Nothing is to be looked after but what is in the mailbox and in the system lane.
bool has_only_mail(const Cell& cell) noexcept {
  return !cell.stopping && cell.born && !cell.held && !cell.flow && cell.pauses == 0 &&
         cell.pending == nullptr;
}

// The one message that waits, where it may be handled without being taken.
Envelope* mail_in_place(Cell& cell, const Context& context) noexcept {
  if (!has_only_mail(cell) || cell.type->drained != nullptr || context.observer != nullptr) {
    return nullptr;
  }
  Envelope* const only = cell.mailbox.peek_only();
  // After the look at the mailbox, as in go_on(). acquire: as there.
  if (cell.system.load(std::memory_order_acquire) != nullptr) [[unlikely]]
    return nullptr;
  return only;
}

// What a visit has come to.
struct Progress {
  Envelope* fresh = nullptr;  // Taken, newest first.
  std::uint32_t handled = 0;
  bool failed = false;
};

void begin(Cell& cell, Context& context) noexcept {
  context.running = &cell;
  context.activity->begin_visit(cell, *cell.type);
}
void end(Context& context) noexcept {
  context.running = nullptr;
  context.activity->end_visit();
}

// All that a visit may be; the usual one, of one message, has a way of its own.
[[gnu::noinline]] Visit go_on(Cell& cell, Context& context, const VisitLimits& limits,
                              WorkerCounters& counters, Progress so_far) noexcept {
  context.in_place = nullptr;
  Envelope* const fresh = so_far.fresh;
  std::uint32_t handled = so_far.handled;
  bool failed = so_far.failed;
  // After the take, never before: a take answers the ring() of deliver_system(), so a message whose
  // bell it has swallowed must be found here. One that comes later is found after the next turn, or
  // rings and so prevents parking. acquire: pairs with deliver_system().
  if (cell.system.load(std::memory_order_acquire) != nullptr) [[unlikely]] {
    context.fresh = fresh;
    run_system_lane(cell);
    context.fresh = nullptr;
  }
  if (!cell.stopping && holds_user_mail(cell)) [[unlikely]] {
    handled += handle_answers_only(cell, fresh, context, counters, failed);
  } else {
    let_go(cell, fresh);
  }
  // What has come while a message was handled in place is for another visit.
  if (!cell.stopping && !holds_user_mail(cell) && !cell.held && so_far.handled == 0) {
    const std::chrono::nanoseconds ends = limits.time_max.count() == 0
                                              ? std::chrono::nanoseconds::max()
                                              : cell.core().now() + limits.time_max;
    while (Envelope* const envelope = next_mail(cell)) {
      failed = !handle(cell, envelope, context, counters);
      ++handled;
      // relaxed: a hint between turns; see the acquire above.
      if (cell.system.load(std::memory_order_relaxed) != nullptr) [[unlikely]] {
        run_system_lane(cell);
      }
      if (cell.stopping || holds_user_mail(cell)) [[unlikely]]
        break;
      if (handled >= limits.messages_max) break;
      // The clock is read every eighth message: a limit on time is for fairness, not for precision.
      if (limits.time_max.count() != 0 && handled % 8 == 0 && cell.core().now() >= ends) {
        break;
      }
    }
  }
  // Also before an orderly stop: what was gathered from the last mail is not to be lost.
  if (cell.type->drained != nullptr && cell.pending == nullptr && handled != 0 && cell.born &&
      !failed && !(cell.flow && waits_elsewhere(cell))) {
    run_turn(cell, context, counters, "on_drained", [&] { cell.type->drained(cell); });
  }
  end(context);
  counters.visits.add(1);
  counters.messages.add(handled);
  if (cell.stopping) [[unlikely]] {
    if (may_end(cell)) {
      end_actor(cell);
      return Visit::ended;
    }
    // Its children come first; nobody will handle its mail meanwhile.
    let_go(cell, nullptr);
    dispose_mail(cell, std::exchange(cell.pending, nullptr), Error(Errc::receiver_gone));
  } else if (!cell.born) [[unlikely]] {
    settle(cell);
  }
  if (cell.flow && !holds_user_mail(cell) && waits_elsewhere(cell)) [[unlikely]]
    return Visit::again;
  // Not held yet: there may be answers among it.
  if (cell.pending != nullptr && !(holds_user_mail(cell) && cell.held)) return Visit::again;
  return cell.mailbox.try_park() ? Visit::parked : Visit::again;
}

// True: parked. Else there is more, and it has been taken.
bool visit_in_place(Cell& cell, Envelope* only, Context& context, WorkerCounters& counters,
                    Progress& progress) noexcept {
  context.in_place = only;
  progress.failed = !handle_in_place(cell, only, context, counters);
  progress.handled = 1;
  // relaxed: what comes now rings, and so keeps the actor from being parked.
  if (has_only_mail(cell) && cell.system.load(std::memory_order_relaxed) == nullptr) [[likely]] {
    end(context);
    if (cell.mailbox.try_park_after(only)) [[likely]] {
      // The cell may be another's from here on; the block and the counters are this thread's.
      free_block(only, context);
      counters.visits.add(1);
      counters.messages.add(1);
      return true;
    }
    begin(cell, context);
  }
  progress.fresh = cell.mailbox.take_rest(only);
  free_block(only, context);
  return false;
}

}  // namespace

Visit visit(Cell& cell, Context& context, const VisitLimits& limits,
            WorkerCounters& counters) noexcept {
  cell.mailbox.acquire();
  if (cell.fresh) [[unlikely]]
    cell.fresh = false;
  begin(cell, context);
  context.observer = context.core->observer();
  Progress progress;
  if (Envelope* const only = mail_in_place(cell, context)) {
    if (visit_in_place(cell, only, context, counters, progress)) [[likely]]
      return Visit::parked;
  } else if (cell.pending == nullptr || holds_user_mail(cell)) {
    // While user messages wait, also behind them: an answer may have come.
    progress.fresh = cell.mailbox.take_all();
    if (cell.flow) [[unlikely]]
      note_taken(cell);
  }
  return go_on(cell, context, limits, counters, progress);
}

void visit_wake(Cell& cell, Context& context, WorkerCounters& counters) noexcept {
  if (!cell.born || cell.stopping || cell.type->wake == nullptr) return;
  context.in_place = nullptr;
  context.running = &cell;
  run_turn(cell, context, counters, "on_wake", [&] { cell.type->wake(cell); });
  context.running = nullptr;
  counters.messages.add(1);
}

void deliver_system(Cell& cell, SystemMessage* message) noexcept {
  // relaxed: a first guess.
  SystemMessage* top = cell.system.load(std::memory_order_relaxed);
  for (;;) {
    if (top == closed_lane()) {
      message->discard(message, cell);
      return;
    }
    message->next = top;
    // release: pairs with run_system_lane(). relaxed on failure: only compared.
    if (cell.system.compare_exchange_weak(top, message, std::memory_order_release,
                                          std::memory_order_relaxed)) {
      break;
    }
  }
  if (cell.mailbox.ring() == Mailbox::Pushed::must_schedule) schedule(cell);
}

}  // namespace stet::detail
