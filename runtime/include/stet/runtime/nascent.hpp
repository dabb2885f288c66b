// stet/runtime/nascent.hpp - an actor that has an address and a mailbox, and no object yet.
//
// For actors that need something asynchronous before they can be constructed, such as their stored
// state. Messages wait meanwhile, answers do not: ask(...).then(nascent.address(), f) runs f as a
// turn of the actor to be, and there birth() constructs it. Everything sent to the address before
// is handled after, in order.
//
// Threads    One owner at a time. birth() and fail(): only inside a turn of this actor.
// Ownership  Movable. Dropped without birth() it fails with broken_promise.
#pragma once

#include <utility>

#include <stet/runtime/address.hpp>
#include <stet/runtime/detail/birth.hpp>

namespace stet {

template <class A>
class Nascent {
 public:
  Nascent(Nascent&&) noexcept = default;
  Nascent& operator=(Nascent&&) = delete;
  ~Nascent() {
    if (address_) detail::post_stillborn(address_.cell(), life_, Error(Errc::broken_promise));
  }

  [[nodiscard]] const Address<A>& address() const noexcept { return address_; }

  // Constructs the actor, as a part of the current turn; what the constructor throws leaves through
  // here and stops the actor like a throw of a handler. Does nothing if the actor's supervisor has
  // meanwhile told it to begin anew.
  template <class... Args>
  void birth(Args&&... args) {
    const Address<A> address = std::move(address_);
    STET_ASSERT(detail::is_running(address.cell()));
    if (detail::life_of(address.cell()) != life_) return;
    detail::construct<A>(address.cell(), std::forward<Args>(args)...);
    detail::set_born(address.cell());
  }

  // There will be no actor: its mail goes to the dead letters, and who asked is told `why`.
  void fail(const Error& why) noexcept {
    const Address<A> address = std::move(address_);
    STET_ASSERT(detail::is_running(address.cell()));
    detail::set_stillborn(address.cell(), life_, why);
  }

  // Not for applications: made by System::nascent().
  explicit Nascent(Address<A> address) noexcept
      : address_(std::move(address)), life_(detail::life_of(address_.cell())) {}

 private:
  Address<A> address_;
  std::uint32_t life_;  // Of the object to be: a supervisor may have given it up meanwhile.
};

}  // namespace stet
