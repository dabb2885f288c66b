// stet/persistence/persistent_counter.hpp - PersistentCounter<K>: named counters.
//
//   stet::Repository<stet::PersistentCounter<>> visits{data.base("//visits")};
//   auto pages = stet::spawn_persistent<Pages>(system, visits);   // Pages(PersistentCounter<>)
//
//   visits_.add(m.page);                            // in a handler
//   visits_.add("refunds", -3);
//   if (visits_.value("home") > 1000) ...           // 0 where nothing was ever added
//
// All counters are in memory, in a std::map; adding writes one record of 29 bytes and its key,
// whatever their number, and once a turn however often it adds. A counter that comes back to 0 stays
// until erase(). On disk it is a PersistentMap<K, std::int64_t>.
//
// Errors     add() throws std::overflow_error beyond 64 bits, with nothing changed. Else as
//            PersistentMap.
// Keys, Threads, Ownership, Progress, Bounds: as PersistentMap.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <stet/persistence/detail/container_handle.hpp>

namespace stet {

template <class K = std::string>
class PersistentCounter;

template <class K>
inline constexpr bool detail::is_container<PersistentCounter<K>> = true;

template <class K>
class PersistentCounter
    : public detail::ContainerHandle<PersistentCounter<K>, std::map<K, std::int64_t>> {
  static_assert(detail::is_ordered_key<K>,
                "stet: a key is an integer, an enum, a std::string, or a pair of these");
  using Handle = detail::ContainerHandle<PersistentCounter<K>, std::map<K, std::int64_t>>;

 public:
  [[nodiscard]] std::int64_t value(const K& key) const {
    const auto found = this->find(key);
    return found == this->end() ? 0 : found->second;
  }
  Token add(const K& key, std::int64_t amount = 1,
            std::optional<Durability> durability = std::nullopt) {
    if (auto ready = this->state().begin(); !ready) return this->refused(std::move(ready).error());
    std::int64_t sum = 0;
    if (__builtin_add_overflow(value(key), amount, &sum)) {
      throw std::overflow_error("stet: a PersistentCounter holds 64 bits");
    }
    if (amount != 0) this->state().touch(key).insert_or_assign(key, sum);
    return this->state().commit(durability);
  }

  // Not for applications: for the store's catalogue.
  [[nodiscard]] static CatalogueEntry catalogue_entry(std::string_view pattern) {
    CatalogueEntry entry = stet::catalogue_entry<std::int64_t>(pattern);
    entry.type = "counters, entries of " + kind_name<std::map<K, std::int64_t>>();
    return entry;
  }

 private:
  friend typename Handle::Base;
  explicit PersistentCounter(std::unique_ptr<typename Handle::State> state) noexcept
      : Handle(std::move(state)) {}
};

}  // namespace stet
