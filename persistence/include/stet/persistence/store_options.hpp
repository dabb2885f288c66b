// stet/persistence/store_options.hpp - what a store can be told.
//
//   StoreOptions options{.engine = EngineChoice::lmdb("/var/lib/bank")};
//   StoreOptions test{.engine = EngineChoice::memory()};
//
// Threads    A plain value. Of the hooks, on_health runs on the store's thread, on_refused on
//            whichever thread met the refusal, so perhaps on several at once.
// Progress   Nothing here blocks. A hook that does holds up the store, or a worker.
// Ownership  The store takes its copy. An engine that was given is shared with the giver.
// Errors     Told by Store::open(). from() takes checked Options and cannot fail.
// Bounds     The ranges of the option table. Options set in code are not checked against them.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <stet/persistence/durability.hpp>
#include <stet/persistence/failure_policy.hpp>
#include <stet/persistence/store_health.hpp>
#include <stet/persistence/store_mode.hpp>
#include <stet/runtime/options.hpp>

namespace stet {

namespace detail {
class Engine;
}

// Where records are kept.
class EngineChoice {
 public:
  // A directory of its own, made if it is missing.
  [[nodiscard]] static EngineChoice lmdb(std::filesystem::path directory);
  // Gone with the store: for tests, and for programs that run with and without.
  [[nodiscard]] static EngineChoice memory();
  // Not for applications: an engine made by a test.
  [[nodiscard]] static EngineChoice given(std::shared_ptr<detail::Engine> engine);

 private:
  friend class Store;
  std::filesystem::path directory_;
  std::shared_ptr<detail::Engine> engine_;
};

// A change, a record or a scope was refused and its actor discarded: which, and why. Also told, with
// already_exists: two types under one key pattern, of which the catalogue keeps the first. Called
// on the thread that met it; must be quick and must not throw.
using RefusedHook = std::function<void(std::string_view scope, const Error& why)>;

struct StoreOptions {
  EngineChoice engine = EngineChoice::memory();
  Durability durability = Durability::durable;
  // A batch is committed when nothing waits, or at one of these bounds.
  std::size_t batch_records = 8192;
  std::size_t batch_bytes = std::size_t{4} << 20;
  // Sent and not committed. Over it, an actor with its share of it (divided by those who have
  // anything there) is paused after its turn, over twice of it any; a host thread waits up to
  // host_wait, then gets would_block.
  std::size_t queue_bytes = std::size_t{64} << 20;
  std::chrono::nanoseconds host_wait = std::chrono::seconds(30);
  // How a new LMDB store is laid out; one that exists stays what it is.
  StoreMode mode = StoreMode::direct;
  // Journal mode: what is committed and not yet in the state, on disk and in memory.
  std::size_t journal_bytes = std::size_t{64} << 20;
  // Address space of the LMDB map, not disk.
  std::size_t map_bytes = std::size_t{1} << 40;
  // Of the file system: left to others, but at most a twentieth of it. With less free a store takes no
  // write that would make its files larger, as on a full disk.
  std::size_t disk_reserve = std::size_t{32} << 20;
  // After a commit that may succeed later (a full disk): the first and the longest pause.
  std::chrono::nanoseconds retry_initial = std::chrono::milliseconds(10);
  std::chrono::nanoseconds retry_max = std::chrono::seconds(1);
  // When a flush fails; degrade: also when there is no room.
  FailurePolicy failure = FailurePolicy::stop;
  // A view that a host has open (store_view.hpp) ends after so long, or when the file has grown by
  // so much since it began; of LMDB alone, others keep nothing.
  std::chrono::nanoseconds view_age = std::chrono::minutes(1);
  std::uint64_t view_bytes = std::uint64_t{1} << 30;
  // A read transaction of another process that is older than this is told to on_health, as `slow`.
  std::chrono::nanoseconds reader_age = std::chrono::minutes(1);
  std::uint64_t seed = 0;    // Of the chance in those pauses.
  std::string program = {};  // Written into root records: who wrote them, as "census 0.1.0".
  StoreHealthHook on_health = {};
  RefusedHook on_refused = {};

