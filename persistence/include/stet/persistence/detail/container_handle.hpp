// stet/persistence/detail/container_handle.hpp - what all containers have in common, and those of entries.
//
// Threads    One at a time, as the container.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <stet/persistence/detail/catalogue.hpp>
#include <stet/persistence/detail/container_state.hpp>
#include <stet/persistence/detail/load.hpp>
#include <stet/persistence/repository.hpp>
#include <stet/persistence/token.hpp>

namespace stet {

// The handle to a container's scope, for spawn_persistent() and load(). As Repository<T>, but it
// does not write.
template <class C>
  requires detail::is_container<C>
class Repository<C> {
 public:
  using value_type = C;

  explicit Repository(DataStore data) : data_(std::move(data)) {
    detail::declare(data_, &C::catalogue_entry);
  }

  // All there is, without owning it. Blocks. Errors: corrupt, newer_format, already_exists (a
  // value is stored here, no container), timed_out, those of DataStore.
  [[nodiscard]] Result<typename C::table_type> read(
      std::chrono::nanoseconds timeout = DataStore::default_timeout) const {
    if (auto good = data_.check(); !good) return good.error();
    typename C::entries_type entries;
    if (auto done = detail::read_entries(*data_.link(), get_scope(), entries, timeout); !done) {
      return done.error();
    }
    return std::move(entries.table);
  }
  [[nodiscard]] const std::string& get_scope() const noexcept { return data_.get_scope(); }
  [[nodiscard]] const DataStore& data() const noexcept { return data_; }

 private:
  DataStore data_;
};

namespace detail {

// `StateOf` has what is in memory; its Entries are what a reader fills.
template <class C, class StateOf>
class ContainerBase {
 public:
  using entries_type = typename StateOf::Entries;

  // On a host thread; actors get theirs from spawn_persistent(). Empty where nothing is stored.
  // Errors: already_owned, those of Repository::read().
  [[nodiscard]] static Result<C> load(
      const Repository<C>& from, std::chrono::nanoseconds timeout = DataStore::default_timeout) {
    Result<Loaded> loaded = acquire_one(from.data(), timeout);
    if (!loaded) return loaded.error();
    C container = of(std::move(loaded->unit), std::move(loaded->scope.claim));
    if (auto done = container.reload(timeout); !done) return done.error();
    return container;
  }
  // On a host thread, after a change threw or failed: all as it is stored. Changes are refused
  // until it succeeds.
  Result<void> reload(std::chrono::nanoseconds timeout = DataStore::default_timeout) {
    entries_type entries;
    if (auto done = state_->read_all(entries, timeout); !done) return done;
    state_->take(std::move(entries));
    return {};
  }

  [[nodiscard]] const std::string& get_scope() const noexcept { return state_->scope(); }
  // The class of its changes from now on; else the store's.
  void set_durability(Durability durability) noexcept { state_->set_durability(durability); }

  // Not for applications. of(): refuses changes until take().
  [[nodiscard]] static C of(std::shared_ptr<Unit> unit, Claim claim) {
    return C(std::make_unique<StateOf>(std::move(unit), std::move(claim)));
  }
  void take(entries_type&& entries) { state_->take(std::move(entries)); }

 protected:
  using Base = ContainerBase;  // The container's friend, for of().
  using State = StateOf;

  explicit ContainerBase(std::unique_ptr<State> state) noexcept : state_(std::move(state)) {}
  [[nodiscard]] State& state() noexcept { return *state_; }
  [[nodiscard]] const State& state() const noexcept { return *state_; }
  [[nodiscard]] Token refused(Error why) const { return Token(state_->unit(), std::move(why)); }

 private:
  std::unique_ptr<State> state_;
};

template <class C, class Table>
class ContainerHandle : public ContainerBase<C, EntriesState<Table>> {
 public:
  using table_type = Table;
  using key_type = typename Table::key_type;
  using value_type = typename Table::value_type;
  using size_type = typename Table::size_type;
  using const_iterator = typename Table::const_iterator;
  using iterator = const_iterator;

  [[nodiscard]] const_iterator begin() const noexcept { return table().begin(); }
  [[nodiscard]] const_iterator end() const noexcept { return table().end(); }
  [[nodiscard]] size_type size() const noexcept { return table().size(); }
  [[nodiscard]] bool empty() const noexcept { return table().empty(); }
  [[nodiscard]] const_iterator find(const key_type& key) const { return table().find(key); }
  [[nodiscard]] bool contains(const key_type& key) const { return table().contains(key); }
  [[nodiscard]] size_type count(const key_type& key) const { return table().count(key); }
  [[nodiscard]] const_iterator lower_bound(const key_type& key) const {
    return table().lower_bound(key);
  }
  [[nodiscard]] const_iterator upper_bound(const key_type& key) const {
    return table().upper_bound(key);
  }

  // None there is fine: nothing is written then.
  Token erase(const key_type& key, std::optional<Durability> durability = std::nullopt) {
    if (auto ready = this->state().begin(); !ready) return this->refused(std::move(ready).error());
    if (contains(key)) {
      this->state().forget_unknown(key);
      this->state().touch(key).erase(key);  // Last: the key may be the entry's own.
    }
    return this->state().commit(durability);
  }
  // All entries, at the price of one record. Scopes below stay.
  Token clear(std::optional<Durability> durability = std::nullopt) {
    if (auto ready = this->state().begin(); !ready) return this->refused(std::move(ready).error());
    this->state().clear();
    return this->state().commit(durability);
  }

 protected:
  using ContainerBase<C, EntriesState<Table>>::ContainerBase;
  [[nodiscard]] const Table& table() const noexcept { return this->state().table(); }
};

}  // namespace detail
}  // namespace stet
