// persistence/src/lmdb/meta_record.hpp - the record by which an environment knows what it is.
//
// It stands at key 0x01 "meta" in every environment of a store. All integers are little-endian:
//
//   0   4  "stet"
//   4   4  format of the store, 1
//   8   8  generation, the name of its folder
//   16  16 store id, random, the same for all environments of a store
//   32  8  XXH3-64 of bytes 0 to 31
//
// Numbers of commits stand beside it, 16 bytes: the number (8), XXH3-64 of it (8). In journal mode
// the state has "mark", the last commit folded into it, and the journal has "cut", the last one
// whose entry was deleted. A state without a mark is a store in direct mode. What the state has still
// to erase stands at "pending" (pending_ranges.hpp).
//
// Keys that begin with 0x01 are the system's; a user's scope begins with '/'.
//
// Threads    Plain values.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <stet/runtime/result.hpp>

namespace stet::detail {

inline constexpr std::string_view meta_key = "\x01meta";
inline constexpr std::string_view mark_key = "\x01mark";
inline constexpr std::string_view pending_key = "\x01pending";
inline constexpr std::string_view cut_key =
    "\x01"
    "cut";
inline constexpr std::uint32_t store_format = 1;

struct MetaRecord {
  std::uint32_t format = store_format;
  std::uint64_t generation = 0;
  std::array<std::byte, 16> store_id{};

  friend bool operator==(const MetaRecord&, const MetaRecord&) = default;
};

// Errors: io, where the system gives no random bytes.
[[nodiscard]] Result<std::array<std::byte, 16>> make_store_id();

[[nodiscard]] std::string encode_meta(const MetaRecord& record);
// Errors: corrupt; newer_format, also where what follows the format number is unknown.
[[nodiscard]] Result<MetaRecord> decode_meta(std::string_view bytes);

[[nodiscard]] std::string encode_number(std::uint64_t number);
// Errors: corrupt.
[[nodiscard]] Result<std::uint64_t> decode_number(std::string_view bytes);

}  // namespace stet::detail
