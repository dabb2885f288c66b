// stet/runtime/ask.hpp - a question on its way, and the ways to take the answer.
//
//   store.ask<Get>("key").then(*this, [this](stet::Result<Value> answer) { ... });   // actors
//   store.ask<Get>("key").await(*this, [this](stet::Result<Value> answer) { ... });  // exclusively
//   store.ask<Get>("key").within(2s).then(*this, ...);                               // or timed_out
//   auto answer = store.ask<Get>("key").get(1s);                                     // host threads
//
// then() interleaves: the asker goes on handling messages. await() is exclusive: the asker's user
// messages wait until the answer has been handled; answers to its other questions still come. It
// may have several open; user messages wait until the last is answered.
//
//   pool.ask<Status>().urgent().get(1s);   // before all mail that waits there, see urgent.hpp
//
// Threads    get(): threads that run no actors. then(): any. await(): in a turn of the asker.
// Progress   get() blocks up to its timeout. The others never block, and are lock-free as send();
//            await() also follows who waits for whom, see detail/ask_edges.hpp.
// Errors     receiver_gone, mailbox_full, handler_threw, broken_promise, rolled_back, and what the
//            handler gave. With within(), and from get(): timed_out; the question may still be
//            handled. get() on a worker: would_deadlock, nothing is sent then. await(): ask_cycle
//            at once, nothing is sent, where the receiver, directly or over others, awaits the
//            asker; its text names them: "Teller 'a' waits for Ledger 'b' waits for Teller 'a'". A
//            cycle is one of await() alone, inside one System: with then(), a promise that was
//            handed on by hand, or several Systems in it, only within() helps. A promise that
//            somebody on the way keeps for later counts as waiting, though he might answer it.
// Deadlines  On the asker's System's clock, from the call of then() or await(). What is answered
//            later vanishes before it reaches a mailbox, and is no dead letter; an answer in time
//            takes the timer away at once.
// Ownership  Nothing is sent before get(), then() or await() is called; a dropped Ask sends
//            nothing. The continuation is destroyed once it has run, and unheard when an answer or
//            deadline comes that finds the asker stopped.
// Memory     A block for the answer with its continuation; with within() or await() 128 bytes more.
#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include <stet/runtime/actor.hpp>
#include <stet/runtime/detail/ask_guard.hpp>
#include <stet/runtime/detail/dispatch.hpp>
#include <stet/runtime/detail/host_wait.hpp>

namespace stet {

namespace detail {

// Whoever answers must not fail: without memory for its text an error is told without it.
template <class R>
void take_error(std::optional<Result<R>>& result, const Error& error) noexcept {
  try {
    result.emplace(error);
  } catch (const std::bad_alloc&) {
    result.emplace(Error(error.code, {}, error.native));
  }
}

// The answer for a host thread: two hold it, who waits and who answers.
template <class R>
struct HostReply : ReplySlot {
  explicit HostReply(Core& whose) noexcept : ReplySlot{&take}, wait(whose) {}

  static void take(ReplySlot* slot, void* value, const Error* error) noexcept {
    auto* self = static_cast<HostReply*>(slot);
    if (value != nullptr) {
      self->result.emplace(std::move(*static_cast<R*>(value)));
    } else {
      take_error(self->result, *error);
    }
    if (self->wait.complete()) delete self;
  }

  HostWait wait;
  std::optional<Result<R>> result;
};

// Which exclusive question an answer ends. Owner only.
struct AwaitedBy {
  Cell* cell = nullptr;  // nullptr: none, or it has ended. Not counted.
  std::uint32_t life = 0;
};
struct AwaitedByNobody {};

// The answer for an actor: an envelope that is sent to the asker once it is filled.
template <class R, class F, bool exclusive>
struct ThenReply : Envelope, ReplySlot {
  ThenReply(Cell& who, F function) noexcept(std::is_nothrow_move_constructible_v<F>)
      : Envelope{nullptr, &ops_, nullptr},
        ReplySlot{&take},
        asker(&who),
        life(life_of(who)),
        continuation(std::move(function)) {
    retain(asker);
  }

