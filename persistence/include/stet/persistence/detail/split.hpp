// stet/persistence/detail/split.hpp - large structs: one record a field, and a root.
//
// A struct is packed, one record, up to split_above_bytes. Above it is split: the root record names
// the fields, and each is a record of its own, so that one that changes does not write the others
// again. What the root does not name is none of the value, whatever lies there.
//
// Threads    Plain values and pure functions.
// Bounds     split_fields_max, split_bytes_max.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <stet/persistence/buffer.hpp>
#include <stet/persistence/detail/unknown.hpp>
#include <stet/persistence/store_messages.hpp>
#include <stet/runtime/result.hpp>

namespace stet::detail {

// A record's header, key and part of a page cost about 100 bytes: below this, fields would be
// mostly that. The two are apart so that a value about as large as one of them does not change its
// form all the time.
inline constexpr std::size_t split_above_bytes = 1536;
inline constexpr std::size_t repack_below_bytes = 512;
// With those of a newer program. A value with more stays packed.
inline constexpr std::size_t split_fields_max = 256;
// All fields together: so that a change of form fits in one change, beside others, and all of a
// value in one answer.
inline constexpr std::size_t split_bytes_max = group_bytes_max / 2;

// What is known of a field's record in the store.
struct FieldMark {
  std::array<char, 16> hash{};
  std::size_t bytes = 0;
  bool is_stored = false;
};
// What is known of a value in the store, to write no more than what differs.
struct StoredValue {
  enum class Form : std::uint8_t { none, packed, split };

  Form form = Form::none;
  bool is_outdated = false;       // Of an older version of its type.
  std::array<char, 16> hash{};    // Packed: of the payload.
  std::vector<FieldMark> fields;  // Split: in declared order.
};

// The root's payload: an array of the names.
void append_field_names(const std::vector<std::string_view>& names, Buffer& out);
using FieldNames = std::set<std::string, std::less<>>;
// Errors: corrupt.
[[nodiscard]] Result<FieldNames> parse_field_names(std::string_view payload);

// The fields of a newer program, as records of their own; they point into `kept`. Nullopt: they are
// too many, or not all have a name that a record can have.
struct UnknownField {
  std::string_view name;
  std::string_view value;
};
[[nodiscard]] std::optional<std::vector<UnknownField>> fields_of_newer(const UnknownFields& kept);
// As they stand in a packed value.
void keep_field(UnknownFields& kept, std::string_view name, std::string_view value);

}  // namespace stet::detail
