// stet/runtime/actor.hpp - the handlers an application writes.
//
//   class Counter : public stet::Actor<Counter> {
//    public:
//     void handle(Add message) { value_ += message.amount; }
//     std::int64_t handle(Read) { return value_; }          // struct Read { using Reply = ...; };
//     void handle(Slow message, stet::Promise<Slow> answer);  // answers later
//    private:
//     std::int64_t value_ = 0;
//   };
//
// The set of messages is the set of overloads: sending anything else does not compile. An overload
// takes exactly its message, never one that merely converts to it. Handlers may be private when the
// actor says `friend stet::Access;`.
//
// Threads    Handlers of one actor never run at the same time, and each sees what the one before
//            wrote; on which worker they run may change.
// Errors     A handler may throw anything: its actor stops, who asked gets Errc::handler_threw,
//            what the turn had sent stays sent, others go on.
// Hooks      void on_drained(): called after the mail that was waiting has been handled. void
//            on_wake(): called when a time set by wake_at() has come.
#pragma once

#include <chrono>
#include <concepts>
#include <type_traits>
#include <utility>

#include <stet/runtime/detail/cell.hpp>
#include <stet/runtime/message.hpp>
#include <stet/runtime/promise.hpp>
#include <stet/runtime/result.hpp>

namespace stet {

template <class A>
class Address;

namespace detail {

// Converts to M and nothing else, so that only a handler that takes exactly M accepts it.
template <class M>
struct Exactly {
  template <class T>
    requires std::same_as<T, M>
  operator T() const noexcept;
};
// Accepted only by a handler that takes everything, such as handle(auto).
struct Anything {};

extern constinit thread_local Cell* cell_being_born;

// Of an actor with Cell::flow: does mail wait in front of the mailbox? Owner only.
[[nodiscard]] bool waits_elsewhere(const Cell& cell) noexcept;

}  // namespace detail

// Reaches private handlers of actors that befriend it.
class Access {
 public:
  template <class A, class M>
  static constexpr bool plain = requires(A& actor) { actor.handle(detail::Exactly<M>{}); };
  template <class A, class M>
  static constexpr bool deferred = requires(A& actor, Promise<M> promise) {
    actor.handle(detail::Exactly<M>{}, std::move(promise));
  };
  template <class A>
  static constexpr bool generic = requires(A& actor) { actor.handle(detail::Anything{}); };
  template <class A>
  static constexpr bool has_drained = requires(A& actor) { actor.on_drained(); };
  template <class A>
  static constexpr bool has_wake = requires(A& actor) { actor.on_wake(); };

  template <class A, class... Args>
  static decltype(auto) handle(A& actor, Args&&... args) {
    return actor.handle(std::forward<Args>(args)...);
  }
  template <class A>
  static void drained(A& actor) {
    actor.on_drained();
  }
  template <class A>
  static void wake(A& actor) {
    actor.on_wake();
  }
};

// A has a handler for exactly M.
template <class A, class M>
concept Handles = Message<M> && !Access::generic<A> && [] {
  if constexpr (Question<M>) {
    return Access::plain<A, M> || Access::deferred<A, M>;
  } else {
    return Access::plain<A, M>;
  }
}();

// The part of an actor that does not depend on its type.
class ActorBase {
 public:
  ActorBase(const ActorBase&) = delete;
  ActorBase& operator=(const ActorBase&) = delete;

  // Not for applications: the runtime's part of this actor.
  [[nodiscard]] detail::Cell& cell() const noexcept { return *cell_; }

 protected:
  ActorBase() noexcept : cell_(std::exchange(detail::cell_being_born, nullptr)) {
    STET_ASSERT(cell_ != nullptr);  // Actors are made by System::spawn().
  }
  ~ActorBase() = default;

  // The actor ends after this turn; mail that waits goes to the dead letters.
  void stop() noexcept { cell_->stopping = true; }

  // Calls on_wake() at this time of the System's clock (System::now()), or soon after; a later call
  // replaces the earlier one. Only for actors on a thread of their own, and there only in a turn:
  // false on the pool, and in a constructor that spawn() runs on the caller's thread.
  bool wake_at(std::chrono::nanoseconds when) noexcept {
    return cell_->executor->wake_at(*cell_, when);
  }
  // The System's clock: steady, or virtual in a stepped system.
  [[nodiscard]] std::chrono::nanoseconds now() const noexcept;

  // Has more mail come since the current turns began? A hint, for work in batches.
  [[nodiscard]] bool more_mail() const noexcept {
    const detail::Context* const context = detail::current_context;
    const detail::Envelope* const handled = context == nullptr ? nullptr : context->in_place;
    return cell_->pending != nullptr || !cell_->mailbox.seems_empty(handled) ||
           (cell_->flow && detail::waits_elsewhere(*cell_));
  }

 private:
  detail::Cell* cell_;
};

template <class Derived>
class Actor : public ActorBase {
 protected:
  // This actor's address. Valid as long as it is kept, also after the actor has stopped.
  [[nodiscard]] Address<Derived> self() const noexcept;
};

}  // namespace stet
