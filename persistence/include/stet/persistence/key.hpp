// stet/persistence/key.hpp - the keys of records (persistence/README.md, "Keys").
//
// A scope's root record has the path itself as its key. Fields and entries follow it: 00, a tag,
// and an element that orders as its value does. The store's own records live under keys that no
// scope can have.
//
// Threads    Pure functions.
// Bounds     key_bytes_max; a longer element ends in its hash, then the value holds all of it.
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace stet {

inline constexpr std::size_t key_bytes_max = 511;

enum class KeyTag : char {
  field = 'f',  // Of a struct; the element is its name.
  entry = 'e',  // Of a map or set; the element is its ordered key.
  item = 'i',   // Of a list; the element is its number.
};

// path 00 tag element. Requires a valid scope's path.
[[nodiscard]] std::string element_key(std::string_view path, KeyTag tag, std::string_view element);
// True: the key holds all of its element; false: the element ends in a hash.
[[nodiscard]] bool is_whole_key(std::string_view key) noexcept;

// Keys from `from` (with it) to `to` (without it).
struct KeyRange {
  std::string from;
  std::string to;

  [[nodiscard]] bool contains(std::string_view key) const noexcept {
    return from <= key && key < to;
  }
  friend bool operator==(const KeyRange&, const KeyRange&) = default;
};
// The scope's own records: the root and its elements.
[[nodiscard]] KeyRange own_range(std::string_view path);
// Its entries alone, the items of a list, and the fields of a struct.
[[nodiscard]] KeyRange entries_range(std::string_view path);
[[nodiscard]] KeyRange items_range(std::string_view path);
[[nodiscard]] KeyRange fields_range(std::string_view path);
// Those of all scopes below it.
[[nodiscard]] KeyRange below_range(std::string_view path);
// Both, in key order. "//ab" is not in "//a".
[[nodiscard]] std::array<KeyRange, 2> scope_range(std::string_view path);
// The scope that a key belongs to; "" for the store's own.
[[nodiscard]] std::string_view scope_of_key(std::string_view key) noexcept;

// The store's own records: 01 area 00 name. Cut with a hash as elements are.
inline constexpr char system_key_byte = '\x01';
[[nodiscard]] std::string system_key(std::string_view area, std::string_view name);
[[nodiscard]] KeyRange system_range(std::string_view area);
[[nodiscard]] inline std::string catalogue_key(std::string_view pattern) {
  return system_key("catalogue", pattern);
}

// Elements whose bytes order as the values do. Integers take 8 bytes whatever their width, so that
// a key type may be widened.
void append_ordered(std::string& element, std::uint64_t value);
void append_ordered(std::string& element, std::int64_t value);
template <std::integral T>
void append_ordered(std::string& element, T value) {
  if constexpr (std::signed_integral<T>) {
    append_ordered(element, std::int64_t{value});
  } else {
    append_ordered(element, std::uint64_t{value});
  }
}
// A text that something follows, as in a pair; the last part of an element stands as it is.
void append_ordered_part(std::string& element, std::string_view text);

// Read back from the front of `element`, which moves on. False: it does not begin with one.
[[nodiscard]] bool take_ordered(std::string_view& element, std::uint64_t& value) noexcept;
[[nodiscard]] bool take_ordered(std::string_view& element, std::int64_t& value) noexcept;
[[nodiscard]] bool take_ordered_part(std::string_view& element, std::string& text);

}  // namespace stet
