// persistence/src/care/salvage.hpp - what of a damaged store can be read, in this process.
//
//   1. The tree of records is walked; pages that do not read are left out.
//   2. Where any was, all other pages are looked at: leaves that are neither in the tree nor free were
//      below a branch that is damaged. Without the list of free pages old ones look the same; then
//      of two records of one key that of the higher revision is taken, and the report says so.
//   3. The journal's entries behind the state's mark are applied in their order.
//
// Threads    One.
// Ownership  The store is open nowhere. `target` is an empty directory of the caller's.
// Errors     not_found; disk_full, io: of the target.
// Bounds     Memory: one value, one batch, and a few bytes for each page and each journal entry.
#pragma once

#include <filesystem>

#include <stet/persistence/store_care.hpp>

#include "store_check.hpp"

namespace stet::detail {

[[nodiscard]] Result<SalvageReport> salvage_files(const StorePlace& place,
                                                  const std::filesystem::path& target,
                                                  const ProblemHook& on_problem);

}  // namespace stet::detail
