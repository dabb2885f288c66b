// persistence/src/lmdb/errors.hpp - LMDB's codes become errors of ours here and nowhere else.
//
// Threads    Any.
#pragma once

#include <filesystem>
#include <string_view>

#include <stet/runtime/result.hpp>

namespace stet::detail {

// What an LMDB or system code means for whoever did `doing` with the store in `place`, with what to
// do.
[[nodiscard]] Error lmdb_error(int code, std::string_view doing,
                               const std::filesystem::path& place);

// The same for codes of the operating system only.
[[nodiscard]] Error system_error(int code, std::string_view doing,
                                 const std::filesystem::path& place);

}  // namespace stet::detail
