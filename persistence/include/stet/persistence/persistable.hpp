// stet/persistence/persistable.hpp - Persistable<T>: a value that saves its own changes.
//
//   account_.mutate([&](Account& a) { a.cents += m.cents; });   // in a handler: part of its turn
//   account_.edit<&Account::cents>([&](std::int64_t& cents) { cents += m.cents; });
//   account_->cents                                             // reading is a plain access
//
// A struct of more than about 1.5 KB is stored a record a field, and a change writes the fields
// that differ; to find them all are encoded, in memory. edit() says which one it is.
//
// Inside a turn all changes are stored together when the handler returns, or not at all when it
// throws. Outside, on a host thread, each change is stored by itself.
//
// Threads    One at a time: it belongs to its actor, or to one host thread.
// Ownership  Movable. Owns its scope until it is destroyed: others get already_owned.
// Progress   Inside a turn nothing blocks. On a host thread a change waits for room in the store's
//            queue, up to StoreOptions::host_wait; load() and reload() block up to their timeout.
// Errors     A throw that leaves mutate() dooms the turn, even if the handler catches it: the actor
//            is discarded. On a host thread the Persistable then refuses changes until reload().
//            What cannot be stored discards the actor too; the token has the reason.
// Bounds     A record of record_bytes_max: the value, or, where it is split, each field, and 32 MiB
//            for all of them.
#pragma once

#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <stet/persistence/codec.hpp>
#include <stet/persistence/detail/load.hpp>
#include <stet/persistence/detail/struct_fields.hpp>
#include <stet/persistence/detail/value_sink.hpp>
#include <stet/persistence/detail/value_state.hpp>
#include <stet/persistence/repository.hpp>
#include <stet/persistence/token.hpp>
#include <stet/persistence/type_info.hpp>

namespace stet {

template <class T>
class Persistable {
 public:
  using value_type = T;

  // On a host thread; actors get theirs from spawn_persistent(). Errors: not_found, already_owned,
  // corrupt, newer_format, and those of DataStore.
  [[nodiscard]] static Result<Persistable> load(
      const Repository<T>& from, std::chrono::nanoseconds timeout = DataStore::default_timeout) {
    Result<Persistable> loaded = load_or_default(from, timeout);
    if (loaded && !loaded->has()) {
      return Error(Errc::not_found, "no record at \"" + from.get_scope() + "\"");
    }
    return loaded;
  }
  // T{} where there is no record; nothing is written before the first change.
  [[nodiscard]] static Result<Persistable> load_or_default(
      const Repository<T>& from, std::chrono::nanoseconds timeout = DataStore::default_timeout) {
    Result<detail::Loaded> loaded = detail::acquire_one(from.data(), timeout);
    if (!loaded) return loaded.error();
    detail::ValueTable<T> table(from.data().link()->hash_seed);
    const std::string& scope = from.get_scope();
    if (auto done =
            detail::read_value(*from.data().link(), scope, loaded->scope.record, table, timeout);
        !done) {
      return done.error();
    }
    return of(std::move(loaded->unit), std::move(loaded->scope.claim), std::move(table));
  }
  // make() where there is no record; nothing is written before the first change.
  template <std::invocable Make>
  [[nodiscard]] static Result<Persistable> load_or_else(
      const Repository<T>& from, Make&& make,
      std::chrono::nanoseconds timeout = DataStore::default_timeout) {
    Result<Persistable> loaded = load_or_default(from, timeout);
    if (loaded && !loaded->has()) loaded->state_->value = std::invoke(std::forward<Make>(make));
    return loaded;
  }

