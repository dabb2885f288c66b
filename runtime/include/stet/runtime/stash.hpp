// stet/runtime/stash.hpp - messages that an actor puts aside until it can handle them.
//
//   class Printer : public stet::Actor<Printer> {
//    public:
//     void handle(Job job) {
//       if (busy_) {
//         if (!stash_.put(job)) ++refused_;
//         return;
//       }
//       ...
//     }
//     void handle(Done) { stash_.unstash_all(); }
//    private:
//     stet::Stash<Printer> stash_{*this, 100};
//   };
//
// Threads    Only the actor's own turns, and its constructor.
// Order      unstash_all() puts all of it before the mail that waits, in the order in which it was
//            stashed.
// Ownership  A message is the stash's until it is handled; with it the promise, if it was asked.
//            What is there when the actor ends goes to the dead letters, and who asked is told
//            receiver_gone. If the actor is restarted it goes back before its waiting mail.
// Bounds     `capacity` messages. They do not count as waiting while they are here.
// Errors     put(): mailbox_full; message and promise are then left with the caller. Throws
//            std::bad_alloc.
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include <stet/runtime/actor.hpp>
#include <stet/runtime/detail/dispatch.hpp>

namespace stet {

namespace detail {

class StashBase {
 public:
  StashBase(Cell& cell, std::size_t capacity) noexcept : cell_(&cell), capacity_(capacity) {}
  StashBase(const StashBase&) = delete;
  StashBase& operator=(const StashBase&) = delete;
  ~StashBase();

  void put_aside(Envelope* envelope) noexcept;
  void unstash_all() noexcept;

  Cell* const cell_;
  const std::size_t capacity_;
  std::size_t size_ = 0;
  Envelope* first_ = nullptr;
  Envelope* last_ = nullptr;
};

}  // namespace detail

template <class A>
class Stash {
 public:
  Stash(const A& self, std::size_t capacity) noexcept : base_(self.cell(), capacity) {}

  // Takes the message, unless it fails.
  template <class M>
  [[nodiscard]] Result<void> put(M& message) {
    return put_with<std::remove_cv_t<M>>(message, nullptr);
  }
  // For a handler that takes a Promise; it stays to be answered when the message comes again.
  template <class M>
    requires Question<std::remove_cv_t<M>>
  [[nodiscard]] Result<void> put(M& message, Promise<std::remove_cv_t<M>>& promise) {
    return put_with<std::remove_cv_t<M>>(message, &promise);
  }

  void unstash_all() noexcept { base_.unstash_all(); }
  [[nodiscard]] std::size_t size() const noexcept { return base_.size_; }
  [[nodiscard]] bool empty() const noexcept { return base_.size_ == 0; }

 private:
  template <class M, class Given, class P>
  Result<void> put_with(Given& message, P promise) {
    static_assert(Handles<A, M>, "stet: this actor has no handler for this message");
    if (base_.size_ >= base_.capacity_) return Errc::mailbox_full;
    detail::Envelope* const envelope = detail::make_envelope<M>(
        base_.cell_->core(), &detail::Dispatch<A, M>::ops, std::move(message));
    if constexpr (!std::is_null_pointer_v<P>) envelope->reply = promise->release();
    base_.put_aside(envelope);
    return {};
  }

  detail::StashBase base_;
};

}  // namespace stet
