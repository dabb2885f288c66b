// stet/runtime/link.hpp - two actors that end together.
//
//   stet::link(*this, partner_);
//
// When one of them ends for another reason than ExitKind::normal, so does the other, with that
// reason, after its current turn; one that has a parent fails instead, and its supervisor decides.
// An actor with `void handle(const stet::Exit&)` does not end but is told: its Exit waits behind the
// mail that came before it, counts against no bound and is never dropped.
//
// A link belongs to the actors, not to their objects: a restart neither is an end nor undoes it.
//
// Threads    link(), unlink(): in `self`.
// Errors     If the other is gone already, that counts as its end now. Linking again, or to
//            oneself, changes nothing. Throws std::bad_alloc.
#pragma once

#include <string>
#include <string_view>

#include <stet/runtime/address.hpp>
#include <stet/runtime/exit_reason.hpp>

namespace stet {

// A linked actor has ended, and not in the normal way.
struct Exit {
  std::string_view type;
  std::string name;
  ExitReason reason;
  std::uintptr_t id = 0;  // As Turn::actor_id().

  template <class A>
  [[nodiscard]] bool is_of(const Address<A>& address) const noexcept {
    return address && reinterpret_cast<std::uintptr_t>(&address.cell()) == id;
  }
};

namespace detail {

template <class A>
inline constexpr EnvelopeOps exit_dispatch{&Dispatch<A, Exit>::invoke,  &Dispatch<A, Exit>::destroy,
                                           sizeof(TypedEnvelope<Exit>), false,
                                           type_name<Exit>(),           true};
// nullptr: it ends with those that it is linked to.
template <class A>
inline constexpr const EnvelopeOps* exit_ops = [] {
  if constexpr (Access::plain<A, Exit>) {
    return &exit_dispatch<A>;
  } else {
    return static_cast<const EnvelopeOps*>(nullptr);
  }
}();
void tie(Cell& self, const EnvelopeOps* own, Cell& other, const EnvelopeOps* others);
void untie(Cell& self, Cell& other);

}  // namespace detail

template <class A, class B>
void link(const A& self, const Address<B>& other) {
  detail::tie(self.cell(), detail::exit_ops<A>, other.cell(), detail::exit_ops<B>);
}

// After it neither ends with the other; what has not been handled yet of an earlier end is not.
template <class A, class B>
void unlink(const A& self, const Address<B>& other) {
  detail::untie(self.cell(), other.cell());
}

}  // namespace stet