  static void take(ReplySlot* slot, void* value, const Error* error) noexcept {
    auto* self = static_cast<ThenReply*>(slot);
    if (value != nullptr) {
      self->result.emplace(std::move(*static_cast<R*>(value)));
    } else {
      take_error(self->result, *error);
    }
    // Once delivered, self may be gone at any moment: keep the asker over the call.
    Cell* asker = std::exchange(self->asker, nullptr);
    deliver(*asker, self);
    release(asker);
  }
  static void invoke(Cell& cell, Envelope& envelope) {
    auto& self = static_cast<ThenReply&>(envelope);
    if constexpr (exclusive) {
      // Before it runs: it may await again.
      self.awaited.cell = nullptr;
      end_await(cell, self.awaited.life);
    }
    // Asked by an object that has been discarded: its continuation may hold on to it.
    if (self.life != life_of(cell)) return;
    self.continuation(std::move(*self.result));
  }
  static void destroy(Envelope& envelope) noexcept {
    auto& self = static_cast<ThenReply&>(envelope);
    if constexpr (exclusive) {
      if (self.awaited.cell != nullptr) end_await_unheard(self.awaited.cell, self.awaited.life);
    }
    if (self.asker != nullptr) release(self.asker);  // Never sent.
    std::destroy_at(&self.result);
    std::destroy_at(&self.continuation);
  }
  static constexpr std::uint32_t bytes() noexcept { return sizeof(ThenReply); }
  static const EnvelopeOps ops_;

  Cell* asker;
  std::uint32_t life;  // Of the asker, see life_of().
  std::optional<Result<R>> result;
  F continuation;
  [[no_unique_address]] std::conditional_t<exclusive, AwaitedBy, AwaitedByNobody> awaited;
};
template <class R, class F, bool exclusive>
constexpr EnvelopeOps ThenReply<R, F, exclusive>::ops_{&ThenReply::invoke, &ThenReply::destroy,
                                                       ThenReply::bytes(), true, "(answer)"};

template <class Slot, class F>
[[nodiscard]] Slot* make_reply(Cell& asker, F&& function) {
  void* const memory = allocate_block(asker.core(), sizeof(Slot), BlockKind::message);
  try {
    return ::new (memory) Slot(asker, std::forward<F>(function));
  } catch (...) {
    release_block(asker.core(), memory, sizeof(Slot), BlockKind::message);
    throw;
  }
}

}  // namespace detail

template <Question M>
class [[nodiscard]] Ask {
 public:
  using Reply = ReplyOf<M>;

  // Not for applications: made by Address::ask() and Recipient::ask(). Takes the envelope.
  Ask(detail::Cell& receiver, detail::Envelope* envelope) noexcept
      : receiver_(&receiver), envelope_(envelope) {
    detail::retain(receiver_);
  }
  Ask(Ask&& other) noexcept
      : receiver_(std::exchange(other.receiver_, nullptr)),
        envelope_(std::exchange(other.envelope_, nullptr)),
        within_(other.within_),
        urgent_(other.urgent_) {}
  Ask& operator=(Ask&&) = delete;
  ~Ask() {
    if (envelope_ != nullptr)
      detail::dispose(receiver_->core(), envelope_, Error(Errc::broken_promise));
    if (receiver_ != nullptr) detail::release(receiver_);
  }

  // The answer must come in this time, or it is timed_out. Zero or less: as soon as a worker looks.
  [[nodiscard]] Ask within(std::chrono::nanoseconds time) && {
    within_ = time;
    return std::move(*this);
  }

  // The question overtakes the receiver's mail, and no bound refuses it. The answer comes as any.
  [[nodiscard]] Ask urgent() && {
    urgent_ = true;
    return std::move(*this);
  }

  // Sends, and waits for the answer at most this long. In a stepped system it steps meanwhile.
  [[nodiscard]] Result<Reply> get(std::chrono::nanoseconds timeout) {
    if (!detail::HostWait::allowed()) {
      return Error(Errc::would_deadlock, "get() on a thread that runs actors: use then()");
    }
    auto* reply = new detail::HostReply<Reply>(receiver_->core());
    send(reply);
    if (!reply->wait.wait(std::min(timeout, within_))) {
      if (reply->wait.abandon()) return Error(Errc::timed_out, "no answer before the deadline");
    }
    const std::unique_ptr<detail::HostReply<Reply>> holder(reply);
    return std::move(*reply->result);
  }

