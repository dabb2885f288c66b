// stet/persistence/detail/store_link.hpp - what a store's actor and all its writers share.
//
// Also the messages between them that no application sends. A DataStore over some other actor has a
// link whose private recipients are empty: it can read and write, not own.
//
// Threads    Recipients and options do not change once the link is shared. Atomics: any. What a
//            mutex guards says so.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include <stet/persistence/change.hpp>
#include <stet/persistence/detail/claim.hpp>
#include <stet/persistence/detail/early_asks.hpp>
#include <stet/persistence/detail/store_counters.hpp>
#include <stet/persistence/store_health.hpp>
#include <stet/persistence/store_messages.hpp>
#include <stet/persistence/store_options.hpp>
#include <stet/runtime/detail/atomic.hpp>
#include <stet/runtime/recipient.hpp>

namespace stet::detail {

// Answered with the claims and the root records of these scopes, all or none.
struct Acquired {
  struct One {
    Claim claim;
    std::optional<std::string> record;
  };
  std::vector<One> scopes;
};
struct Acquire {
  using Reply = Acquired;
  std::vector<std::string> scopes;
  std::uint64_t owner_id = 0;
  std::optional<Error> refused = std::nullopt;  // Known to be wrong already: answer with this.
};
// Comes after the owner's last change.
struct Release {
  std::string scope;
  std::uint64_t owner_id = 0;
};
// The scope goes to another writer. Comes after what the first one sent.
struct HandOver {
  std::string scope;
  std::uint64_t from_id = 0;
  std::uint64_t to_id = 0;
};
// Answered when everything this writer sent before is as safe as `durability` says, or has failed.
struct AwaitChange {
  using Reply = Ack;
  std::shared_ptr<Unit> unit;
  std::uint64_t revision = 0;  // Of the turn that made the change.
  Durability durability = Durability::durable;
  std::optional<Error> refused = std::nullopt;  // It never left: answer with this.
};
// Answered when the queue has room again.
struct AwaitRoom {
  using Reply = Ack;
};
// A host wants the store to go on after a failed flush. Answered when it does.
struct Reopen {
  using Reply = Ack;
};
// The scopes could not be read, so nobody was told that they are his.
struct Ungranted {
  std::vector<std::string> scopes;
  std::uint64_t owner_id = 0;
};
// A view of one commit, for a host. Answered when everything sent before is committed.
class OpenView;
struct BeginView {
  using Reply = std::shared_ptr<OpenView>;
};
// A reader of another process has been there for too long; nullopt: not any more.
struct ReadersWatched {
  std::optional<Error> alarm;
};
// A repository was opened: its catalogue entry. Written unless it is there already; refused where
// the one that is there tells of another type.
struct Declare {
  std::string pattern;
  std::string key;
  std::string payload;
};

[[nodiscard]] std::uint64_t random_hash_seed();

struct StoreLink {
  // Public messages.
  Recipient<Insert> insert;
  Recipient<InsertBatch> insert_batch;
  Recipient<Remove> remove;
  Recipient<RemovePrefix> remove_prefix;
  Recipient<Get> get;
  Recipient<Scan> scan;
  Recipient<FlushAll> flush;
  // Private ones; empty where the actor is no store.
  Recipient<Change> change;
  Recipient<Acquire> acquire;
  Recipient<Release> release;
  Recipient<HandOver> hand_over;
  Recipient<AwaitChange> await_change;
  Recipient<AwaitRoom> await_room;
  Recipient<Declare> declare;
  Recipient<Reopen> reopen;
  Recipient<BeginView> begin_view;
  Recipient<Ungranted> ungranted;
  Recipient<ReadersWatched> watched;

  // As the store was opened.
  Durability durability = Durability::durable;
  std::size_t queue_bytes_max = std::size_t{64} << 20;
  std::chrono::nanoseconds host_wait = std::chrono::seconds(30);
  std::string program;
  std::string name;  // For reports.
  RefusedHook on_refused;
  // Of the hashes that values in memory are compared by with what is stored. Another each time, so
  // that no value can be made that is taken for another.
  const std::uint64_t hash_seed = random_hash_seed();

  [[nodiscard]] bool is_store() const noexcept { return static_cast<bool>(change); }

  // Larger than all handed out before, over restarts too: the store begins each session higher.
  [[nodiscard]] std::uint64_t next_revision() noexcept {
    // relaxed: only the number's uniqueness counts; the store's queue orders the changes.
    return revision.fetch_add(1, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t next_owner_id() noexcept {
    // relaxed: as next_revision().
    return owner_id.fetch_add(1, std::memory_order_relaxed);
  }
  [[nodiscard]] std::size_t queued() const noexcept {
    // relaxed: a bound with slack; nothing else is read because of it.
    return queued_bytes.load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool is_over_bound() const noexcept { return queued() > queue_bytes_max; }
  // Outside a turn: waits for room, up to host_wait. Errors: would_block, would_deadlock,
  // receiver_gone.
  [[nodiscard]] Result<void> wait_for_room();
  void tell_refused(std::string_view scope, const Error& why) const noexcept;

  // One place for all sites: next_revision(), next_owner_id(), queued(), Ticket, StoreActor.
  Atomic<std::uint64_t> revision{1};
  Atomic<std::uint64_t> owner_id{1};
  Atomic<std::size_t> queued_bytes{0};
  Atomic<std::size_t> active_writers{0};  // With anything in the queue.

  StoreCounters counters;

  EarlyAsks early;  // Questions about turns that have not ended.

  std::mutex mutex;  // Guards what follows; held for a look-up or a copy, never over a call out.
  StoreHealth health;
  std::unordered_set<std::string> declared;  // Catalogue keys and types this process has sent.
};

}  // namespace stet::detail
