// persistence/src/lmdb/successor.hpp - a verified copy takes the place of files that nobody may write.
//
// After a failed flush the page cache may hold what the disk does not, so the files are never written
// again. But they can be read: LMDB lets a meta page lead to pages only when their flush has
// succeeded, so what the meta pages lead to is whole, be it the last commit or the one before. That
// is copied into a new generation by a child process, checked there page by page, flushed, and named
// by one rename. What the copy lacks the store still has in memory.
//
// Threads    Any one; the engine's committing thread must be idle.
// Progress   Blocks for a copy of all files.
// Ownership  The old engine's files stay open and readable until it ends; their names are deleted.
// Errors     corrupt: the copy is damaged, or older than `at_least`; it is thrown away. disk_full,
//            no_memory, io: try again.
#pragma once

#include <memory>

#include <stet/runtime/result.hpp>

#include "../engine.hpp"
#include "../owner_lock.hpp"
#include "lmdb_engine.hpp"

namespace stet::detail {

[[nodiscard]] Result<Successor> make_lmdb_successor(const LmdbOptions& options,
                                                    const StoreIdentity& identity,
                                                    const std::shared_ptr<const OwnerLock>& owner,
                                                    CommitNumber at_least);

}  // namespace stet::detail