  // Sends; function(Result<Reply>) runs as a turn of the actor `self`, between its messages. If
  // that actor has stopped by then, the answer is dropped.
  template <class F>
  void then(const ActorBase& self, F function) && {
    then(self.cell(), std::move(function));
  }
  template <class A, class F>
  void then(const Address<A>& self, F function) && {
    then(self.cell(), std::move(function));
  }

  // As then(), and from the end of this turn on `self`, whose turn it is, handles no user message
  // before the answer. Requires a turn of `self`.
  template <class F>
  void await(const ActorBase& self, F function) && {
    await(self.cell(), std::move(function));
  }
  template <class A, class F>
  void await(const Address<A>& self, F function) && {
    await(self.cell(), std::move(function));
  }

 private:
  static constexpr std::chrono::nanoseconds for_ever = std::chrono::nanoseconds::max();

  template <class F>
  void then(detail::Cell& asker, F function) {
    using Slot = detail::ThenReply<Reply, F, false>;
    Slot* const reply = make_reply<Slot>(asker, std::move(function));
    if (within_ == for_ever) [[likely]] {
      send(reply);
    } else {
      send_guarded(asker, *reply, {within_, false, urgent_});
    }
  }
  template <class F>
  void await(detail::Cell& asker, F function) {
    using Slot = detail::ThenReply<Reply, F, true>;
    STET_ASSERT(Turn::actor_id() == reinterpret_cast<std::uintptr_t>(&asker));
    Slot* const reply = make_reply<Slot>(asker, std::move(function));
    try {
      reply->awaited = {&asker, detail::begin_await(asker)};
    } catch (...) {
      detail::dispose(asker.core(), reply, Error(Errc::no_memory));
      throw;
    }
    send_guarded(asker, *reply, {within_, true, urgent_});
  }
  template <class Slot, class F>
  static Slot* make_reply(detail::Cell& asker, F&& function) {
    static_assert(std::is_invocable_v<F&, Result<Reply>>,
                  "stet: the continuation must take a Result of the message's Reply");
    return detail::make_reply<Slot>(asker, std::forward<F>(function));
  }
  template <class Slot>
  void send_guarded(detail::Cell& asker, Slot& reply, const detail::AskTerms& terms) {
    if (detail::ask_guarded(asker, *receiver_, envelope_, reply, terms)) {
      envelope_ = nullptr;
      return;
    }
    detail::dispose(asker.core(), &reply, Error(Errc::no_memory));
    throw std::bad_alloc();
  }
  void send(detail::ReplySlot* reply) noexcept {
    envelope_->reply = reply;
    detail::Envelope* const question = std::exchange(envelope_, nullptr);
    if (urgent_) [[unlikely]] {
      detail::deliver_urgent_question(*receiver_, question);
    } else {
      detail::deliver(*receiver_, question);
    }
  }

  detail::Cell* receiver_;
  detail::Envelope* envelope_;
  std::chrono::nanoseconds within_ = for_ever;
  bool urgent_ = false;
};

template <Question M>
template <Question N, class A, class... Args>
void Promise<M>::delegate(const Address<A>& receiver, Args&&... args) {
  static_assert(Handles<A, N>, "stet: this actor has no handler for this message");
  delegate_to<N>(receiver.cell(), &detail::Dispatch<A, N>::ops, std::forward<Args>(args)...);
}

template <Question M>
template <Question N, class... Args>
void Promise<M>::delegate(const Recipient<N>& receiver, Args&&... args) {
  delegate_to<N>(receiver.cell(), receiver.ops(), std::forward<Args>(args)...);
}

template <Question M>
template <class N, class... Args>
void Promise<M>::delegate_to(detail::Cell& receiver, const detail::EnvelopeOps* ops,
                             Args&&... args) {
  static_assert(std::is_same_v<ReplyOf<N>, Reply>,
                "stet: a question can be passed on only as a message with the same Reply");
  detail::Envelope* const question =
      detail::make_envelope<N>(receiver.core(), ops, std::forward<Args>(args)...);
  detail::delegate_to(receiver, question, std::exchange(slot_, nullptr));
}

}  // namespace stet
