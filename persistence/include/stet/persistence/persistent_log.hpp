// stet/persistence/persistent_log.hpp - PersistentLog<T>: appended to, cut at the front.
//
//   stet::Repository<stet::PersistentLog<Event>> events{data.base("//events")};
//   auto journal = stet::spawn_persistent<Journal>(system, events);   // Journal(PersistentLog<...>)
//
//   const std::uint64_t number = events_.next();
//   events_.append(m.event);                        // in a handler: becomes that number
//   events_.cut_before(number - 1000);              // keep the last thousand
//   events_.at(number - 5);                         // by number, as long as it is not cut
//
// Items are numbered from 0 on, without gaps. A number is never given twice: not after everything
// was cut, not after a restart. All items that are not cut are in memory, in a std::deque; in the
// store each is a record of its own. Appending costs the item's record, the first time one more;
// cutting costs one record and an erase an item. Changes of a turn are stored together, with those
// of Persistables and other containers, or not at all.
//
// Threads, Ownership, Progress: as PersistentMap.
// Errors     As PersistentMap. A gap between the items, or items without a root record, keep the
//            actor from starting, as an unreadable one does. Whether the newest items are missing
//            cannot be told: the store keeps a turn whole, and no length is written.
// Bounds     2^63 items in its life. What one turn changes: group_bytes_max.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <stet/persistence/detail/container_handle.hpp>
#include <stet/persistence/detail/log_state.hpp>

namespace stet {

template <class T>
class PersistentLog;

template <class T>
inline constexpr bool detail::is_container<PersistentLog<T>> = true;

template <class T>
class PersistentLog : public detail::ContainerBase<PersistentLog<T>, detail::LogState<T>> {
  static_assert(is_saveable<T>);
  using Handle = detail::ContainerBase<PersistentLog<T>, detail::LogState<T>>;

 public:
  using table_type = LogItems<T>;
  using value_type = T;
  using size_type = std::size_t;
  using const_iterator = typename std::deque<T>::const_iterator;
  using iterator = const_iterator;

  // The number of the oldest item, that of next() where there is none.
  [[nodiscard]] std::uint64_t first() const noexcept { return table().first; }
  // The number that the next append() gives.
  [[nodiscard]] std::uint64_t next() const noexcept { return table().next(); }
  [[nodiscard]] bool contains(std::uint64_t number) const noexcept {
    return number >= first() && number < next();
  }
  // Throws std::out_of_range: not there yet, or cut.
  [[nodiscard]] const T& at(std::uint64_t number) const {
    if (!contains(number)) throw std::out_of_range("stet: no such number in a PersistentLog");
    return (*this)[number];
  }
  // Requires contains(number).
  [[nodiscard]] const T& operator[](std::uint64_t number) const noexcept {
    return table().items[static_cast<std::size_t>(number - first())];
  }
  // Oldest and newest. Require !empty().
  [[nodiscard]] const T& front() const noexcept { return table().items.front(); }
  [[nodiscard]] const T& back() const noexcept { return table().items.back(); }

  [[nodiscard]] const_iterator begin() const noexcept { return table().items.begin(); }
  [[nodiscard]] const_iterator end() const noexcept { return table().items.end(); }
  [[nodiscard]] size_type size() const noexcept { return table().items.size(); }
  [[nodiscard]] bool empty() const noexcept { return table().items.empty(); }

  Token append(T item, std::optional<Durability> durability = std::nullopt) {
    if (auto ready = this->state().begin(); !ready) return this->refused(std::move(ready).error());
    this->state().append(std::move(item));
    return this->state().commit(durability);
  }
  // Items with smaller numbers are gone. Beyond next() there is nothing to cut.
  Token cut_before(std::uint64_t number, std::optional<Durability> durability = std::nullopt) {
    if (auto ready = this->state().begin(); !ready) return this->refused(std::move(ready).error());
    this->state().cut_before(number);
    return this->state().commit(durability);
  }
  // All items; numbers go on.
  Token clear(std::optional<Durability> durability = std::nullopt) {
    return cut_before(next(), durability);
  }

  // Not for applications: for the store's catalogue.
  [[nodiscard]] static CatalogueEntry catalogue_entry(std::string_view pattern) {
    CatalogueEntry entry = stet::catalogue_entry<T>(pattern);  // Its version and fields.
    entry.type = "log of " + kind_name<T>();
    return entry;
  }

 private:
  friend Handle;
  explicit PersistentLog(std::unique_ptr<typename Handle::State> state) noexcept
      : Handle(std::move(state)) {}
  [[nodiscard]] const LogItems<T>& table() const noexcept { return this->state().table(); }
};

}  // namespace stet
