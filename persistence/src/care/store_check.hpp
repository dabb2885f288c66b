// persistence/src/care/store_check.hpp - all of a store read and compared, in this process.
//
// Pages are read, not mapped, and every number on them is checked before it is used: no file can end
// the process. The journal goes first and is left before the state is read, which is then never
// older.
//
// Threads    One.
// Ownership  Never in the process that has the store open (file_snapshot.hpp).
// Errors     not_found, io, readers_full, no_memory. Damage is a problem, told as it is found.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include <stet/persistence/store_care.hpp>

#include "contained.hpp"

namespace stet::detail {

// Where a store's files are. Errors: not_found, io.
struct StorePlace {
  std::filesystem::path directory;
  std::uint64_t generation = 0;
  bool has_journal = false;

  [[nodiscard]] std::filesystem::path state() const;
  [[nodiscard]] std::filesystem::path journal() const;
  // For problems: below the directory.
  [[nodiscard]] std::string file(std::string_view environment) const;
};
[[nodiscard]] Result<StorePlace> find_store(const std::filesystem::path& directory);

// For a child that reads all of it: both grow with its files.
[[nodiscard]] ChildLimits limits_for(const StorePlace& place);

// The number of the entry under such a key; 0: it is no entry's.
[[nodiscard]] std::uint64_t entry_number(std::string_view key) noexcept;

enum class CheckedValues : std::uint8_t {
  records,  // Each must be one, with its checksum.
  any,      // The engine's own are looked at; what users store is whatever they store.
};
// Ends early where `on_problem` says so.
[[nodiscard]] Result<VerifyReport> check_store(const StorePlace& place,
                                               const ProblemHook& on_problem,
                                               CheckedValues values = CheckedValues::records);

}  // namespace stet::detail