  // From the option table (store.* keys).
  [[nodiscard]] static StoreOptions from(const Options& options);
};

// clang-format off
inline constexpr OptionInfo store_options[] = {
    {"store.durability", OptionType::choice, {}, "durable", 0, 0, "async|visible|durable|urgent",
     "when a write is acknowledged: taken, safe from kill -9, safe from a power cut, the same without waiting for others",
     "lower it only if losing the last moments is fine; single calls may differ"},
    {"store.batch_records", OptionType::integer, "records", "8192", 1, 1'000'000, {},
     "records one commit may hold",
     "lower it if acknowledgements come too late under load, raise it if small records come in floods",
     "throughput=65536|test=64"},
    {"store.batch_bytes", OptionType::size, {}, "4MiB", std::uint64_t{4} << 10, std::uint64_t{128} << 20, {},
     "bytes one commit may hold, but at least one turn's change",
     "lower it on a slow disk, where one commit takes long; raise it if records are large",
     "throughput=32MiB|test=64KiB"},
    {"store.queue_bytes", OptionType::size, {}, "64MiB", std::uint64_t{64} << 10, std::uint64_t{64} << 30, {},
     "bytes sent and not committed before writers are slowed",
     "raise it to ride out longer bursts, lower it where memory is short",
     "throughput=256MiB|test=1MiB"},
    {"store.mode", OptionType::choice, {}, "direct", 0, 0, "direct|journal",
     "how a new store is laid out: each commit changes the tree, or is appended and brought in with many others",
     "journal for many writes to scattered keys; a store that exists stays what it is"},
    {"store.journal_bytes", OptionType::size, {}, "64MiB", std::uint64_t{1} << 20, std::uint64_t{16} << 30, {},
     "journal mode: bytes committed and not yet in the tree, on disk and in memory, before commits are slowed",
     "raise it where memory allows and keys are scattered over many records, lower it to open faster",
     "test=1MiB"},
    {"store.map_bytes", OptionType::size, {}, "1TiB", std::uint64_t{1} << 20, std::uint64_t{64} << 40, {},
     "address space of the memory map, the most a store can grow to",
     "lower it where address space is limited (ulimit -v); it costs no memory and no disk"},
    {"store.disk_reserve", OptionType::size, {}, "32MiB", 0, std::uint64_t{1} << 40, {},
     "free bytes of the file system, at most a twentieth of it, that writes leave untouched",
     "raise it where other programs on that disk must go on when the store has filled it"},
    {"store.retry_initial", OptionType::duration, {}, "10ms", 1'000'000, 60'000'000'000, {},
     "pause after a commit that failed and may succeed later",
     "raise it if a commit that fails is dear, as on a disk that is slow to refuse", "test=1ms"},
    {"store.retry_max", OptionType::duration, {}, "1s", 1'000'000, 600'000'000'000, {},
     "longest such pause; it doubles from the first",
     "lower it if writes must go on soon after there is room again", "test=10ms"},
    {"store.failure", OptionType::choice, {}, "stop", 0, 0, "stop|reopen|degrade",
     "after a failed flush: stop until the host reopens, go on over a verified copy, or meanwhile also in memory alone",
     "reopen where the disk has room for a second copy of the store; degrade only if answering matters more than keeping"},
    {"store.view_age", OptionType::duration, {}, "1min", 1'000'000, std::int64_t{86'400} * 1'000'000'000, {},
     "how long a host may keep a view open; then it ends with `expired`",
     "raise it for long exports: as long as a view is open, the space of what is overwritten is not used again"},
    {"store.view_bytes", OptionType::size, {}, "1GiB", std::uint64_t{1} << 20, std::uint64_t{1} << 44, {},
     "by how much the file may grow while a view is open; then the view ends with `expired`",
     "raise it where the disk has room and views must outlive heavy writing, lower it where it has not"},
    {"store.reader_age", OptionType::duration, {}, "1min", 1'000'000, std::int64_t{86'400} * 1'000'000'000, {},
     "how long another process may read one commit before the health hook is told `slow`",
     "raise it if long reads beside the host are meant, as of large copies"},
};
// clang-format on

}  // namespace stet
