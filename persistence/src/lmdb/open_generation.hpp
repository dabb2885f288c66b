// persistence/src/lmdb/open_generation.hpp - an engine over one generation of a store.
//
// Threads    One, holding the owner lock.
// Ownership  The engine keeps the lock as long as any of its files is open.
// Errors     As open_lmdb_engine(), but already_open. Older generations are deleted once this one is
//            open and flushed.
#pragma once

#include <cstdint>
#include <memory>

#include <stet/runtime/result.hpp>

#include "../owner_lock.hpp"
#include "lmdb_engine.hpp"

namespace stet::detail {

[[nodiscard]] Result<std::unique_ptr<LmdbEngine>> open_generation(
    const LmdbOptions& options, std::uint64_t generation,
    const std::shared_ptr<const OwnerLock>& owner);

}  // namespace stet::detail
