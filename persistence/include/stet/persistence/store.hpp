// stet/persistence/store.hpp - Store: opens a place for records and starts its store actor.
//
//   auto store =
//       stet::Store::open(system, {.engine = stet::EngineChoice::lmdb(directory)}).value();
//   stet::DataStore data{store};
//
// Threads    open(): any. The handle is a plain value; copies may be used on different threads.
// Lifetime   The store ends with its System, after all other actors, and commits what it was sent.
//            Handles may outlive both.
// Progress   open(), flush() and view() block; the rest is wait-free or takes a short lock.
// Errors     open(): already_open (the text says by whom), newer_format, corrupt, unsupported,
//            invalid_argument, io, shutting_down.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <stet/persistence/store_health.hpp>
#include <stet/persistence/store_metrics.hpp>
#include <stet/persistence/store_options.hpp>
#include <stet/runtime/result.hpp>
#include <stet/runtime/system.hpp>

namespace stet {

class StoreView;  // store_view.hpp
namespace detail {
struct StoreLink;
}

class Store {
 public:
  [[nodiscard]] static Result<Store> open(System& system, StoreOptions options);

  // Everything sent before is durable, or the error says why not. On a worker: would_deadlock.
  [[nodiscard]] Result<void> flush(std::chrono::nanoseconds timeout) const;

  // All records as they are after what was sent before: see store_view.hpp. On a worker:
  // would_deadlock.
  [[nodiscard]] Result<StoreView> view(std::chrono::nanoseconds timeout) const;

  // After a failed flush: goes on over a verified copy of what can be read, with what was on its way
  // written first; nothing to do where none failed. Takes as long as copying the store. On a worker:
  // would_deadlock. Errors: corrupt (restore from a copy); disk_full, no_memory, io, unsupported.
  [[nodiscard]] Result<void> reopen(std::chrono::nanoseconds timeout) const;

  [[nodiscard]] StoreHealth health() const;
  // Cheap: no record is looked at. Waits only while the memory map grows.
  [[nodiscard]] StoreStats stats() const;
  // The same in Prometheus' text format; for several stores see store_metrics.hpp. Without a name the
  // store's directory is the label, or "memory".
  [[nodiscard]] std::string prometheus(std::string name = {}) const;
  [[nodiscard]] StoreReport report(std::string name = {}) const;

  // Not for applications.
  [[nodiscard]] const std::shared_ptr<detail::StoreLink>& link() const noexcept { return link_; }

 private:
  explicit Store(std::shared_ptr<detail::StoreLink> link) noexcept : link_(std::move(link)) {}
  std::shared_ptr<detail::StoreLink> link_;
};

}  // namespace stet
