// runtime/src/urgent.cpp - mail that comes through the system lane, and waits in front.
#include <stet/runtime/urgent.hpp>

#include <stet/runtime/detail/ask_guard.hpp>

#include <memory>
#include <new>

#include "core.hpp"
#include "flow.hpp"

namespace stet::detail {
namespace {

struct UrgentMail : SystemMessage {
  explicit UrgentMail(Envelope* what) noexcept
      : SystemMessage{nullptr, &arrive, &lose}, mail(what) {}

  static void arrive(SystemMessage* message, Cell& cell) noexcept {
    Envelope* const envelope = take(message, cell);
    envelope->next = nullptr;
    try {
      Flow& flow = flow_of(cell);
      (flow.front_first == nullptr ? flow.front_first : flow.front_last->next) = envelope;
      flow.front_last = envelope;
      cell.flow = true;
    } catch (...) {
      // No memory to tell it from other mail: in front of that, if not behind other urgent mail.
      put_in_front(cell, envelope, envelope, 1);
    }
  }
  static void lose(SystemMessage* message, Cell& cell) noexcept {
    undeliverable_closed(cell, take(message, cell));
  }
  static Envelope* take(SystemMessage* message, Cell& cell) noexcept {
    auto* const self = static_cast<UrgentMail*>(message);
    Envelope* const envelope = self->mail;
    std::destroy_at(self);
    release_block(cell.core(), self, sizeof(UrgentMail), BlockKind::message);
    return envelope;
  }

  Envelope* const mail;
};

}  // namespace

void deliver_urgent(Cell& cell, Envelope* envelope) {
  void* memory = nullptr;
  try {
    memory = allocate_block(cell.core(), sizeof(UrgentMail), BlockKind::message);
  } catch (...) {
    dispose(cell.core(), envelope, Error(Errc::no_memory));
    throw;
  }
  deliver_system(cell, ::new (memory) UrgentMail(envelope));
}

void deliver_urgent_question(Cell& receiver, Envelope* question) noexcept {
  try {
    deliver_urgent(receiver, question);
  } catch (const std::bad_alloc&) {
    // Who asked has been told, by the envelope that is gone.
  }
}

}  // namespace stet::detail
