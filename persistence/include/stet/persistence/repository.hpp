// stet/persistence/repository.hpp - Repository<T>: typed handle to one scope.
//
//   stet::Repository<Account> repo{data.base("//bank").scope("alice")};
//   repo.write({.cents = 100, .owner = "Alice"}).value();
//   Account alice = repo.read().value();
//
// Its first use in a process writes the catalogue: key pattern, type, version and fields. Where the
// catalogue has another type under this pattern it stays so, and RefusedHook hears of it, unless
// the new one has a higher stet_version.
//
// Threads    A plain value. Calls with a timeout block: not on a worker, but for write() and
//            clear() inside a turn, which join its change (the Ack then only says so) and return at
//            once. Reads of a turn do not see what that same turn writes.
// Errors     Those of DataStore; read(): not_found, corrupt, newer_format.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include <stet/persistence/codec.hpp>
#include <stet/persistence/data_store.hpp>
#include <stet/persistence/detail/catalogue.hpp>
#include <stet/persistence/detail/hydrate.hpp>
#include <stet/persistence/record_format.hpp>
#include <stet/persistence/type_info.hpp>
#include <stet/runtime/actor.hpp>
#include <stet/runtime/result.hpp>

namespace stet {

template <class T>
class Repository {
  static_assert(is_saveable<T>);

 public:
  using value_type = T;

  explicit Repository(DataStore data) : data_(std::move(data)) {
    detail::declare(data_, &catalogue_entry<T>);
  }

  [[nodiscard]] Result<T> read(
      std::chrono::nanoseconds timeout = DataStore::default_timeout) const {
    const Result<std::optional<std::string>> record = data_.read(timeout);
    if (!record) return record.error();
    return decode(*record);
  }
  // In actors: function(Result<T>) runs as a turn of `self`.
  template <class F>
  void read(const ActorBase& self, F function) const {
    data_.link()
        ->get.ask(Get{data_.get_scope()})
        .then(self, [repository = *this, function = std::move(function)](
                        Result<std::optional<std::string>> record) mutable {
          if (record) {
            function(repository.decode(*record));
          } else {
            function(Result<T>(std::move(record).error()));
          }
        });
  }
  [[nodiscard]] Result<bool> has(
      std::chrono::nanoseconds timeout = DataStore::default_timeout) const {
    const Result<std::optional<std::string>> record = data_.read(timeout);
    if (!record) return record.error();
    return record->has_value();
  }
  Result<Ack> write(const T& value,
                    std::chrono::nanoseconds timeout = DataStore::default_timeout) const {
    Buffer out;
    detail::StoreLink& link = *data_.link();
    const RecordHeader header = detail::root_header(link, saved_version<T>(), link.next_revision());
    encode_record(
        data_.get_scope(), header, [&value](Buffer& to) { encode(value, to); }, out);
    return data_.write(std::string(out.view()), timeout);
  }
  // The record is absent afterwards.
  Result<Ack> clear(std::chrono::nanoseconds timeout = DataStore::default_timeout) const {
    return data_.erase(timeout);
  }

  // What was read at this scope in another way, as through a StoreView.
  [[nodiscard]] Result<T> decode(const std::optional<std::string>& record) const {
    if (!record) return Error(Errc::not_found, "no record at \"" + get_scope() + "\"");
    T value{};
    if (auto done = detail::hydrate(get_scope(), *record, value, nullptr); !done) {
      return done.error();
    }
    return value;
  }

  [[nodiscard]] const std::string& get_scope() const noexcept { return data_.get_scope(); }
  [[nodiscard]] const DataStore& data() const noexcept { return data_; }

 private:
  DataStore data_;
};

}  // namespace stet
