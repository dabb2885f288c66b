// stet/persistence/persistent_map.hpp - PersistentMap<K, V>: a map that saves its changed entries.
//
//   stet::Repository<stet::PersistentMap<std::string, Order>> orders{data.base("//orders")};
//   auto desk = stet::spawn_persistent<Desk>(system, orders);   // Desk(PersistentMap<...>)
//
//   orders_.insert_or_assign(m.id, m.order);                         // in a handler
//   orders_.mutate(m.id, [](Order& order) { order.is_paid = true; });
//   for (const auto& [id, order] : orders_) ...                      // reading is a plain access
//
// All entries are in memory, in a std::map; in the store each is a record of its own. So a change
// costs what the entry costs, whatever the size of the map. Inside a turn all changes, also of
// Persistables and other containers, are stored together when the handler returns, or not at all
// when it throws. Outside, on a host thread, each change is stored by itself.
//
// Keys       Integers, enums, std::string, and pairs of these; their order in the store is that of
//            the map, but for keys of more than about 100 to 500 bytes, which end in a hash there.
// Threads    One at a time: it belongs to its actor, or to one host thread.
// Ownership  Movable. Owns its scope until it is destroyed: others get already_owned. What one of
//            them reads is Repository::read().
// Progress   As Persistable.
// Errors     A throw that leaves mutate() dooms the turn, even if the handler catches it: the actor
//            is discarded. On a host thread the map then refuses changes until reload(). What
//            cannot be stored (an entry of more than record_bytes_max) discards the actor too; the
//            token has the reason. One entry that cannot be read keeps the actor from starting, and
//            all records stay as they are.
// Bounds     What one turn changes: group_bytes_max.
#pragma once

#include <concepts>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <stet/persistence/detail/container_handle.hpp>

namespace stet {

template <class K, class V>
class PersistentMap;

template <class K, class V>
inline constexpr bool detail::is_container<PersistentMap<K, V>> = true;

template <class K, class V>
class PersistentMap : public detail::ContainerHandle<PersistentMap<K, V>, std::map<K, V>> {
  static_assert(detail::is_ordered_key<K>,
                "stet: a key is an integer, an enum, a std::string, or a pair of these");
  static_assert(is_saveable<V>);
  using Handle = detail::ContainerHandle<PersistentMap<K, V>, std::map<K, V>>;

 public:
  using mapped_type = V;

  // Throws std::out_of_range, as std::map does.
  [[nodiscard]] const V& at(const K& key) const { return this->table().at(key); }

  Token insert_or_assign(const K& key, V value,
                         std::optional<Durability> durability = std::nullopt) {
    if (auto ready = this->state().begin(); !ready) return this->refused(std::move(ready).error());
    this->state().touch(key).insert_or_assign(key, std::move(value));
    this->state().forget_unknown(key);
    return this->state().commit(durability);
  }
  // Changes the entry in place: change(V&). Where there is none it begins as V{}.
  template <std::invocable<V&> Change>
  Token mutate(const K& key, Change&& change, std::optional<Durability> durability = std::nullopt) {
    if (auto ready = this->state().begin(); !ready) return this->refused(std::move(ready).error());
    V& value = this->state().touch(key)[key];
    try {
      std::invoke(std::forward<Change>(change), value);
    } catch (...) {
      this->state().abandon();
      throw;
    }
    return this->state().commit(durability);
  }

  // Not for applications: for the store's catalogue.
  [[nodiscard]] static CatalogueEntry catalogue_entry(std::string_view pattern) {
    CatalogueEntry entry = stet::catalogue_entry<V>(pattern);  // Its version and fields.
    entry.type = "entries of " + kind_name<std::map<K, V>>();
    return entry;
  }

 private:
  friend typename Handle::Base;
  explicit PersistentMap(std::unique_ptr<typename Handle::State> state) noexcept
      : Handle(std::move(state)) {}
};

}  // namespace stet
