// persistence/src/lmdb/generation.hpp - the folders of a store directory.
//
//   <directory>/owner          locked by the process that writes (owner_lock.hpp)
//   <directory>/<generation>/  a decimal number; the highest counts
//     state/                   an LMDB environment: data.mdb, lock.mdb
//     journal/                 another; in journal mode only
//   <directory>/creating/      a generation that is not finished; deleted at open
//
// A generation appears by one rename, after all in it was flushed: either all of it is there or
// none.
//
// Threads    One, holding the owner lock (but make_directory()).
// Errors     io, disk_full: the system's reason. invalid_argument: not a directory, or one that is
//            somebody else's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include <stet/runtime/result.hpp>

#include "lmdb_engine.hpp"

namespace stet::detail {

// Makes the directory (0700), and those above it where they are missing, and flushes their names.
[[nodiscard]] Result<void> make_directory(const std::filesystem::path& directory);

// Flushes a directory: the names in it survive power loss.
[[nodiscard]] Result<void> flush_directory(const std::filesystem::path& directory);

// nullopt: the directory is empty, or holds only what a creation left that did not finish. Refuses
// a directory that holds other things and no store, so that a wrong path does not litter somebody's
// home.
[[nodiscard]] Result<std::optional<std::uint64_t>> highest_generation(
    const std::filesystem::path& directory);

[[nodiscard]] std::filesystem::path state_path(const std::filesystem::path& directory,
                                               std::uint64_t generation);

[[nodiscard]] std::filesystem::path journal_path(const std::filesystem::path& directory,
                                                 std::uint64_t generation);

// Where a generation grows before it gets its number; deleted at open.
[[nodiscard]] std::filesystem::path creating_path(const std::filesystem::path& directory);

// Makes the store's first generation, with its meta records, durable when it returns.
[[nodiscard]] Result<void> create_first_generation(const std::filesystem::path& directory,
                                                   StoreMode mode);

// Deletes unfinished and older generations. What it cannot delete stays: a nuisance, not an error.
void sweep_generations(const std::filesystem::path& directory, std::uint64_t keep);

}  // namespace stet::detail
