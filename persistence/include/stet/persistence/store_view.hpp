// stet/persistence/store_view.hpp - StoreView: all records as they were after one commit.
//
//   stet::StoreView view = store.view(1s).value();
//   stet::Page page = view.scan({.scope = "//bank"}).value();   // and on, with .after
//   view.visit("//bank", [&](auto key, auto record) { out << key; return true; });
//   Account alice = view.read(repository).value();
//
// For host threads that read much: exports, checks, reports. It shows everything that was sent to the
// store before it was asked for; but while nothing can be committed, as on a full disk, the last
// commit. It reads on the caller's thread, beside the store and its commits.
//
// As long as it is open the space of what others overwrite is not used again, so it ends by itself:
// after store.view_age, or when the file has grown by store.view_bytes. What it has given stays.
//
// Threads    A handle; copies show the same view. Any thread, one reads at a time. Not in handlers
//            on the pool: reading may wait for the disk.
// Ownership  It ends with its last handle, with end(), or with its System.
// Errors     expired (over a limit: begin a new one), closed; those of Scan and Repository::read().
//            Of the begin: readers_full (128 are open), timed_out, would_deadlock, unsupported (a
//            stand-in for a store).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <stet/persistence/store_messages.hpp>
#include <stet/runtime/result.hpp>

namespace stet {

namespace detail {
class OpenView;
struct StoreLink;
}  // namespace detail

class StoreView {
 public:
  // The commit it shows; a later view has a number at least as high.
  [[nodiscard]] std::uint64_t number() const noexcept;

  // The record, or nullopt.
  [[nodiscard]] Result<std::optional<std::string>> get(std::string_view key) const;
  // The records of a scope, a page at a time; all pages together are of the one commit.
  [[nodiscard]] Result<Page> scan(const Scan& question) const;
  // Calls `visit` with each record of a scope and below, in order, until it returns false. Nothing is
  // copied: what it is given is valid during the call. It must not use this view, and keeps others
  // from it for a thousand records at most. Errors: as scan(), where it stands then.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;
  [[nodiscard]] Result<void> visit(std::string_view scope, const Visit& visit,
                                   ScanOrder order = ScanOrder::forward) const;
  // A Repository's value. Errors: not_found.
  template <class R>
  [[nodiscard]] Result<typename R::value_type> read(const R& repository) const {
    const Result<std::optional<std::string>> record = get(repository.get_scope());
    if (!record) return record.error();
    auto found =
        repository.assemble(*record, [this](const Scan& question) { return scan(question); });
    if (!found) return std::move(found).error();
    return std::move(found->value);
  }

  // For all handles. Later calls of theirs are `closed`.
  void end() const noexcept;

  // Not for applications: Store::view(), DataStore::view().
  [[nodiscard]] static Result<StoreView> begin(const detail::StoreLink& link,
                                               std::chrono::nanoseconds timeout);

 private:
  explicit StoreView(std::shared_ptr<detail::OpenView> open) noexcept : open_(std::move(open)) {}
  std::shared_ptr<detail::OpenView> open_;
};

}  // namespace stet
