// persistence/src/lmdb/lmdb_engine.hpp - the engine that keeps records in LMDB; see engine.hpp.
//
// Two modes, chosen when a store is created. In direct mode a commit is one LMDB transaction, its
// number that transaction's id, which goes on over restarts; in journal mode one entry in a journal,
// which later goes into the state together with many others.
//
// Files      generation.hpp. The directory is made if it is missing (0700, files 0600).
// Errors     Of open_lmdb_engine(): already_open (in this process, or the one the text names);
//            newer_format; corrupt; unsupported (a network file system); invalid_argument (a file,
//            or a directory with other things in it); io, disk_full, no_memory.
// Failure    After a fork only the parent may use it: in the child everything is `unsupported`.
// Bounds     Keys 511 bytes (LMDB's), values 64 MiB, a batch 256 MiB (LMDB refuses a transaction
//            of more than 512 MiB of dirty pages: too_large).
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>

#include <stet/persistence/store_mode.hpp>
#include <stet/runtime/result.hpp>

#include "../engine.hpp"

namespace stet::detail {

struct JournalOptions {
  // Entries that are not yet folded: on disk, and in memory about as much again as their keys need
  // to be found. From half of it on they are folded, and commits are slowed.
  std::size_t bytes_max = std::size_t{64} << 20;
  // Without a commit for so long, all is folded.
  std::chrono::milliseconds fold_idle{1000};
  // Records that a range erases in one transaction of a fold: about 10 ms. The rest stays pending.
  std::size_t erased_records_max = 50'000;
  // Each view reads them all, about 100 bytes each.
  std::size_t pending_ranges_max = 256;
};

struct LmdbOptions {
  std::filesystem::path directory;
  // Address space, not disk. The map starts with map_bytes, or half of it as often as the host has
  // less (a limit on address space, a sanitizer), and is doubled up to map_bytes_max when it is
  // full.
  std::size_t map_bytes = std::size_t{1} << 40;
  std::size_t map_bytes_max = std::size_t{1} << 40;
  // A slot is taken by each open view, of all processes together.
  unsigned readers_max = 1024;
  // The map grows only while no view is open: how long to wait for them before map_full.
  std::chrono::milliseconds grow_wait{2000};
  // Of the file system: left to others. A batch that puts is disk_full rather than take of it.
  std::uint64_t disk_reserve = 0;
  // Takes file systems that are refused otherwise, where locks and flushes are known to work.
  bool trust_file_system = false;
  // Of a new store: direct_engine.hpp or journal_engine.hpp.
  StoreMode mode = StoreMode::direct;
  JournalOptions journal = {};
};

// What it knows about itself, for the store's records and for tools.
struct StoreIdentity {
  std::array<std::byte, 16> id{};
  std::uint64_t generation = 0;
};

class LmdbEngine : public Engine {
 public:
  [[nodiscard]] virtual StoreIdentity identity() const noexcept = 0;
};

[[nodiscard]] Result<std::unique_ptr<LmdbEngine>> open_lmdb_engine(const LmdbOptions& options);

}  // namespace stet::detail
