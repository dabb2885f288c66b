// tools/examples/census/grammar.hpp - the small words of the grammar: blanks, names, numbers.
//
// Threads    Pure functions: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace census {

// Without blanks, tabs and line feeds at both ends.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

// Printable ASCII without blank and colon, not starting with '#' or '-', not empty.
[[nodiscard]] bool is_field_name(std::string_view name) noexcept;

// [A-Za-z0-9][A-Za-z0-9+.-]*
[[nodiscard]] bool is_package_name(std::string_view text) noexcept;

// [0-9]{1,15}; nothing for any other text.
[[nodiscard]] std::optional<std::uint64_t> installed_size(std::string_view text) noexcept;

// The name in front of a trimmed alternative, "foo" of "foo:any (>= 1) [amd64]"; empty: there is
// none, a bad alternative.
[[nodiscard]] std::string_view alternative_name(std::string_view alternative) noexcept;

// ASCII letters only, whatever the locale.
[[nodiscard]] bool equals_ignoring_case(std::string_view left, std::string_view right) noexcept;

}  // namespace census
