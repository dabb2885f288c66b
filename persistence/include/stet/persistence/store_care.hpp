// stet/persistence/store_care.hpp - copies of a store, and what can be known and saved of a damaged one.
//
//   stet::copy_store("/var/lib/bank", "/backup/bank-today");         // also while it is open
//   stet::copy_store("/backup/bank-today", "/var/lib/bank");         // and back
//   stet::verify_store("/var/lib/bank", [](const auto& problem) {...});
//   stet::salvage_store("/var/lib/bank", "/var/lib/bank-salvaged");
//
// Each works in a child process with limits on memory and processor time, so that a damaged file can
// end that process and not the caller's. The caller may have the store open; so may another process.
//
// What protects a host from damage: its own reads are LMDB's, which trusts its file. A store that
// verify_store() finds nothing in can be opened and read (every page is checked, also against the
// others); damage that comes later, while the store is open, may end the host in SIGBUS or SIGSEGV.
//
// Threads    Any but a worker's: they block. Callbacks run on the calling thread.
// Ownership  Targets are made whole by one rename, durable when the call returns, or not at all; a
//            process that is killed meanwhile leaves .<name>.making-XXXXXX beside the target.
// Errors     not_found (no store there), already_exists (the target), already_open (salvage: by a
//            host), corrupt, newer_format, disk_full, no_memory, io. closed: a callback ended it.
// Failure    They fork without exec: pthread_atfork handlers run. The caller's SIGCHLD handling sees
//            the child.
// Bounds     A store that is copied or verified uses no page again that was freed meanwhile.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include <stet/runtime/result.hpp>

namespace stet {

struct StoreProblem {
  std::string file;                        // Below the store: "1/state/data.mdb"; or empty.
  std::optional<std::uint64_t> page = {};  // Of that file.
  std::string key = {};                    // Of the record concerned; bytes, or empty.
  std::string text;                        // What is wrong.
};
// False: enough.
using ProblemHook = std::function<bool(const StoreProblem& problem)>;

struct VerifyReport {
  std::uint64_t records = 0;  // In the state, the engine's own included.
  std::uint64_t bytes = 0;    // Of their keys and values.
  std::uint64_t entries = 0;  // In the journal.
  std::uint64_t pages = 0;    // In both files.
  std::uint64_t problems = 0;
};

// Reads all of a store, as of one commit: pages and their order, every record's checksum, header and
// value, every journal entry, and whether the files belong together. Damage is a problem, no error.
[[nodiscard]] Result<VerifyReport> verify_store(const std::filesystem::path& store,
                                                const ProblemHook& on_problem = {});

struct CopyProgress {
  std::uint64_t bytes = 0;  // Written.
  std::uint64_t of = 0;     // As far as is known; a compacted copy needs fewer.
};

struct CopyOptions {
  bool compact = false;  // Leaves out free pages, and orders the rest: takes longer.
  // Called a few times a second. False: stop, and leave nothing.
  std::function<bool(const CopyProgress&)> on_progress = {};
};

// A store with the same id and content, as of one commit. Verified before it gets its name: what is
// damaged is not copied.
[[nodiscard]] Result<VerifyReport> copy_store(const std::filesystem::path& store,
                                              const std::filesystem::path& target,
                                              const CopyOptions& options = {});

struct SalvageReport {
  std::uint64_t records = 0;       // In the new store, the engine's own left out.
  std::uint64_t records_lost = 0;  // Seen, and damaged.
  std::uint64_t pages_lost = 0;    // Not read; what was on them is not known.
  std::uint64_t entries = 0;       // Of the journal, brought in.
  std::uint64_t entries_lost = 0;
  // The list of free pages was damaged, too: records that were erased, or older ones in the place
  // of newer ones, may be back.
  bool may_be_stale = false;
};

// A new store, with an id of its own, of what can be read: the records of all pages that read well,
// then the journal's intact entries. Never changes the old one.
[[nodiscard]] Result<SalvageReport> salvage_store(const std::filesystem::path& store,
                                                  const std::filesystem::path& target,
                                                  const ProblemHook& on_problem = {});

}  // namespace stet
