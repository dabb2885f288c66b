// benchmarks/baseline/raw_append.hpp - the floor of durable_*: append to a file, then fdatasync(2).
//
// No tree, no checksum, no way to find a record but to read them all: nothing durable is cheaper on
// this disk.
//
// The same beside a second file: after as many batches as a fold has, a thread writes as many pages in
// it as the fold would, at random places, and flushes them. That is what a disk can do at best for
// who appends and folds.
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
[[nodiscard]] Result<std::unique_ptr<DurableStore>> open_raw_append_beside(
    const std::filesystem::path& directory);

}  // namespace stet::bench
