// stet/persistence/persistent_set.hpp - PersistentSet<K>: a set that saves its changed elements.
//
//   stet::Repository<stet::PersistentSet<std::string>> seen{data.base("//seen")};
//   auto filter = stet::spawn_persistent<Filter>(system, seen);   // Filter(PersistentSet<...>)
//
// As PersistentMap, with which it shares everything but the values: one record an element, all
// elements in memory in a std::set, changes of a turn stored together.
//
// Keys, Threads, Ownership, Progress, Errors, Bounds: as PersistentMap.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <stet/persistence/detail/container_handle.hpp>

namespace stet {

template <class K>
class PersistentSet;

template <class K>
inline constexpr bool detail::is_container<PersistentSet<K>> = true;

template <class K>
class PersistentSet : public detail::ContainerHandle<PersistentSet<K>, std::set<K>> {
  static_assert(detail::is_ordered_key<K>,
                "stet: a key is an integer, an enum, a std::string, or a pair of these");
  using Handle = detail::ContainerHandle<PersistentSet<K>, std::set<K>>;

 public:
  // There already is fine: nothing is written then.
  Token insert(const K& key, std::optional<Durability> durability = std::nullopt) {
    if (auto ready = this->state().begin(); !ready) return this->refused(std::move(ready).error());
    if (!this->contains(key)) this->state().touch(key).insert(key);
    return this->state().commit(durability);
  }

  // Not for applications: for the store's catalogue.
  [[nodiscard]] static CatalogueEntry catalogue_entry(std::string_view pattern) {
    CatalogueEntry entry = stet::catalogue_entry<std::set<K>>(pattern);
    entry.type = "entries of " + kind_name<std::set<K>>();
    return entry;
  }

 private:
  friend typename Handle::Base;
  explicit PersistentSet(std::unique_ptr<typename Handle::State> state) noexcept
      : Handle(std::move(state)) {}
};

}  // namespace stet
