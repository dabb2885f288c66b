// stet/persistence/data_store.hpp - scopes over a store, or over any actor that stands in for one.
//
//   stet::DataStore data{store};
//   auto alice = data.base("//bank").scope("alice").scope("/cards");
//   alice.get_scope();                                                // "//bank/alice/cards"
//
// A DataStore is a place: base() and scope() give a new one and leave the old as it is. A mistake
// in a path is kept and reported by whatever is done there. Repository adds types.
//
// Threads    A plain value. Calls with a timeout block: on a worker they fail with would_deadlock,
//            but for writes inside a turn, which join its change and return at once.
// Errors     invalid_argument, too_large (of the path); those of store_messages.hpp; timed_out.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <stet/persistence/detail/store_link.hpp>
#include <stet/persistence/scope.hpp>
#include <stet/persistence/store.hpp>
#include <stet/persistence/store_messages.hpp>
#include <stet/runtime/address.hpp>
#include <stet/runtime/result.hpp>

namespace stet {

class DataStore {
 public:
  static constexpr std::chrono::nanoseconds default_timeout = std::chrono::seconds(30);

  explicit DataStore(const Store& store) : link_(store.link()) {}
  // Any actor that accepts the messages: a test's double, a cache, a proxy.
  template <class A>
    requires Handles<A, Insert> && Handles<A, Remove> && Handles<A, RemovePrefix> &&
             Handles<A, Get> && Handles<A, Scan> && Handles<A, FlushAll>
  explicit DataStore(const Address<A>& actor) : link_(std::make_shared<detail::StoreLink>()) {
    link_->insert = actor;
    if constexpr (Handles<A, InsertBatch>) link_->insert_batch = actor;
    link_->remove = actor;
    link_->remove_prefix = actor;
    link_->get = actor;
    link_->scan = actor;
    link_->flush = actor;
  }

  // See scope.hpp for what a path may be.
  [[nodiscard]] DataStore base(std::string_view path) const;
  [[nodiscard]] DataStore scope(std::string_view segments) const;
  [[nodiscard]] DataStore scope_segment(std::string_view segment) const;
  // "//foo/bar/baz"
  [[nodiscard]] const std::string& get_scope() const noexcept { return scope_.path(); }
  // The first mistake in the path, if there is one.
  [[nodiscard]] Result<void> check() const;

  // The record of this scope, as encode_record() made it.
  [[nodiscard]] Result<std::optional<std::string>> read(
      std::chrono::nanoseconds timeout = default_timeout) const;
  // `is_whole`, here and below: a struct's fields, where it is split, go with its old root record;
  // for this the store looks at that. False: there cannot be any.
  Result<Ack> write(std::string record, std::chrono::nanoseconds timeout = default_timeout,
                    bool is_whole = true) const;
  // Only if the record is as expected, else revision_conflict. Not inside a turn: an actor asks, as
  // in data.to<Insert>().ask(...), or owns the scope.
  Result<Ack> write_if(std::string record, Expected expected,
                       std::chrono::nanoseconds timeout = default_timeout,
                       bool is_whole = true) const;
  // Several records of any scopes, all or none. Not inside a turn: there writes are one anyway.
  Result<Ack> write_all(std::vector<Record> records,
                        std::chrono::nanoseconds timeout = default_timeout) const;
  // Only if all conditions hold.
  Result<Ack> write_all_if(std::vector<Record> records, std::vector<Condition> conditions,
                           std::chrono::nanoseconds timeout = default_timeout) const;
  Result<Ack> erase(std::chrono::nanoseconds timeout = default_timeout) const;
  Result<Ack> erase_if(Expected expected, std::chrono::nanoseconds timeout = default_timeout) const;
  // This scope and all below it.
  Result<Ack> erase_all(std::chrono::nanoseconds timeout = default_timeout) const;
  // The records of this scope and all below it, from behind the key `after`; backward: before it.
  [[nodiscard]] Result<Page> list(std::string after = {}, std::uint32_t records_max = 256,
                                  std::chrono::nanoseconds timeout = default_timeout,
                                  ScanOrder order = ScanOrder::forward) const;
  // All records of the store after one commit, for reading much: see store_view.hpp.
  [[nodiscard]] Result<StoreView> view(std::chrono::nanoseconds timeout = default_timeout) const;

  // Everything sent before is durable, or the error says why not.
  [[nodiscard]] Result<void> flush(std::chrono::nanoseconds timeout) const;

  // For actors: data.to<Get>().ask(key).then(*this, f).
  template <class M>
  [[nodiscard]] const Recipient<M>& to() const noexcept {
    if constexpr (std::same_as<M, Insert>) {
      return link_->insert;
    } else if constexpr (std::same_as<M, InsertBatch>) {
      return link_->insert_batch;
    } else if constexpr (std::same_as<M, Remove>) {
      return link_->remove;
    } else if constexpr (std::same_as<M, RemovePrefix>) {
      return link_->remove_prefix;
    } else if constexpr (std::same_as<M, Get>) {
      return link_->get;
    } else if constexpr (std::same_as<M, Scan>) {
      return link_->scan;
    } else {
      static_assert(std::same_as<M, FlushAll>, "stet: a store has no such message");
      return link_->flush;
    }
  }

  // Not for applications. pattern(): "//bank/{}/{}", for the catalogue.
  [[nodiscard]] const std::shared_ptr<detail::StoreLink>& link() const noexcept { return link_; }
  [[nodiscard]] std::string pattern() const;

 private:
  [[nodiscard]] Result<void> check_write() const;

  std::shared_ptr<detail::StoreLink> link_;
  Scope scope_ = Scope::base({});  // A mistake until base() is called.
  std::size_t base_bytes_ = 0;
};

}  // namespace stet
