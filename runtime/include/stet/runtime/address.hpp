// stet/runtime/address.hpp - Address<A>: the handle to one actor.
//
// Eight bytes. It never keeps an actor alive, only 64 bytes of it, and stays valid after the actor
// has stopped: what is sent then goes to the dead letters, and who asks is told receiver_gone. It
// may outlive the System too.
//
// Threads    Like a pointer: one Address, one thread at a time; copies are independent.
// Progress   send(), try_send(), ask(): lock-free once a block is at hand (a refill may ask the
//            allocator); to a parked actor plus at most one wake-up call. They never wait.
// Errors     send() tells nobody but the dead letters; try_send() tells the caller. Both throw
//            std::bad_alloc, and what the message's constructor throws, before anything is sent.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <utility>

#include <stet/runtime/actor.hpp>
#include <stet/runtime/ask.hpp>
#include <stet/runtime/detail/dispatch.hpp>

namespace stet {

namespace detail {
void post_stop(Cell& cell) noexcept;
void post_stop_now(Cell& cell) noexcept;
template <class A, class M>
[[nodiscard]] Result<void> try_deliver(Cell& cell, M& message);
}  // namespace detail

template <class A>
class Address {
 public:
  Address() = default;  // Of nobody; only comparison and assignment are allowed.
  Address(const Address& other) noexcept : cell_(other.cell_) {
    if (cell_ != nullptr) detail::retain(cell_);
  }
  Address(Address&& other) noexcept : cell_(std::exchange(other.cell_, nullptr)) {}
  Address& operator=(Address other) noexcept {
    std::swap(cell_, other.cell_);
    return *this;
  }
  ~Address() {
    if (cell_ != nullptr) detail::release(cell_);
  }

  // Constructs the message in place: send<Deposit>(100).
  template <class M, class... Args>
  void send(Args&&... args) const {
    static_assert(Handles<A, M>, "stet: this actor has no handler for this message");
    detail::deliver(*cell_, detail::make_envelope<M>(cell_->core(), &detail::Dispatch<A, M>::ops,
                                                     std::forward<Args>(args)...));
  }
  // send(Deposit{100})
  template <class M>
  void send(M&& message) const {
    send<std::remove_cvref_t<M>, M>(std::forward<M>(message));
  }

  // As send(), but on failure (receiver_gone, mailbox_full) the message is left with the caller,
  // untouched. Never waits.
  template <class M>
  [[nodiscard]] Result<void> try_send(M& message) const {
    static_assert(Handles<A, M>, "stet: this actor has no handler for this message");
    return detail::try_deliver<A, M>(*cell_, message);
  }

  // A question; see Ask for get() and then(). ask<Balance>()
  template <class M, class... Args>
  [[nodiscard]] Ask<M> ask(Args&&... args) const {
    static_assert(Handles<A, M>, "stet: this actor has no handler for this message");
    return Ask<M>(*cell_, detail::make_envelope<M>(cell_->core(), &detail::Dispatch<A, M>::ops,
                                                   std::forward<Args>(args)...));
  }

  // The actor ends when the mail that waits now has been handled.
  void stop() const noexcept { detail::post_stop(*cell_); }
  // The actor ends after its current turn; mail that waits goes to the dead letters.
  void stop_now() const noexcept { detail::post_stop_now(*cell_); }

  // False once the actor has stopped. Only a hint: it may stop at any moment.
  [[nodiscard]] bool is_alive() const noexcept {
    return cell_ != nullptr && !cell_->mailbox.is_closed();
  }

  explicit operator bool() const noexcept { return cell_ != nullptr; }
  friend bool operator==(const Address& left, const Address& right) noexcept {
    return left.cell_ == right.cell_;
  }
  friend std::strong_ordering operator<=>(const Address& left, const Address& right) noexcept {
    return std::compare_three_way{}(left.cell_, right.cell_);
  }

  // Not for applications.
  [[nodiscard]] static Address adopt(detail::Cell* cell) noexcept {
    Address address;
    address.cell_ = cell;
    return address;
  }
  [[nodiscard]] detail::Cell& cell() const noexcept { return *cell_; }

 private:
  detail::Cell* cell_ = nullptr;
};

namespace detail {

// `make` makes an envelope of the message, which is a TypedEnvelope or more.
template <class M, class Make>
Result<void> try_deliver_made(Cell& cell, M& message, Make&& make) {
  // A closed mailbox stays closed, so looking first and pushing then loses no message: what is
  // refused by the push is moved back.
  if (cell.mailbox.is_closed()) return Errc::receiver_gone;
  TypedEnvelope<M>* envelope = make(std::move(message));
  const std::optional<Errc> refused = offer(cell, envelope);
  if (!refused) return {};
  std::destroy_at(&message);
  ::new (static_cast<void*>(&message)) M(std::move(envelope->message));
  dispose(cell.core(), envelope, Error(*refused));
  return *refused;
}

template <class A, class M>
Result<void> try_deliver(Cell& cell, M& message) {
  return try_deliver_made(cell, message, [&](M&& moved) {
    return make_envelope_of<TypedEnvelope<M>>(cell.core(), &Dispatch<A, M>::ops, std::move(moved));
  });
}

}  // namespace detail

template <class Derived>
Address<Derived> Actor<Derived>::self() const noexcept {
  detail::retain(&cell());
  return Address<Derived>::adopt(&cell());
}

}  // namespace stet

template <class A>
struct std::hash<stet::Address<A>> {
  std::size_t operator()(const stet::Address<A>& address) const noexcept {
    return std::hash<const void*>{}(address ? &address.cell() : nullptr);
  }
};
