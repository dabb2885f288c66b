// stet/persistence/detail/numbered_root.hpp - the root record of a container whose elements are
// numbered.
//
// An array of a text, which container it is, and a number. So no program takes it for a struct, or
// one container for another.
//
// Threads    Pure functions.
// Bounds     A number is at most 2^63.
#pragma once

#include <cstdint>
#include <string_view>

#include <stet/persistence/buffer.hpp>
#include <stet/runtime/result.hpp>

namespace stet::detail {

// Errors: corrupt, newer_format, already_exists (something else is stored here).
[[nodiscard]] Result<std::uint64_t> parse_numbered_root(std::string_view scope,
                                                        std::string_view record,
                                                        std::string_view container);
void encode_numbered_root(std::string_view container, std::uint64_t number, Buffer& out);
// Errors: corrupt.
[[nodiscard]] Result<void> check_item_number(std::string_view element, std::uint64_t expected);

}  // namespace stet::detail
