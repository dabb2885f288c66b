// stet/persistence/supervised.hpp - a child that begins where it left off, each time it is made.
//
//   stet::spawn_persistent_child<Teller>(*this, repo, "Ann");   // Teller(Persistable<Account>, "Ann")
//
// As spawn_persistent(), but the actor has a parent: after a failure its state is read again, after
// all changes that were kept before it. The turn that failed has left none.
//
// Threads    As spawn_child().
// Errors     A scope that has another owner, or a record that cannot be read, is a failure of the
//            child: its parent restarts it, stops it, or fails too.
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

#include <stet/persistence/detail/birth_from_store.hpp>
#include <stet/persistence/persistent_mailbox.hpp>
#include <stet/runtime/supervision.hpp>

namespace stet {

template <class A, class... Args>
Address<A> spawn_persistent_child_with(const Parent& parent, const SpawnOptions& options,
                                       Args&&... args) {
  constexpr std::size_t repositories = detail::leading_repositories<std::remove_cvref_t<Args>...>();
  static_assert(repositories > 0,
                "stet: spawn_persistent_child needs a Repository as second argument");
  using Kept = std::tuple<std::decay_t<Args>...>;
  static_assert(std::is_copy_constructible_v<Kept>,
                "stet: a child may be made again: its arguments must be copyable");
  return spawn_child_from<A>(
      parent, options, [kept = Kept(std::forward<Args>(args)...)](Nascent<A> nascent) {
        static_cast<void>(
            detail::spawn_from_store<A, repositories>(std::move(nascent), Kept(kept)));
      });
}

template <class A, class... Args>
Address<A> spawn_persistent_child(const Parent& parent, Args&&... args) {
  return spawn_persistent_child_with<A>(parent, SpawnOptions{.mailbox = persistent_mailbox()},
                                        std::forward<Args>(args)...);
}

}  // namespace stet
