// persistence/src/engine.hpp - what the store asks of whatever keeps its records.
//
// An engine is an ordered map from bytes to bytes that takes batches whole and gives consistent
// views. Behind it stand LMDB (lmdb/lmdb_engine.hpp), memory (memory_engine.hpp) and a double that
// fails on purpose (faulty_engine.hpp); one suite, engine_conformance_test.cpp, holds for all.
//
// Threads    commit(), flush(): one thread at a time, the store's, with SIGXFSZ blocked (a limit
//            on file sizes must come back as an error, not end the process). The rest: any. A View
//            and its cursors: one thread at a time, not necessarily the one that began it.
// Progress   Everything may block: commit() and flush() wait for the disk, view() takes a lock.
// Ownership  A View keeps what it shows alive, also past its Engine. Cursors end before their View.
// Errors     By Result; nothing throws but bad_alloc. A failed commit() left nothing behind, unless
//            it says outcome_unknown: then the engine is poisoned. It refuses every later write
//            with `poisoned`, and only reopening tells what was kept. disk_full, map_full,
//            no_memory and io are safe to repeat.
// Bounds     limits(); a batch over them is refused before anything is written.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <stet/runtime/result.hpp>

namespace stet::detail {

// Commits are numbered upwards. A batch without operations gets the number of the one before it; so
// may one that turns out to change nothing.
using CommitNumber = std::uint64_t;

// Keys are ordered as unsigned bytes, a prefix before what continues it. Bytes are the caller's:
// they must live until commit() returns.
struct Operation {
  enum class Kind : std::uint8_t {
    put,          // Writes `value` at `key`, whether or not there was one.
    erase,        // Removes `key`; none there is fine.
    erase_range,  // Removes all keys from `key` up to, but without, `value`. Requires key < value.
  };

  Kind kind = Kind::put;
  std::string_view key;
  std::string_view value;

  [[nodiscard]] static Operation put(std::string_view key, std::string_view value) noexcept {
    return {Kind::put, key, value};
  }
  [[nodiscard]] static Operation erase(std::string_view key) noexcept {
    return {Kind::erase, key, {}};
  }
  [[nodiscard]] static Operation erase_range(std::string_view from, std::string_view to) noexcept {
    return {Kind::erase_range, from, to};
  }
};

// What a commit survives once it has returned.
enum class Flush : std::uint8_t {
  full,     // Power loss: this commit and all before it.
  process,  // The end of this process. Power loss only once durable_number() has reached it: after
            // the next commit or a flush().
};

struct EngineLimits {
  std::size_t key_bytes_max = 0;    // A key has at least 1 byte.
  std::size_t value_bytes_max = 0;  // An empty value is a value.
  std::size_t batch_bytes_max = 0;  // Sum of keys and values.
};

struct EngineStats {
  std::uint64_t commits = 0;     // Since it was opened, without those that changed nothing.
  std::uint64_t operations = 0;  // In those commits.
  std::uint64_t flushes = 0;     // Calls of flush() that had something to do.
  std::uint64_t failures = 0;    // commit() and flush() that returned an error of the world.
  std::uint64_t grown = 0;       // Times the map was made larger.
  std::uint64_t records = 0;     // Now, the engine's own ones included.
  std::uint64_t used_bytes = 0;  // In its file, free pages included; memory: keys and values.
  std::uint64_t map_bytes = 0;   // Address space taken; 0 for engines without a map.
  std::uint64_t views = 0;       // Open now, in this process.
  // With a journal; else 0.
  std::uint64_t journal_bytes = 0;  // Of entries that are not folded.
  std::uint64_t overlay_bytes = 0;  // Keys and values in memory for them.
  std::uint64_t fold_lag = 0;       // Commits behind the mark.
  std::uint64_t folds = 0;          // Since it was opened, as what follows.
  std::uint64_t folded_keys = 0;
  std::uint64_t fold_failures = 0;
  std::uint64_t stalls = 0;                // Commits that waited for the folder,
  std::chrono::nanoseconds stall_time{0};  // so long together.
};

// A read transaction of another process that shows an older commit than the last.
struct ForeignReader {
  std::int64_t pid = 0;
  std::uint64_t number = 0;  // Of the transaction it shows; the same as long as it lasts.

  friend bool operator==(const ForeignReader&, const ForeignReader&) = default;
};

// One pass over the records of a View, in one direction.
class Cursor {
 public:
  Cursor() = default;
  virtual ~Cursor() = default;
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  // Steps to the first or the next record; false when there is none, and ever after. Errors:
  // corrupt.
  [[nodiscard]] virtual Result<bool> next() = 0;
  // Where the last next() that returned true stands; valid as long as the View. Requires one.
  [[nodiscard]] virtual std::string_view key() const noexcept = 0;
  [[nodiscard]] virtual std::string_view value() const noexcept = 0;
};

// All records as they were after one commit. Keep it short: space freed after it began is not used
// again, and the map cannot grow, until it ends.
class View {
 public:
  enum class Order : std::uint8_t { forward, backward };

