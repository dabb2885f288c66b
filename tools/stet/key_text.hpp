// tools/stet/key_text.hpp - keys as text that can be printed, typed and read back.
//
// "//bank/alice" stands for itself. Control characters are written as \xNN, a backslash as \\; in a
// key that is no UTF-8 every byte above 7f too. So each key has one text, and that is UTF-8.
//
// Threads    Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stet::tool {

[[nodiscard]] std::string key_text(std::string_view key);
// nullopt: a backslash that is followed by neither another nor x and two hex digits.
[[nodiscard]] std::optional<std::string> key_from_text(std::string_view text);

[[nodiscard]] std::string to_hex(std::string_view bytes);
// nullopt: an odd number of digits, or something else.
[[nodiscard]] std::optional<std::string> from_hex(std::string_view digits);

}  // namespace stet::tool
