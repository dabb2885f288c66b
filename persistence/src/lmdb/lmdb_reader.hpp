// persistence/src/lmdb/lmdb_reader.hpp - one store as another process sees it, without owning it.
//
// All records as they were after one commit, read beside the host that writes them or without one.
// Nothing is made and nothing is written but a slot in LMDB's lock file, which tells the host which
// pages are still read; where there is no lock file (a copy, a medium that cannot be written) no
// slot is taken, and a host that starts meanwhile is not seen.
//
// In journal mode what is not folded yet is copied into memory, and the journal left at once: who
// held it would make it grow without bound.
//
// Threads    One.
// Ownership  What get() and scan() show lives as long as the reader. Never in the process that has
//            the same store open: LMDB's file locks would break.
// Errors     not_found (no directory, no store in it), corrupt, newer_format, readers_full,
//            no_memory, io.
// Failure    Pages of a damaged file may send LMDB beyond its end: SIGBUS or SIGSEGV. Who reads
//            files that nobody vouches for must be ready for them.
// Bounds     Keep it short: while it is open the host uses no page again that was freed since.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include <stet/runtime/result.hpp>

#include "../engine.hpp"
#include "lmdb_engine.hpp"

namespace stet::detail {

// The process that holds the store's owner lock; 0: somebody who has not written a pid. nullopt:
// nobody, or no such store. Errors: io.
[[nodiscard]] Result<std::optional<pid_t>> store_holder(const std::filesystem::path& directory);

class LmdbReader {
 public:
  struct Info {
    StoreIdentity identity;
    std::uint32_t format = 0;
    CommitNumber number = 0;       // The commit that is shown.
    std::uint64_t records = 0;     // The engine's own included.
    std::uint64_t used_bytes = 0;  // Up to the last page in use.
    std::uint64_t file_bytes = 0;
    std::uint64_t map_bytes = 0;
  };
  // False: enough.
  using Visit = std::function<bool(std::string_view key, std::string_view value)>;

  LmdbReader() = default;
  virtual ~LmdbReader() = default;
  LmdbReader(const LmdbReader&) = delete;
  LmdbReader& operator=(const LmdbReader&) = delete;

  [[nodiscard]] virtual Info info() const noexcept = 0;
  [[nodiscard]] virtual Result<std::optional<std::string_view>> get(std::string_view key) const = 0;
  // Records with from <= key < to, in the order the file has them; an empty `to`: up to the last.
  // The bounds are LMDB's: who wants to know whether keys ascend must look.
  [[nodiscard]] virtual Result<void> scan(std::string_view from, std::string_view to,
                                          const Visit& visit) const = 0;
};

[[nodiscard]] Result<std::unique_ptr<LmdbReader>> open_lmdb_reader(
    const std::filesystem::path& directory);

}  // namespace stet::detail
