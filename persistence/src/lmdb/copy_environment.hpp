// persistence/src/lmdb/copy_environment.hpp - an environment copied as of one commit, by LMDB.
//
// Threads    One; also beside a host that writes: it is held up for two pages' time.
// Ownership  Never in the process that has the store open. The target's directory exists, and is
//            nobody else's yet.
// Errors     disk_full, corrupt, readers_full, io.
// Failure    A damaged page may end the process, where it is compacted.
#pragma once

#include <filesystem>

#include <stet/runtime/result.hpp>

namespace stet::detail {

// Durable when it returns.
[[nodiscard]] Result<void> copy_environment(const std::filesystem::path& from,
                                            const std::filesystem::path& to, bool compact);

}  // namespace stet::detail
