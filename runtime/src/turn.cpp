// runtime/src/turn.cpp - joining a turn, ending it, pausing its actor.
#include <stet/runtime/turn.hpp>

#include <stet/runtime/detail/cell.hpp>

#include "core.hpp"

namespace stet {
namespace detail {

bool end_turn(Context& context, bool kept) noexcept {
  bool stands = true;
  // Bounded: a participant joins once, and what it does here is no part of the turn.
  while (context.participants != nullptr) {
    TurnParticipant* participant = context.participants;
    context.participants = participant->next_;
    participant->joined_ = false;
    if (!participant->on_turn_end(kept && stands ? TurnOutcome::kept : TurnOutcome::discarded)) {
      stands = false;
    }
  }
  return stands;
}

namespace {

// Ends one pause on the actor's own thread.
struct EndPause : SystemMessage {
  EndPause() {
    run = [](SystemMessage* self, Cell& cell) noexcept {
      STET_ASSERT(cell.pauses > 0);
      --cell.pauses;
      delete static_cast<EndPause*>(self);
    };
    discard = [](SystemMessage* self, Cell&) noexcept { delete static_cast<EndPause*>(self); };
  }
};

}  // namespace
}  // namespace detail

bool Turn::active() noexcept {
  return detail::current_context != nullptr && detail::current_context->running != nullptr;
}

void Turn::join(TurnParticipant& participant) noexcept {
  STET_ASSERT(active());
  if (participant.joined_) return;
  participant.joined_ = true;
  participant.next_ = detail::current_context->participants;
  detail::current_context->participants = &participant;
}

ActorPause Turn::pause_actor() {
  STET_ASSERT(active());
  detail::Cell& cell = *detail::current_context->running;
  STET_ASSERT(cell.pauses < 255);
  auto* end = new detail::EndPause;
  ++cell.pauses;
  detail::retain(&cell);
  return ActorPause(&cell, end);
}

std::uintptr_t Turn::actor_id() noexcept {
  return active() ? reinterpret_cast<std::uintptr_t>(detail::current_context->running) : 0;
}

ActorAttachment* Turn::attachment(const void* key) noexcept {
  STET_ASSERT(active());
  const detail::CellExtra* const extra = detail::current_context->running->extra();
  if (extra == nullptr) return nullptr;
  ActorAttachment* found = extra->attachments.get();
  while (found != nullptr && found->key_ != key) found = found->next_.get();
  return found;
}

void Turn::attach(const void* key, std::unique_ptr<ActorAttachment> what) {
  STET_ASSERT(what != nullptr && attachment(key) == nullptr);
  std::unique_ptr<ActorAttachment>& first =
      detail::current_context->running->make_extra().attachments;
  what->key_ = key;
  what->next_ = std::move(first);
  first = std::move(what);
}

ActorPause& ActorPause::operator=(ActorPause&& other) noexcept {
  if (this != &other) {
    this->~ActorPause();
    ::new (this) ActorPause(std::move(other));
  }
  return *this;
}

ActorPause::~ActorPause() {
  if (cell_ == nullptr) return;
  detail::deliver_system(*cell_, end_);
  detail::release(cell_);
}

}  // namespace stet