  // Changes the value in place: change(T&).
  template <std::invocable<T&> Change>
  Token mutate(Change&& change, std::optional<Durability> durability = std::nullopt) {
    if (auto ready = state_->begin(); !ready) return refused(std::move(ready).error());
    state_->note_all();
    try {
      std::invoke(std::forward<Change>(change), state_->value);
    } catch (...) {
      state_->abandon();
      throw;
    }
    return state_->commit(true, durability);
  }
  // Changes one field in place: change(field). Of a large struct nothing else is looked at when the
  // turn ends, so this costs what the field costs. As mutate() otherwise, also beside it in one
  // turn.
  template <auto Member, class Change>
    requires std::is_member_object_pointer_v<decltype(Member)>
  Token edit(Change&& change, std::optional<Durability> durability = std::nullopt) {
    static_assert(std::is_invocable_v<Change, decltype((std::declval<T&>().*Member))>,
                  "stet: edit() takes a function of the field, as in edit<&Account::cents>(f)");
    static_assert(detail::is_field<T, Member>(),
                  "stet: edit() names a member that stet_fields has not: it is not saved");
    if (auto ready = state_->begin(); !ready) return refused(std::move(ready).error());
    state_->note_field(detail::field_number(state_->value, Member));
    try {
      std::invoke(std::forward<Change>(change), state_->value.*Member);
    } catch (...) {
      state_->abandon();
      throw;
    }
    return state_->commit(true, durability);
  }
  // Changes a copy, and keeps it if change(T&) returns true or a Result without an error.
  // Otherwise, and when it throws, the value is as before. Errors: what change() returned,
  // rolled_back for false.
  template <std::invocable<T&> Change>
  Result<Token> try_mutate(Change&& change, std::optional<Durability> durability = std::nullopt) {
    if (auto ready = state_->begin(); !ready) return std::move(ready).error();
    T copy = state_->value;
    auto kept = std::invoke(std::forward<Change>(change), copy);
    if (!kept) {
      if constexpr (std::is_same_v<decltype(kept), bool>) {
        return Error(Errc::rolled_back, "the change was not wanted");
      } else {
        return kept.error();
      }
    }
    state_->value = std::move(copy);
    state_->note_all();
    return state_->commit(true, durability);
  }
  Token set(T value, std::optional<Durability> durability = std::nullopt) {
    if (auto ready = state_->begin(); !ready) return refused(std::move(ready).error());
    state_->value = std::move(value);
    state_->note_all();
    return state_->commit(true, durability);
  }
  // Back to T{}, and no record.
  Token clear(std::optional<Durability> durability = std::nullopt) {
    if (auto ready = state_->begin(); !ready) return refused(std::move(ready).error());
    state_->value = T{};
    state_->kept.clear();
    state_->note_cleared();
    return state_->commit(false, durability);
  }

  [[nodiscard]] T get() const { return state_->value; }
  [[nodiscard]] const T* operator->() const noexcept { return &state_->value; }
  [[nodiscard]] const T& operator*() const noexcept { return state_->value; }
  // Is there a record, as far as this one's own changes go?
  [[nodiscard]] bool has() const noexcept { return state_->has(); }
  [[nodiscard]] const std::string& get_scope() const noexcept { return state_->scope(); }
  // The class of its changes from now on; else the store's.
  void set_durability(Durability durability) noexcept { state_->set_durability(durability); }

  // On a host thread, after a change threw or failed: the value as it is stored. Where the record
  // cannot be decoded the value stays and changes are refused until a reload() succeeds.
  Result<void> reload(std::chrono::nanoseconds timeout = DataStore::default_timeout) {
    const Result<std::optional<std::string>> record = state_->read_again(timeout);
    if (!record) return record.error();
    const detail::StoreLink& link = *state_->unit()->link();
    detail::ValueTable<T> table(link.hash_seed);
    state_->refuse_changes();  // Unless all of it can be read.
    if (auto done = detail::read_value(link, state_->scope(), *record, table, timeout); !done) {
      return done;
    }
    state_->take(std::move(table));
    return {};
  }

  // Not for applications.
  [[nodiscard]] static Persistable of(std::shared_ptr<detail::Unit> unit, detail::Claim claim,
                                      detail::ValueTable<T>&& table) {
    auto state = std::make_unique<TypedState>(std::move(unit), std::move(claim));
    state->take(std::move(table));
    return Persistable(std::move(state));
  }

 private:
  static constexpr bool is_struct = detail::kind_of<T> == detail::Kind::structure;

  struct TypedState final : detail::ValueState {
    using ValueState::ValueState;
    ~TypedState() override { leave_turn(); }

    void take(detail::ValueTable<T>&& table) {
      value = std::move(table.value);
      kept = std::move(table.kept);
      set_stored(table.take_stored());
    }
    void refuse_changes() noexcept { mark_broken(); }

    void encode_payload(Buffer& out) const override { encode(value, out, kept); }
    std::uint16_t codec_version() const noexcept override { return saved_version<T>(); }
    std::size_t fields() const noexcept override {
      if constexpr (is_struct) return detail::field_count<T>;
      return 0;
    }
    std::string_view field_name([[maybe_unused]] std::size_t field) const noexcept override {
      if constexpr (is_struct) return detail::field_names<T>[field];
      return {};
    }
    void encode_field([[maybe_unused]] std::size_t field,
                      [[maybe_unused]] Buffer& out) const override {
      if constexpr (is_struct) detail::encode_field(value, field, out, kept);
    }
    const UnknownFields& unknown() const noexcept override { return kept; }

    T value{};
    UnknownFields kept;  // Of a newer program: written back as they stood.
  };

  explicit Persistable(std::unique_ptr<TypedState> state) noexcept : state_(std::move(state)) {}
  [[nodiscard]] Token refused(Error why) const { return Token(state_->unit(), std::move(why)); }

  std::unique_ptr<TypedState> state_;
};

}  // namespace stet
