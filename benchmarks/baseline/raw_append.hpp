// benchmarks/baseline/raw_append.hpp - the floor of durable_*: append to a file, then fdatasync(2).
//
// No tree, no checksum, no way to find a record but to read them all: nothing durable is cheaper on
// this disk.
//
// Threads    One.
// Errors     io, with the system's code.
#pragma once

#include <filesystem>
#include <memory>

#include "durable_store.hpp"

namespace stet::bench {

[[nodiscard]] Result<std::unique_ptr<DurableStore>> open_raw_append(
    const std::filesystem::path& directory);

}  // namespace stet::bench
