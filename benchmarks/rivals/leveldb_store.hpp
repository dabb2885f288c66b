// benchmarks/rivals/leveldb_store.hpp - LevelDB doing what the store benchmarks ask for.
//
// Every batch is one write with sync, nothing is compressed, all else is as it comes.
//
// Threads    put(): any. The rest: one.
// Errors     unsupported: LevelDB is not installed.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "../baseline/durable_store.hpp"

namespace stet::bench {

[[nodiscard]] Result<std::unique_ptr<DurableStore>> open_leveldb(
    const std::filesystem::path& directory);
[[nodiscard]] std::string leveldb_version();  // Empty: not installed.

}  // namespace stet::bench
