// stet/persistence/repository.hpp - Repository<T>: typed handle to one scope.
//
//   stet::Repository<Account> repo{data.base("//bank").scope("alice")};
//   repo.write({.cents = 100, .owner = "Alice"}).value();
//   Account alice = repo.read().value();
//
// Compare and set, for who shares a scope that nobody owns:
//
//   auto found = repo.read_versioned().value();
//   found.value.cents += 5;
//   repo.write_if(found.value, found.revision);  // revision_conflict: another was quicker, read again.
//
// Its first use in a process writes the catalogue: key pattern, type, version and fields. Where the
// catalogue has another type under this pattern it stays so, and RefusedHook hears of it, unless
// the new one has a higher stet_version.
//
// It writes a value as one record, whatever its size (record_bytes_max); a Persistable splits a large
// struct into its fields (persistable.hpp). Reading takes both.
//
// Threads    A plain value. Calls with a timeout block: not on a worker, but for write() and
//            clear() inside a turn, which join its change (the Ack then only says so) and return at
//            once. Reads of a turn do not see what that same turn writes.
// Errors     Those of DataStore; read(), read_versioned(): not_found, corrupt, newer_format. After a
//            write_if() that timed out read what became of it: its revision is there or is not.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <stet/persistence/codec.hpp>
#include <stet/persistence/data_store.hpp>
#include <stet/persistence/detail/catalogue.hpp>
#include <stet/persistence/detail/hydrate.hpp>
#include <stet/persistence/detail/value_sink.hpp>
#include <stet/persistence/record_format.hpp>
#include <stet/persistence/type_info.hpp>
#include <stet/runtime/actor.hpp>
#include <stet/runtime/result.hpp>

namespace stet {

// A value and the revision it was read at.
template <class T>
struct Versioned {
  T value;
  std::uint64_t revision = 0;
};

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
    Result<Versioned<T>> found = read_versioned(timeout);
    if (!found) return std::move(found).error();
    return std::move(found->value);
  }
  // In actors: function(Result<T>) runs as a turn of `self`.
  template <class F>
  void read(const ActorBase& self, F function) const {
    data_.link()
        ->get.ask(Get{data_.get_scope()})
        .then(self, [repository = *this, actor = &self, function = std::move(function)](
                        Result<std::optional<std::string>> record) mutable {
          if (!record) return function(Result<T>(std::move(record).error()));
          Result<T> value = repository.decode(*record);
          if (value || value.error() != Errc::unsupported) return function(std::move(value));
          repository.read_split(*actor, *std::move(record), std::move(function));
        });
  }
  [[nodiscard]] Result<Versioned<T>> read_versioned(
      std::chrono::nanoseconds timeout = DataStore::default_timeout) const {
    const Result<std::optional<std::string>> record = data_.read(timeout);
    if (!record) return record.error();
    return assemble(*record, [this, timeout](Scan question) {
      return data_.link()->scan.ask(std::move(question)).get(timeout);
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
    return data_.write(to_record(value, data_.link()->next_revision()), timeout,
                       detail::may_be_split<T>);
  }
  // If the record still has this revision; if there is none. The new revision. Errors:
  // revision_conflict, nothing was written; would_deadlock inside a turn.
  Result<std::uint64_t> write_if(
      const T& value, std::uint64_t revision,
      std::chrono::nanoseconds timeout = DataStore::default_timeout) const {
    return write_if(value, Expected::at(revision), timeout);
  }
  Result<std::uint64_t> insert_if_absent(
      const T& value, std::chrono::nanoseconds timeout = DataStore::default_timeout) const {
    return write_if(value, Expected::absent(), timeout);
  }
  // The record is absent afterwards.
  Result<Ack> clear(std::chrono::nanoseconds timeout = DataStore::default_timeout) const {
    return data_.erase(timeout);
  }
  Result<Ack> clear_if(std::uint64_t revision,
                       std::chrono::nanoseconds timeout = DataStore::default_timeout) const {
    return data_.erase_if(Expected::at(revision), timeout);
  }

  // What was read at this scope in another way. Errors: unsupported (it is split into fields, and
  // this is only its root).
  [[nodiscard]] Result<T> decode(const std::optional<std::string>& record) const {
    Result<Versioned<T>> found = assemble(record, [](const Scan&) -> Result<Page> {
      return Error(Errc::unsupported, "the value is split into fields, and this is its root alone");
    });
    if (!found) return std::move(found).error();
    return std::move(found->value);
  }
  // The value whose root record was read already; scan(Scan) reads what belongs to it, where it is
  // split: then the root once more, so that all is of one moment.
  template <class ScanPage>
  [[nodiscard]] Result<Versioned<T>> assemble(const std::optional<std::string>& record,
                                              ScanPage&& scan) const {
    const auto none = [this] {
      return Error(Errc::not_found, "no record at \"" + get_scope() + "\"");
    };
    if (!record) return none();
    detail::ValueTable<T> table(0);
    if (auto done = table.take_root(get_scope(), *record); !done) {
      return detail::at_scope(get_scope(), done.error());
    }
    if (table.is_split()) {
      table.reset();
      // One page has room for a whole value, so it is of one moment.
      detail::EntryReader reader(get_scope(), group_bytes_max);
      while (!reader.is_done()) {
        const Result<Page> page = scan(reader.question());
        if (!page) return page.error();
        if (auto done = reader.take(*page, table); !done) return done.error();
      }
      if (!table.has_root()) return none();
    }
    return Versioned<T>{std::move(table.value), table.revision()};
  }

  [[nodiscard]] const std::string& get_scope() const noexcept { return data_.get_scope(); }
  [[nodiscard]] const DataStore& data() const noexcept { return data_; }

 private:
  Result<std::uint64_t> write_if(const T& value, Expected expected,
                                 std::chrono::nanoseconds timeout) const {
    const std::uint64_t revision = data_.link()->next_revision();
    const Result<Ack> done =
        data_.write_if(to_record(value, revision), expected, timeout, detail::may_be_split<T>);
    if (!done) return done.error();
    return revision;
  }
  template <class F>
  void read_split(const ActorBase& self, std::optional<std::string> root, F function) const {
    Scan question = detail::EntryReader(get_scope(), group_bytes_max).question();
    data_.link()
        ->scan.ask(std::move(question))
        .then(self, [repository = *this, root = std::move(root),
                     function = std::move(function)](Result<Page> page) mutable {
          Result<Versioned<T>> found = repository.assemble(
              root, [&page, asked = false](const Scan&) mutable -> Result<Page> {
                if (!std::exchange(asked, true)) return std::move(page);
                return Error(Errc::unsupported, "a stand-in for a store whose pages are too small");
              });
          if (!found) return function(Result<T>(std::move(found).error()));
          function(Result<T>(std::move(found->value)));
        });
  }
  [[nodiscard]] std::string to_record(const T& value, std::uint64_t revision) const {
    Buffer out;
    const RecordHeader header = detail::root_header(*data_.link(), saved_version<T>(), revision);
    encode_record(
        data_.get_scope(), header, [&value](Buffer& to) { encode(value, to); }, out);
    return std::string(out.view());
  }

  DataStore data_;
};

}  // namespace stet
