// benchmarks/baseline/raw_lmdb.hpp - LMDB without anything around it, the rival of durable_*.
//
// One environment with default flags: every commit flushes data and meta page before it returns.
//
// Threads    One.
// Errors     io, with LMDB's code and text.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "durable_store.hpp"

namespace stet::bench {

[[nodiscard]] Result<std::unique_ptr<DurableStore>> open_raw_lmdb(
    const std::filesystem::path& directory);

// "0.9.24"
[[nodiscard]] std::string raw_lmdb_version();

}  // namespace stet::bench
