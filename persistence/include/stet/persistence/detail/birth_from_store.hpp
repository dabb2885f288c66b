// stet/persistence/detail/birth_from_store.hpp - from acquired scopes to a constructed actor.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <stet/persistence/detail/birth_from_entries.hpp>
#include <stet/persistence/detail/give_birth.hpp>
#include <stet/persistence/detail/turn_change.hpp>
#include <stet/persistence/persistable.hpp>
#include <stet/persistence/repository.hpp>
#include <stet/runtime/nascent.hpp>

namespace stet::detail {

template <class T>
inline constexpr bool is_repository = false;
template <class T>
inline constexpr bool is_repository<Repository<T>> = true;

template <class... Args>
consteval std::size_t leading_repositories() {
  std::size_t count = 0;
  bool leading = true;
  ((leading = leading && is_repository<Args>, count += leading ? 1 : 0), ...);
  return count;
}

// What to ask the store for; `refused` where it is wrong already.
[[nodiscard]] Acquire acquire_for(const Unit& unit, const std::vector<const DataStore*>& data);
[[nodiscard]] Error only_a_store_knows_owners();

// What can be made of the root record: a value, unless it is split; of a container nothing yet.
template <class T>
auto begin_loading(const std::shared_ptr<Unit>& unit, Acquired::One scope) {
  if constexpr (is_container<T>) {
    return Result<PendingEntries<T>>(PendingEntries<T>(unit, std::move(scope.claim)));
  } else {
    ValueTable<T> table(unit->link()->hash_seed);
    if (scope.record) {
      const std::string& path = scope.claim.scope();
      if (auto done = table.take_root(path, *scope.record); !done) {
        return Result<PendingValue<T>>(at_scope(path, done.error()));
      }
    }
    return Result<PendingValue<T>>(PendingValue<T>(unit, std::move(scope.claim), std::move(table)));
  }
}

template <class A, std::size_t Repositories, class Tuple>
class BirthFromStore {
 public:
  BirthFromStore(Nascent<A> nascent, std::shared_ptr<Unit> unit, Tuple args)
      : nascent_(std::move(nascent)), unit_(std::move(unit)), args_(std::move(args)) {}

  // Runs as the first turn of the actor to be.
  void operator()(Result<Acquired> answer) {
    if (!answer) return fail(answer.error());
    hydrate(*answer, std::make_index_sequence<Repositories>{});
  }
  // A stand-in's answer.
  void operator()(const Result<std::optional<std::string>>&) { fail(only_a_store_knows_owners()); }

 private:
  template <std::size_t R>
  using Of = typename std::tuple_element_t<R, Tuple>::value_type;

  template <std::size_t... R>
  void hydrate(Acquired& acquired, std::index_sequence<R...>) {
    auto loaded = std::tuple{begin_loading<Of<R>>(unit_, std::move(acquired.scopes[R]))...};
    const Error* why = nullptr;
    ((why = why == nullptr && !std::get<R>(loaded) ? &std::get<R>(loaded).error() : why), ...);
    if (why != nullptr) return fail(*why);
    BirthFromEntries<A, Tuple, typename decltype(begin_loading<Of<R>>(unit_, {}))::value_type...>
        rest(std::move(nascent_), std::move(unit_), std::move(args_),
             std::tuple{std::move(*std::get<R>(loaded))...});
    ask_for_entries(std::move(rest));
  }
  void fail(const Error& why) { refuse_birth(nascent_, *unit_, args_, why); }

  Nascent<A> nascent_;
  std::shared_ptr<Unit> unit_;
  Tuple args_;
};

template <class A, std::size_t Repositories, class Tuple>
Address<A> spawn_from_store(Nascent<A> nascent, Tuple args) {
  Address<A> address = nascent.address();
  const std::shared_ptr<StoreLink> link = std::get<0>(args).data().link();
  auto unit = std::make_shared<Unit>(link, link->next_owner_id());
  Acquire question = [&]<std::size_t... R>(std::index_sequence<R...>) {
    return acquire_for(*unit, {&std::get<R>(args).data()...});
  }(std::make_index_sequence<Repositories>{});
  const std::string scope = std::get<0>(args).get_scope();
  BirthFromStore<A, Repositories, Tuple> birth(std::move(nascent), std::move(unit),
                                               std::move(args));
  if (link->is_store()) {
    link->acquire.ask(std::move(question)).then(address, std::move(birth));
  } else {  // Asked for the sake of a turn of the actor to be, in which it can be told.
    link->get.ask(scope).then(address, std::move(birth));
  }
  return address;
}

}  // namespace stet::detail
