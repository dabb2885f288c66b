// persistence/src/utf8.hpp - is a text valid UTF-8?
//
// Threads    Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace stet::detail {

// The bytes of the sequence that begins at text[at]; 0 if none valid does. No overlong forms, no
// surrogates, nothing above U+10FFFF. Requires at < text.size().
[[nodiscard]] inline std::size_t utf8_sequence(std::string_view text, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u;
  };
  const auto follows = [&](std::size_t i) { return (byte(i) & 0xc0u) == 0x80u; };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xc2) return 0;
  if (first < 0xe0) return follows(1) ? 2 : 0;
  if (first < 0xf0) {
    const bool in_range = !(first == 0xe0 && byte(1) < 0xa0) && !(first == 0xed && byte(1) > 0x9f);
    return in_range && follows(1) && follows(2) ? 3 : 0;
  }
  if (first > 0xf4) return 0;
  const bool in_range = !(first == 0xf0 && byte(1) < 0x90) && !(first == 0xf4 && byte(1) > 0x8f);
  return in_range && follows(1) && follows(2) && follows(3) ? 4 : 0;
}

[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = utf8_sequence(text, at);
    if (bytes == 0) return false;
    at += bytes;
  }
  return true;
}

}  // namespace stet::detail
