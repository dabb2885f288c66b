// tools/examples/census/grammar.cpp - character classes without a locale.
#include "grammar.hpp"

#include <algorithm>
#include <cstddef>

namespace census {
namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

constexpr bool begins_name(char c) noexcept {
  return is_digit(c) || (lower(c) >= 'a' && lower(c) <= 'z');
}

constexpr bool continues_name(char c) noexcept {
  return begins_name(c) || c == '+' || c == '.' || c == '-';
}

// Blank, tab, and the line feed that joins a field's lines.
constexpr std::string_view white = " \t\n";

std::size_t name_length(std::string_view text) noexcept {
  if (text.empty() || !begins_name(text.front())) return 0;
  const auto end = std::find_if_not(text.begin(), text.end(), continues_name);
  return static_cast<std::size_t>(end - text.begin());
}

}  // namespace

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t first = text.find_first_not_of(white);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(white) - first + 1);
}

bool is_field_name(std::string_view name) noexcept {
  if (name.empty() || name.front() == '#' || name.front() == '-') return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return c > ' ' && c <= '~' && c != ':'; });
}

bool is_package_name(std::string_view text) noexcept {
  return !text.empty() && name_length(text) == text.size();
}

std::optional<std::uint64_t> installed_size(std::string_view text) noexcept {
  constexpr std::size_t digits_max = 15;
  if (text.empty() || text.size() > digits_max) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

std::string_view alternative_name(std::string_view alternative) noexcept {
  constexpr std::string_view may_follow = " \t\n:([<";
  const std::size_t length = name_length(alternative);
  if (length < alternative.size() &&
      may_follow.find(alternative[length]) == std::string_view::npos) {
    return {};
  }
  return alternative.substr(0, length);
}

bool equals_ignoring_case(std::string_view left, std::string_view right) noexcept {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace census
