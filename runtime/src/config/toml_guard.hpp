// runtime/src/config/toml_guard.hpp - what a TOML text must not hold before the parser sees it.
//
// A key a.b.c makes a table in a table in a table. toml++ 3.3 bounds how deep values nest, but not
// this, and it walks tables by recursion: a line of dots could end the process. And of characters
// beyond ASCII outside of strings and comments, where TOML allows none, it takes some for
// impossible, which is undefined behaviour.
//
// Threads    Pure functions: any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace stet::detail {

struct Place {
  std::uint32_t line = 0;
  std::uint32_t column = 0;  // In bytes.
};

struct Refusal {
  Place place;
  std::string_view why;
};

inline constexpr std::uint32_t key_dots_max = 16;

// The first place that the parser must not see, if there is one.
[[nodiscard]] std::optional<Refusal> refuse_before_parsing(std::string_view text) noexcept;

}  // namespace stet::detail
