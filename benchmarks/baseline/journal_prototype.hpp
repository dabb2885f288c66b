// benchmarks/baseline/journal_prototype.hpp - the least code that journals and folds.
//
// The measurement that journal mode was designed by: two LMDB environments, a journal that gets one
// entry a batch and a state that gets many batches at once from a folding thread, keys in order. It
// has no checksums, no bounds but the size of a fold, no views, no failures, and cannot be opened
// again after a kill: what stet does beside that is what the ratio shows.
//
// Threads    One.
#pragma once

#include <filesystem>
#include <memory>

#include "durable_store.hpp"

namespace stet::bench {

[[nodiscard]] Result<std::unique_ptr<DurableStore>> open_journal_prototype(
    const std::filesystem::path& directory);

}  // namespace stet::bench
