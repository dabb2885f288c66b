// runtime/src/config/toml_guard.cpp - walks over a TOML text, stepping over strings and comments.
#include "toml_guard.hpp"

#include <cstddef>

namespace stet::detail {
namespace {

constexpr bool is_ascii(char c) noexcept { return static_cast<unsigned char>(c) < 0x80; }

// One past the string that begins at `at`, which is a quote; an unfinished one ends with its line,
// or with the text: the parser will say so. A backslash before a character beyond ASCII ends it too.
std::size_t end_of_string(std::string_view text, std::size_t at) noexcept {
  const char quote = text[at];
  const bool escapes = quote == '"';
  const bool lines = text.substr(at + 1, 2) == std::string_view(escapes ? "\"\"" : "''");
  const std::size_t quotes = lines ? 3 : 1;
  for (std::size_t i = at + quotes; i < text.size(); ++i) {
    if (escapes && text[i] == '\\') {
      ++i;
      if (i < text.size() && !is_ascii(text[i])) return i;
    } else if (!lines && text[i] == '\n') {
      return i;
    } else if (text[i] == quote && (!lines || text.substr(i, 3) == text.substr(at, 3))) {
      i += quotes;
      // Up to two more quotes still belong to a string of several lines.
      while (lines && i < text.size() && text[i] == quote) ++i;
      return i;
    }
  }
  return text.size();
}

constexpr bool may_stand_in_a_key(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == ' ' || c == '\t' || c == '.';
}

Refusal refusal(std::string_view text, std::size_t at, std::string_view why) noexcept {
  Place place{1, 1};
  for (const char before : text.substr(0, at)) {
    place = before == '\n' ? Place{place.line + 1, 1} : Place{place.line, place.column + 1};
  }
  return {place, why};
}

}  // namespace

std::optional<Refusal> refuse_before_parsing(std::string_view text) noexcept {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  std::uint32_t dots = 0;
  for (std::size_t i = text.starts_with(byte_order_mark) ? byte_order_mark.size() : 0;
       i < text.size();) {
    const char c = text[i];
    if (c == '"' || c == '\'') {  // May be a part of a key.
      i = end_of_string(text, i);
      continue;
    }
    if (c == '#') {
      i = text.find('\n', i);
      if (i == std::string_view::npos) break;
      continue;
    }
    if (!is_ascii(c)) return refusal(text, i, "this character may only stand in a string");
    dots = may_stand_in_a_key(c) ? dots + (c == '.' ? 1U : 0U) : 0;
    if (dots > key_dots_max) return refusal(text, i, "this key has too many parts");
    ++i;
  }
  return std::nullopt;
}

}  // namespace stet::detail
