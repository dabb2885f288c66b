// tools/stet/key_text.cpp - keys escaped and read back.
#include "key_text.hpp"

#include <cstddef>

#include "persistence/src/utf8.hpp"

namespace stet::tool {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

int value_of(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

void append_hex(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  out.push_back(hex_digits[byte >> 4]);
  out.push_back(hex_digits[byte & 0x0f]);
}

}  // namespace

std::string key_text(std::string_view key) {
  const bool is_text = detail::is_utf8(key);
  std::string out;
  out.reserve(key.size());
  for (const char c : key) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\') {
      out.append("\\\\");
    } else if (byte < 0x20 || byte == 0x7f || (byte >= 0x80 && !is_text)) {
      out.append("\\x");
      append_hex(out, c);
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::optional<std::string> key_from_text(std::string_view text) {
  std::string key;
  key.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\') {
      key.push_back(text[at]);
      continue;
    }
    const std::string_view rest = text.substr(at + 1);
    if (rest.starts_with('\\')) {
      key.push_back('\\');
      at += 1;
      continue;
    }
    if (rest.size() < 3 || rest[0] != 'x') return std::nullopt;
    const std::optional<std::string> byte = from_hex(rest.substr(1, 2));
    if (!byte) return std::nullopt;
    key.append(*byte);
    at += 3;
  }
  return key;
}

std::string to_hex(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) append_hex(out, c);
  return out;
}

std::optional<std::string> from_hex(std::string_view digits) {
  if (digits.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  bytes.reserve(digits.size() / 2);
  for (std::size_t at = 0; at < digits.size(); at += 2) {
    const int high = value_of(digits[at]);
    const int low = value_of(digits[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes.push_back(static_cast<char>(high * 16 + low));
  }
  return bytes;
}

}  // namespace stet::tool
