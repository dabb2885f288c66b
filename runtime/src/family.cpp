// runtime/src/family.cpp - failing, ending and being made again: the actor's own side.
#include "family.hpp"

#include <exception>
#include <string>
#include <utility>

#include "core.hpp"

namespace stet {

std::string_view to_string(ExitKind kind) noexcept {
  switch (kind) {
    case ExitKind::normal: return "normal";
    case ExitKind::failed: return "failed";
    case ExitKind::killed: return "killed";
    case ExitKind::shutdown: return "shutdown";
  }
  return "unknown";
}

std::string ExitReason::message() const {
  std::string text(to_string(kind));
  if (kind == ExitKind::failed) text.append(": ").append(error.message());
  return text;
}

namespace detail {
namespace {

bool has_children(const Family& family) noexcept {
  return family.brood != nullptr && family.brood->living != 0;
}

}  // namespace

void fall(Cell& cell, Family& family, const Error* failure) noexcept {
  STET_ASSERT(!family.falling && family.parent != nullptr);
  if (failure != nullptr) family.failure = *failure;
  family.falling = true;
  cell.born = false;
  // relaxed: only this thread writes it, and who reads it elsewhere compares it here.
  Atomic<std::uint32_t>& life = cell.extra()->life;
  life.store(life.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  if (has_children(family)) tell_children(family, Brood::Told::to_end);
}

void FamilyDelete::operator()(Family* family) const noexcept { delete family; }

Family& make_family(Cell& cell) {
  CellExtra& extra = cell.make_extra();
  if (extra.family == nullptr) extra.family.reset(new Family(cell));
  return *extra.family;
}

std::string called(const Cell& cell) {
  std::string text(cell.type->name);
  if (!cell.name().empty()) text.append(" '").append(cell.name()).append("'");
  return text;
}

void fail_actor(Cell& cell, std::string_view message, const Error& why) noexcept {
  Family* const family = family_of(cell);
  if (cell.stopping) {
    if (family != nullptr) family->reason = {ExitKind::failed, why};
    cell.exit = ExitKind::failed;
  } else if (family != nullptr && family->parent != nullptr) {
    if (family->falling) return;
    try {
      Error told = why;
      if (!message.empty()) told.text = "handling " + std::string(message) + ": " + why.text;
      fall(cell, *family, &told);
    } catch (...) {
      fall(cell, *family, &why);  // No memory for the longer text.
    }
    return;  // Its parent says what comes of it.
  } else {
    if (family != nullptr) family->reason = {ExitKind::failed, why};
    cell.exit = ExitKind::failed;
    cell.stopping = true;
  }
  try {
    std::string text(cell.type->name);
    if (!cell.name().empty()) text.append(" ").append(cell.name());
    text.append(" stops: ");
    if (!message.empty()) text.append("handling ").append(message).append(" failed: ");
    text.append(why.text);
    cell.core().log(LogLevel::error, "actor", text);
  } catch (...) {
    // No memory for a log line: the failure itself is reported to who asked all the same.
  }
}

void fail_outside(Cell& cell, const Error& why) noexcept { fail_actor(cell, "", why); }

void end_now(Cell& cell, ExitKind kind) noexcept {
  if (cell.exit != ExitKind::failed || !cell.stopping) cell.exit = kind;
  cell.stopping = true;
  if (Family* const family = family_of(cell)) family->gently = false;
}

bool may_end(Cell& cell) noexcept {
  Family* const family = family_of(cell);
  if (family == nullptr || !has_children(*family)) return true;
  const bool gently = cell.exit == ExitKind::normal || family->gently;
  tell_children(*family, gently ? Brood::Told::to_end_gently : Brood::Told::to_end);
  return false;
}

void destroy_object(Cell& cell) noexcept {
  Context* const context = current_context;
  Cell* const running = context == nullptr ? nullptr : std::exchange(context->running, nullptr);
  if (cell.object != nullptr) {
    cell.type->destroy(cell);
    cell.object = nullptr;
  }
  if (CellExtra* const extra = cell.extra()) extra->attachments.reset();
  if (context != nullptr) context->running = running;
}

void settle(Cell& cell) noexcept {
  Family* const family = family_of(cell);
  if (family == nullptr || !family->falling || has_children(*family)) return;
  family->falling = false;
  destroy_object(cell);
  forget_awaits(cell);
  // What the object has asked for comes to nothing; a pool actor cannot have asked.
  if (cell.type->wake != nullptr) {
    static_cast<void>(cell.executor->wake_at(cell, std::chrono::nanoseconds::max()));
  }
  cancel_watches(*family);
  family->brood.reset();  // Its successor says anew how it supervises.
  report_down(*family);
}

void tell_ended(Cell& cell) noexcept {
  Family* const family = family_of(cell);
  if (family == nullptr) return;
  family->reason.kind = cell.exit;
  cancel_watches(*family);
  tell_tied(*family, family->reason);
  tell_watchers(*family, family->reason);
  family->brood.reset();
  family->maker.reset();
  if (Cell* const parent = std::exchange(family->parent, nullptr)) {
    report_end(*family, *parent);
    release(parent);
  }
}

ExitReason reason_of_gone(Cell& cell) noexcept {
  // acquire: the caller has found the lane closed, perhaps without order; a later look at the same
  // word finds it closed too, and pairs with the closing, before which `exit` was written.
  static_cast<void>(cell.system.load(std::memory_order_acquire));
  return {cell.exit, Error(Errc::receiver_gone)};
}

void deliver_signal(Cell& cell, Envelope* envelope) noexcept {
  switch (cell.mailbox.push(envelope)) {
    case Mailbox::Pushed::queued: return;
    case Mailbox::Pushed::must_schedule: schedule(cell); return;
    case Mailbox::Pushed::closed:
      dispose(cell.core(), envelope, Error(Errc::receiver_gone));
      return;
  }
}

}  // namespace detail
}  // namespace stet
