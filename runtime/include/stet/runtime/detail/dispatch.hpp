// stet/runtime/detail/dispatch.hpp - from an envelope to the handler, decided at compile time.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include <stet/runtime/actor.hpp>
#include <stet/runtime/detail/cell.hpp>
#include <stet/runtime/detail/type_name.hpp>

namespace stet::detail {

template <class M>
struct TypedEnvelope : Envelope {
  template <class... Args>
  TypedEnvelope(const EnvelopeOps* what, ReplySlot* answer, Args&&... args)
      : Envelope{nullptr, what, answer}, message(std::forward<Args>(args)...) {}
  M message;
};

template <class A>
A& object_of(Cell& cell) noexcept {
  return *static_cast<A*>(cell.object);
}

[[nodiscard]] inline bool turn_has_participants() noexcept {
  return current_context->participants != nullptr;
}

// A handler's answer leaves after the turn's participants have been told, so that who gets it finds
// what the turn changed. Where one of them refuses, that is the answer.
template <class Reply>
void end_turn_before(Result<Reply>& answer) {
  if (turn_has_participants() && !end_turn(*current_context, true)) [[unlikely]] {
    answer = Error(Errc::rolled_back);
    current_context->refused = true;
  }
}

template <class A, class M>
struct Dispatch {
  static void invoke(Cell& cell, Envelope& envelope) {
    A& actor = object_of<A>(cell);
    M& message = static_cast<TypedEnvelope<M>&>(envelope).message;
    if constexpr (Question<M>) {
      using Reply = ReplyOf<M>;
      if constexpr (Access::deferred<A, M>) {
        Access::handle(actor, std::move(message),
                       Promise<M>(std::exchange(envelope.reply, nullptr)));
      } else {
        using Returned = decltype(Access::handle(actor, std::move(message)));
        static_assert(
            std::is_convertible_v<Returned, Reply> ||
                std::is_convertible_v<Returned, Result<Reply>>,
            "stet: a handler must return its message's Reply, a Result of it, or take a Promise");
        Result<Reply> result(Access::handle(actor, std::move(message)));
        end_turn_before(result);
        Promise<M>(std::exchange(envelope.reply, nullptr)).set(std::move(result));
      }
    } else {
      Access::handle(actor, std::move(message));
    }
  }
  static void destroy(Envelope& envelope) noexcept {
    std::destroy_at(&static_cast<TypedEnvelope<M>&>(envelope).message);
  }
  static constexpr EnvelopeOps ops{&invoke,
                                   std::is_trivially_destructible_v<M> ? nullptr : &destroy,
                                   sizeof(TypedEnvelope<M>), false, type_name<M>()};
};

// Shows a message to the System's observer, if there is one.
void show_to_observer(Core& core, Envelope& envelope) noexcept;
inline void made(Core& core, Envelope& envelope) noexcept {
  const Context* const context = current_context;
  // A thread that runs no actors knows no observer before it asks.
  if (context == nullptr || context->observer != nullptr) [[unlikely]]
    show_to_observer(core, envelope);
}

// An envelope that is a TypedEnvelope or more. Throws std::bad_alloc, and what the message's
// constructor throws.
template <class E, class... Args>
E* make_envelope_of(Core& core, const EnvelopeOps* ops, Args&&... args) {
  static_assert(alignof(E) <= BlockCache::granule_bytes,
                "stet: a message may be aligned to 64 bytes at most");
  void* memory = allocate_block(core, sizeof(E), BlockKind::message);
  E* envelope = nullptr;
  if constexpr (std::is_nothrow_constructible_v<decltype(E::message), Args...>) {
    envelope = ::new (memory) E(ops, nullptr, std::forward<Args>(args)...);
  } else {
    try {
      envelope = ::new (memory) E(ops, nullptr, std::forward<Args>(args)...);
    } catch (...) {
      release_block(core, memory, sizeof(E), BlockKind::message);
      throw;
    }
  }
  made(core, *envelope);
  return envelope;
}
template <class M, class... Args>
Envelope* make_envelope(Core& core, const EnvelopeOps* ops, Args&&... args) {
  return make_envelope_of<TypedEnvelope<M>>(core, ops, std::forward<Args>(args)...);
}

}  // namespace stet::detail
