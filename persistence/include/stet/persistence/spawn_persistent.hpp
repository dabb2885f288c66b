// stet/persistence/spawn_persistent.hpp - an actor that begins where it left off.
//
//   auto alice = stet::spawn_persistent<Teller>(system, repo);
//       // Teller(Persistable<Account>)
//   auto bob = stet::spawn_persistent<Clerk>(system, a, b, "Bob", 7);
//       // Clerk(Persistable<A>, Persistable<B>, "Bob", 7)
//
// The address is there at once and may be sent to. The repositories come first; each becomes a
// Persistable, read before the actor is constructed and before its first message. A scope without
// a record gives T{}.
//
// Threads    Any. Nothing blocks.
// Errors     Where a scope has another owner, or a record cannot be read, the actor never starts:
//            who asks it is told already_owned or hydration_failed, its mail goes to the dead
//            letters, the record stays as it is, and RefusedHook hears why. So too over an actor
//            that only stands in for a store: it knows no owners.
// Ownership  The scopes are the actor's until its last change is stored after it has stopped.
// Bounds     So much mail may wait as persistent_mailbox() says, or the options given.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include <stet/persistence/detail/birth_from_store.hpp>
#include <stet/persistence/persistable.hpp>
#include <stet/persistence/persistent_mailbox.hpp>
#include <stet/persistence/repository.hpp>
#include <stet/runtime/nascent.hpp>
#include <stet/runtime/system.hpp>

namespace stet {

template <class A, class... Args>
Address<A> spawn_persistent_with(System& system, const SpawnOptions& options, Args&&... args) {
  constexpr std::size_t repositories = detail::leading_repositories<std::remove_cvref_t<Args>...>();
  static_assert(repositories > 0, "stet: spawn_persistent needs a Repository as first argument");
  return detail::spawn_from_store<A, repositories>(
      system.nascent<A>(options), std::tuple<std::decay_t<Args>...>(std::forward<Args>(args)...));
}

// With persistent_mailbox; spawn_persistent_with() takes whichever it is given.
template <class A, class... Args>
Address<A> spawn_persistent(System& system, Args&&... args) {
  return spawn_persistent_with<A>(system, SpawnOptions{.mailbox = persistent_mailbox()},
                                  std::forward<Args>(args)...);
}

}  // namespace stet
