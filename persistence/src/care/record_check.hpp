// persistence/src/care/record_check.hpp - is a record what a store writes?
//
// Threads    Pure functions.
// Errors     corrupt, newer_format: what is wrong with it.
#pragma once

#include <string_view>

#include <stet/runtime/result.hpp>

namespace stet::detail {

// The engine's own, which are about one environment and never move with records: 01 and letters.
[[nodiscard]] bool is_engine_key(std::string_view key) noexcept;

// Is it a key that a store writes?
[[nodiscard]] Result<void> check_key(std::string_view key);

// Also its record: checksum, header, and that the payload is one MessagePack value.
[[nodiscard]] Result<void> check_record(std::string_view key, std::string_view record);

}  // namespace stet::detail