  View() = default;
  virtual ~View() = default;
  View(const View&) = delete;
  View& operator=(const View&) = delete;

  // The commit whose state this is.
  [[nodiscard]] virtual CommitNumber number() const noexcept = 0;
  // Valid as long as the View. nullopt: no such record; a key no record can have (empty, or over
  // the limit) included. Errors: corrupt.
  [[nodiscard]] virtual Result<std::optional<std::string_view>> get(std::string_view key) const = 0;
  // Records with from <= key < to; an empty `to` means up to the last one. Order::backward gives
  // the same records, last first. The bounds are copied. Errors: corrupt, no_memory.
  [[nodiscard]] virtual Result<std::unique_ptr<Cursor>> scan(
      std::string_view from, std::string_view to, Order order = Order::forward) const = 0;
};

class Engine;

// What goes on where an engine was poisoned.
struct Successor {
  std::unique_ptr<Engine> engine;
  CommitNumber holds = 0;  // Every commit up to this one, durably, and none behind it.
};

class Engine {
 public:
  Engine() = default;
  virtual ~Engine() = default;
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Applies the operations in their order, all or none, and makes them durable as `flush` says.
  // Sorted by key is fastest; any order is right. The number: durable_number() reaches it when this
  // batch survives power loss. Errors: invalid_argument, too_large (nothing was tried); disk_full,
  // map_full, no_memory, io (undone: repeat it later); outcome_unknown, poisoned; corrupt;
  // unsupported.
  [[nodiscard]] virtual Result<CommitNumber> commit(std::span<const Operation> operations,
                                                    Flush flush) = 0;
  // Makes every commit so far survive power loss. Errors: outcome_unknown, poisoned, unsupported.
  [[nodiscard]] virtual Result<void> flush() = 0;

  // Would a commit of about so many bytes wait for more than its own writes, as for a part of the
  // engine that works behind it? A hint: who has to tell somebody something tells it before. The
  // committing thread.
  [[nodiscard]] virtual bool would_wait(std::size_t /*bytes*/) const noexcept { return false; }

  // The last commit that survives power loss; and the last one that returned.
  [[nodiscard]] virtual CommitNumber durable_number() const noexcept = 0;
  [[nodiscard]] virtual CommitNumber committed_number() const noexcept = 0;

  // Sees every commit that has returned. Errors: readers_full, map_full (the map grows right now
  // and other views do not end), poisoned (the engine cannot even read), unsupported.
  [[nodiscard]] virtual Result<std::unique_ptr<View>> view() = 0;

  // What memory knows of a key after every commit that has returned: its value, or, with the inner
  // one empty, that it is gone. nullopt: ask a view. Never waits for the disk and looks at few
  // places.
  [[nodiscard]] virtual std::optional<std::optional<std::string>> peek(
      std::string_view /*key*/) const {
    return std::nullopt;
  }

  // Bytes of what a view keeps from being used again, as far as the last page in use; 0 where views
  // keep nothing.
  [[nodiscard]] virtual std::uint64_t file_bytes() const noexcept { return 0; }
  // Clears what processes that were killed left behind, and names those that read for so long that
  // commits went past them. At most foreign_readers_max.
  static constexpr std::size_t foreign_readers_max = 64;
  [[nodiscard]] virtual std::vector<ForeignReader> foreign_readers() { return {}; }

  [[nodiscard]] virtual EngineLimits limits() const noexcept = 0;
  [[nodiscard]] virtual EngineStats stats() const = 0;
  // Without `records`, where counting them would mean to read some: cheap enough for any monitor.
  [[nodiscard]] virtual EngineStats quick_stats() const { return stats(); }
  [[nodiscard]] virtual bool poisoned() const noexcept = 0;

  // Of a poisoned engine: another one over what can be read here and was brought to a safe place. It
  // holds all up to `at_least`, or there is none. This one goes on to be read, and writes no more.
  // May take as long as it takes to copy all records. Any one thread, while nobody commits. Errors:
  // unsupported; corrupt (what can be read is damaged or older); disk_full, no_memory, io: try again.
  [[nodiscard]] virtual Result<Successor> make_successor(CommitNumber at_least);
};

[[nodiscard]] bool has_puts(std::span<const Operation> operations) noexcept;
// Of keys and values.
[[nodiscard]] std::size_t sum_bytes(std::span<const Operation> operations) noexcept;

// Errors: invalid_argument (empty key, empty or reversed range), too_large. What every engine
// checks before it touches anything.
[[nodiscard]] Result<void> check_batch(std::span<const Operation> operations,
                                       const EngineLimits& limits);

}  // namespace stet::detail
