// stet/persistence/token.hpp - what a change of a Persistable returns; may be ignored.
//
//   account.mutate(deposit);                                          // fire and forget
//   account.mutate(deposit).then(*this, [](Result<Ack> done) { ... });  // in an actor
//   account.mutate(deposit).wait(1s);                                 // on a host thread
//
// Nothing is sent for a token until it is used: the store's queue has one order, so asking later
// about all that came before is the same. A change that fails discards its actor with or without.
//
// Threads    A plain value; wait() on threads that run no actors.
// Errors     too_large, already_owned, would_block, outcome_unknown, poisoned, rolled_back;
//            mailbox_full (too many ask a store that cannot write; says nothing of the change);
//            wait() also timed_out and would_deadlock.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include <stet/persistence/ack.hpp>
#include <stet/persistence/detail/turn_change.hpp>
#include <stet/persistence/durability.hpp>
#include <stet/runtime/actor.hpp>
#include <stet/runtime/address.hpp>
#include <stet/runtime/result.hpp>

namespace stet {

namespace detail {

template <class F>
class DeferredAwait final : public Deferred {
 public:
  DeferredAwait(AnyAddress self, AwaitChange question, F function)
      : self_(std::move(self)), question_(std::move(question)), function_(std::move(function)) {}
  void run() override {
    const std::shared_ptr<StoreLink> link = question_.unit->link();
    link->await_change.ask(std::move(question_)).then(self_, std::move(function_));
  }

 private:
  AnyAddress self_;
  AwaitChange question_;
  F function_;
};

}  // namespace detail

class Token {
 public:
  // Not for applications: made by Persistable.
  Token(std::shared_ptr<detail::Unit> unit, std::uint64_t revision, Durability durability) noexcept
      : unit_(std::move(unit)), revision_(revision), durability_(durability) {}
  Token(std::shared_ptr<detail::Unit> unit, Error refused)
      : unit_(std::move(unit)), refused_(std::make_unique<Error>(std::move(refused))) {}

  // Why the change was refused on the spot; nullptr: it was not.
  [[nodiscard]] const Error* refused() const noexcept { return refused_.get(); }

  // Waits until the change is as safe as its class says; first for the turn that makes it, if that
  // still runs.
  [[nodiscard]] Result<Ack> wait(std::chrono::nanoseconds timeout) const;

  // function(Result<Ack>) runs as a turn of the actor `self`. If the turn that made the change is
  // rolled back, its own actor stops and the function is dropped; another's is told rolled_back.
  template <class F>
  void then(const ActorBase& self, F function) {
    static_assert(std::is_invocable_v<F&, Result<Ack>>,
                  "stet: the continuation must take a Result<Ack>");
    detail::retain(&self.cell());
    detail::DeferredAwait<F> await(detail::AnyAddress::adopt(&self.cell()), question(),
                                   std::move(function));
    detail::TurnChange* const turn = detail::TurnChange::joined();
    if (turn != nullptr && turn->revision() == revision_) {
      turn->after_send(std::make_unique<detail::DeferredAwait<F>>(std::move(await)));
      return;
    }
    if (unit_->is_open(revision_)) {  // In another actor, while the turn still runs.
      std::unique_ptr<detail::Deferred> early =
          std::make_unique<detail::DeferredAwait<F>>(std::move(await));
      if (!unit_->link()->early.keep(*unit_, revision_, early)) early->run();
      return;
    }
    await.run();
  }

 private:
  [[nodiscard]] detail::AwaitChange question() const;

  std::shared_ptr<detail::Unit> unit_;
  std::uint64_t revision_ = 0;
  Durability durability_ = Durability::durable;
  std::unique_ptr<Error> refused_;
};

}  // namespace stet
