// persistence/src/key.cpp - keys: built, cut, ordered.
#include <stet/persistence/key.hpp>

#include <stet/persistence/detail/writer.hpp>
#include <stet/runtime/detail/assert.hpp>

#include "hash.hpp"

namespace stet {
namespace {

constexpr std::uint64_t sign_bit = std::uint64_t{1} << 63;

// A cut key has exactly key_bytes_max bytes and a whole one fewer: the two never meet.
std::string cut_key(std::string key, std::string_view element) {
  if (key.size() + element.size() < key_bytes_max) return std::move(key.append(element));
  const std::array<char, 16> hash = detail::hash128(element);
  STET_ASSERT(key.size() + hash.size() <= key_bytes_max);
  key.append(element.substr(0, key_bytes_max - hash.size() - key.size()));
  return std::move(key.append(hash.data(), hash.size()));
}

std::string with_byte(std::string_view path, char last) {
  std::string out(path);
  out.push_back(last);
  return out;
}

KeyRange tag_range(std::string_view path, KeyTag tag) {
  const char first = static_cast<char>(tag);
  const std::string elements = with_byte(path, '\0');
  return {with_byte(elements, first), with_byte(elements, static_cast<char>(first + 1))};
}

}  // namespace

std::string element_key(std::string_view path, KeyTag tag, std::string_view element) {
  std::string key;
  key.reserve(std::min(path.size() + 2 + element.size(), key_bytes_max));
  key.append(path).push_back('\0');
  key.push_back(static_cast<char>(tag));
  return cut_key(std::move(key), element);
}

bool is_whole_key(std::string_view key) noexcept { return key.size() < key_bytes_max; }

// From path to path 01 there is only the path and what goes on with 00: nothing else is smaller.
KeyRange own_range(std::string_view path) { return {std::string(path), with_byte(path, '\x01')}; }
KeyRange entries_range(std::string_view path) { return tag_range(path, KeyTag::entry); }
KeyRange items_range(std::string_view path) { return tag_range(path, KeyTag::item); }
KeyRange fields_range(std::string_view path) { return tag_range(path, KeyTag::field); }
KeyRange below_range(std::string_view path) {
  return {with_byte(path, '/'), with_byte(path, '/' + 1)};
}
std::array<KeyRange, 2> scope_range(std::string_view path) {
  return {own_range(path), below_range(path)};
}

std::string_view scope_of_key(std::string_view key) noexcept {
  if (!key.starts_with("//")) return {};
  return key.substr(0, key.find('\0'));
}

std::string system_key(std::string_view area, std::string_view name) {
  std::string key(1, system_key_byte);
  key.append(area).push_back('\0');
  return cut_key(std::move(key), name);
}
KeyRange system_range(std::string_view area) {
  std::string from(1, system_key_byte);
  from.append(area);
  return {with_byte(from, '\0'), with_byte(from, '\x01')};
}

void append_ordered(std::string& element, std::uint64_t value) {
  char bytes[8];
  detail::put_big_endian(bytes, value);
  element.append(bytes, sizeof bytes);
}
void append_ordered(std::string& element, std::int64_t value) {
  append_ordered(element, static_cast<std::uint64_t>(value) ^ sign_bit);
}
void append_ordered_part(std::string& element, std::string_view text) {
  for (const char c : text) {
    element.push_back(c);
    if (c == '\0') element.push_back('\xff');
  }
  element.append("\0\x01", 2);
}

bool take_ordered(std::string_view& element, std::uint64_t& value) noexcept {
  if (element.size() < 8) return false;
  value = detail::get_big_endian<std::uint64_t>(element.data());
  element.remove_prefix(8);
  return true;
}
bool take_ordered(std::string_view& element, std::int64_t& value) noexcept {
  std::uint64_t bits = 0;
  if (!take_ordered(element, bits)) return false;
  value = static_cast<std::int64_t>(bits ^ sign_bit);
  return true;
}
bool take_ordered_part(std::string_view& element, std::string& text) {
  std::string found;
  for (std::size_t i = 0; i < element.size(); ++i) {
    found.push_back(element[i]);
    if (element[i] != '\0') continue;
    if (++i == element.size()) return false;
    if (element[i] == '\x01') {
      found.pop_back();
      element.remove_prefix(i + 1);
      text = std::move(found);
      return true;
    }
    if (element[i] != '\xff') return false;
  }
  return false;
}

}  // namespace stet
