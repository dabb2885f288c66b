// persistence/src/care/copy_generation.hpp - the files of one generation, copied as of one commit.
//
// Threads    One; beside a host, which may be this very process.
// Ownership  Makes the folder, which must not be there, and leaves it behind where it fails.
// Errors     io, disk_full; ENOENT in `native` where the host has moved on to another generation.
#pragma once

#include <filesystem>

#include <stet/runtime/result.hpp>

#include "store_check.hpp"

namespace stet::detail {

// `folder` gets what stands in the generation's own: state/ and, where there is one, journal/. All in it
// is flushed, its own name is not.
[[nodiscard]] Result<void> copy_generation(const StorePlace& from,
                                           const std::filesystem::path& folder, bool compact);

}  // namespace stet::detail
