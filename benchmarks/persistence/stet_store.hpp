// benchmarks/persistence/stet_store.hpp - a stet store on LMDB, doing the job of durable_*.
//
// From a host thread, as an application would that fills a store: records are encoded, sent as one
// InsertBatch, and the answer is waited for. So it pays for the codec's envelope, two thread
// switches a batch, and the same flushes as LMDB alone.
//
// Threads    One, beside the workers and the store's own.
#pragma once

#include <filesystem>
#include <memory>

#include "../baseline/durable_store.hpp"

namespace stet::bench {

[[nodiscard]] Result<std::unique_ptr<DurableStore>> open_stet_store(
    const std::filesystem::path& directory);
// The same in journal mode, with all options as they are by default.
[[nodiscard]] Result<std::unique_ptr<DurableStore>> open_stet_journal_store(
    const std::filesystem::path& directory);
[[nodiscard]] Result<std::unique_ptr<DurableStore>> open_stet_journal_store_with(
    const std::filesystem::path& directory, std::size_t journal_bytes);

}  // namespace stet::bench
