// runtime/src/option_text.hpp - one row of the option table and the text of its value.
//
// Threads    Pure functions: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <stet/runtime/options.hpp>

namespace stet::detail {

// The number behind a text: nanoseconds, bytes, 0 or 1, a choice's index; 0 for OptionType::text.
// Errors: invalid_argument, out_of_range.
[[nodiscard]] Result<std::uint64_t> parse_option(const OptionInfo& info, std::string_view text);

// The row's default under a profile, empty where it is the usual one.
[[nodiscard]] std::string_view profile_text(const OptionInfo& info,
                                            std::string_view profile) noexcept;

// "64 (latency 16, test 4)".
[[nodiscard]] std::string defaults_text(const OptionInfo& info);

// The text has not the shape of the option's type; says what is allowed.
[[nodiscard]] Error malformed_option(const OptionInfo& info, std::string_view text);

// A user's text inside a message: cut at 80 bytes, and without bytes that could drive a terminal.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace stet::detail
