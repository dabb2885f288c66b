// stet/persistence/detail/writer.hpp - MessagePack heads and numbers, written through a pointer.
//
// Each function writes at `to` and returns where it ended. Room was made before: see size_bound()
// in encode.hpp. A number is written with one store that may reach past its end, hence slack_bytes.
//
// Threads    Pure functions.
// Bounds     Counts and lengths fit 32 bits: encode() refuses larger values before.
#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace stet::detail {

// How far a store may reach past the last byte written.
inline constexpr std::size_t slack_bytes = 16;
// The longest head: a tag and a 32-bit length.
inline constexpr std::size_t head_bytes = 5;

namespace tag {
inline constexpr unsigned char fix_map = 0x80, fix_array = 0x90, fix_str = 0xa0, nil = 0xc0;
inline constexpr unsigned char bool_false = 0xc2, bool_true = 0xc3;
inline constexpr unsigned char bin8 = 0xc4, bin16 = 0xc5, bin32 = 0xc6;
inline constexpr unsigned char ext8 = 0xc7, ext16 = 0xc8, ext32 = 0xc9;
inline constexpr unsigned char float32 = 0xca, float64 = 0xcb;
inline constexpr unsigned char uint8 = 0xcc, uint16 = 0xcd, uint32 = 0xce, uint64 = 0xcf;
inline constexpr unsigned char int8 = 0xd0, int16 = 0xd1, int32 = 0xd2, int64 = 0xd3;
inline constexpr unsigned char fix_ext1 = 0xd4, fix_ext16 = 0xd8;
inline constexpr unsigned char str8 = 0xd9, str16 = 0xda, str32 = 0xdb;
inline constexpr unsigned char array16 = 0xdc, array32 = 0xdd, map16 = 0xde, map32 = 0xdf;
inline constexpr unsigned char fix_negative = 0xe0;
}  // namespace tag

static_assert(std::endian::native == std::endian::little ||
              std::endian::native == std::endian::big);

template <std::unsigned_integral U>
[[nodiscard]] constexpr U big_endian(U value) noexcept {
  if constexpr (std::endian::native == std::endian::big || sizeof(U) == 1) {
    return value;
  } else if constexpr (sizeof(U) == 2) {
    return __builtin_bswap16(value);
  } else if constexpr (sizeof(U) == 4) {
    return __builtin_bswap32(value);
  } else {
    return __builtin_bswap64(value);
  }
}

template <std::unsigned_integral U>
inline char* put_big_endian(char* to, U value) noexcept {
  value = big_endian(value);
  std::memcpy(to, &value, sizeof value);
  return to + sizeof value;
}

template <std::unsigned_integral U>
[[nodiscard]] inline U get_big_endian(const char* from) noexcept {
  U value;
  std::memcpy(&value, from, sizeof value);
  return big_endian(value);
}

inline char* put_byte(char* to, unsigned char byte) noexcept {
  *to = static_cast<char>(byte);
  return to + 1;
}

inline char* put_tagged(char* to, unsigned char tag, std::uint64_t value) noexcept {
  return put_big_endian(put_byte(to, tag), value);
}
inline char* put_tagged(char* to, unsigned char tag, std::uint32_t value) noexcept {
  // One store of 8 bytes for tag and number; the last 3 are written over by what follows.
  put_big_endian(to, (std::uint64_t{tag} << 56) | (std::uint64_t{value} << 24));
  return to + 5;
}

// A head whose short form holds `short_max` in its tag, and whose 16-bit tag is followed by the
// 32-bit one, as for arrays and maps.
inline char* put_count(char* to, unsigned char short_tag, unsigned char tag16,
                       std::size_t count) noexcept {
  if (count <= 15) [[likely]]
    return put_byte(to, static_cast<unsigned char>(short_tag | count));
  if (count <= 0xffff) {
    return put_big_endian(put_byte(to, tag16), static_cast<std::uint16_t>(count));
  }
  return put_tagged(to, static_cast<unsigned char>(tag16 + 1), static_cast<std::uint32_t>(count));
}
inline char* put_array_head(char* to, std::size_t count) noexcept {
  return put_count(to, tag::fix_array, tag::array16, count);
}
inline char* put_map_head(char* to, std::size_t count) noexcept {
  return put_count(to, tag::fix_map, tag::map16, count);
}

// An 8-bit tag followed by those of 16 and 32 bits, as for str and bin.
inline char* put_length(char* to, unsigned char tag8, std::size_t bytes) noexcept {
  if (bytes <= 0xff) {
    return put_byte(put_byte(to, tag8), static_cast<unsigned char>(bytes));
  }
  if (bytes <= 0xffff) {
    return put_big_endian(put_byte(to, static_cast<unsigned char>(tag8 + 1)),
                          static_cast<std::uint16_t>(bytes));
  }
  return put_tagged(to, static_cast<unsigned char>(tag8 + 2), static_cast<std::uint32_t>(bytes));
}

inline char* put_bytes(char* to, const void* from, std::size_t bytes) noexcept {
  // Most texts are short: two moves that overlap cost less than a call.
  const char* source = static_cast<const char*>(from);
  if (bytes >= 16 && bytes <= 32) {
    char first[16];
    char last[16];
    std::memcpy(first, source, 16);
    std::memcpy(last, source + bytes - 16, 16);
    std::memcpy(to, first, 16);
    std::memcpy(to + bytes - 16, last, 16);
  } else if (bytes != 0) {  // memcpy() must not see the nullptr of an empty vector.
    std::memcpy(to, source, bytes);
  }
  return to + bytes;
}

inline char* put_str(char* to, const char* from, std::size_t bytes) noexcept {
  to = bytes <= 31 ? put_byte(to, static_cast<unsigned char>(tag::fix_str | bytes))
                   : put_length(to, tag::str8, bytes);
  return put_bytes(to, from, bytes);
}

inline char* put_bin(char* to, const void* from, std::size_t bytes) noexcept {
  return put_bytes(put_length(to, tag::bin8, bytes), from, bytes);
}

}  // namespace stet::detail
