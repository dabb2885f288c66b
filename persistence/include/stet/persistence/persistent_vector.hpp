// stet/persistence/persistent_vector.hpp - PersistentVector<T>: a vector that saves its changed
// elements.
//
//   stet::Repository<stet::PersistentVector<Seat>> seats{data.base("//seats")};
//   auto hall = stet::spawn_persistent<Hall>(system, seats);   // Hall(PersistentVector<...>)
//
//   seats_.push_back(m.seat);                                   // in a handler
//   seats_.mutate(7, [](Seat& seat) { seat.is_taken = true; });
//   for (const Seat& seat : seats_) ...                         // reading is a plain access
//
// All elements are in memory, in a std::vector; in the store each is a record of its own. A change
// of one costs its record, whatever the size; where the size changes, one small record more: the
// root, which says how many there are. Without it a lost element at the end could not be told from
// one that was never there, and an empty vector not from none. To insert or erase in the middle
// would write all that follows: use a PersistentMap. Changes of a turn are stored together, with
// those of Persistables and other containers, or not at all.
//
// Threads, Ownership, Progress: as PersistentMap.
// Errors     As PersistentMap. A missing element, or one too many, keeps the actor from starting.
// An
//            index that is not there throws std::out_of_range and changes nothing.
// Bounds     What one turn changes: group_bytes_max.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include <stet/persistence/detail/container_handle.hpp>
#include <stet/persistence/detail/vector_state.hpp>

namespace stet {

template <class T>
class PersistentVector;

template <class T>
inline constexpr bool detail::is_container<PersistentVector<T>> = true;

template <class T>
class PersistentVector : public detail::ContainerBase<PersistentVector<T>, detail::VectorState<T>> {
  static_assert(is_saveable<T>);
  static_assert(!std::same_as<T, bool>,
                "stet: a vector of bool has no elements to change: use char");
  using Handle = detail::ContainerBase<PersistentVector<T>, detail::VectorState<T>>;

 public:
  using table_type = std::vector<T>;
  using value_type = T;
  using size_type = std::size_t;
  using const_iterator = typename std::vector<T>::const_iterator;
  using iterator = const_iterator;

  [[nodiscard]] const_iterator begin() const noexcept { return table().begin(); }
  [[nodiscard]] const_iterator end() const noexcept { return table().end(); }
  [[nodiscard]] size_type size() const noexcept { return table().size(); }
  [[nodiscard]] bool empty() const noexcept { return table().empty(); }
  // Requires index < size().
  [[nodiscard]] const T& operator[](size_type index) const noexcept { return table()[index]; }
  // Throws std::out_of_range, as std::vector does.
  [[nodiscard]] const T& at(size_type index) const { return table().at(index); }
  // Require !empty().
  [[nodiscard]] const T& front() const noexcept { return table().front(); }
  [[nodiscard]] const T& back() const noexcept { return table().back(); }

  Token push_back(T item, std::optional<Durability> durability = std::nullopt) {
    if (auto ready = this->state().begin(); !ready) return this->refused(std::move(ready).error());
    this->state().push_back(std::move(item));
    return this->state().commit(durability);
  }
  Token pop_back(std::optional<Durability> durability = std::nullopt) {
    if (empty()) throw std::out_of_range("stet: nothing to pop from a PersistentVector");
    return resize(size() - 1, durability);
  }
  Token set(size_type index, T item, std::optional<Durability> durability = std::nullopt) {
    check(index);
    if (auto ready = this->state().begin(); !ready) return this->refused(std::move(ready).error());
    this->state().touch(index) = std::move(item);
    this->state().forget_unknown(index);
    return this->state().commit(durability);
  }
  // Changes the element in place: change(T&).
  template <std::invocable<T&> Change>
  Token mutate(size_type index, Change&& change,
               std::optional<Durability> durability = std::nullopt) {
    check(index);
    if (auto ready = this->state().begin(); !ready) return this->refused(std::move(ready).error());
    T& item = this->state().touch(index);
    try {
      std::invoke(std::forward<Change>(change), item);
    } catch (...) {
      this->state().abandon();
      throw;
    }
    return this->state().commit(durability);
  }
  // Elements that are new are T{}.
  Token resize(size_type size, std::optional<Durability> durability = std::nullopt) {
    if (auto ready = this->state().begin(); !ready) return this->refused(std::move(ready).error());
    this->state().resize(size);
    return this->state().commit(durability);
  }
  // All elements, at the price of two records.
  Token clear(std::optional<Durability> durability = std::nullopt) { return resize(0, durability); }

  // Not for applications: for the store's catalogue.
  [[nodiscard]] static CatalogueEntry catalogue_entry(std::string_view pattern) {
    CatalogueEntry entry = stet::catalogue_entry<T>(pattern);  // Its version and fields.
    entry.type = "vector of " + kind_name<T>();
    return entry;
  }

 private:
  friend Handle;
  explicit PersistentVector(std::unique_ptr<typename Handle::State> state) noexcept
      : Handle(std::move(state)) {}
  [[nodiscard]] const std::vector<T>& table() const noexcept { return this->state().table(); }
  void check(size_type index) const {
    if (index >= size()) throw std::out_of_range("stet: no such index in a PersistentVector");
  }
};

}  // namespace stet
