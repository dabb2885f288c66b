// benchmarks/rivals/rocksdb_store.hpp - RocksDB doing what the store benchmarks ask for.
//
// Every batch is one write with sync, nothing is compressed, all else is as it comes.
//
// Threads    put(): any. The rest: one.
// Errors     unsupported: RocksDB is not installed.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "../baseline/durable_store.hpp"

namespace stet::bench {

[[nodiscard]] Result<std::unique_ptr<DurableStore>> open_rocksdb(
    const std::filesystem::path& directory);
[[nodiscard]] std::string rocksdb_version();  // Empty: not installed.

}  // namespace stet::bench
