// stet/persistence/codec.hpp - a value to bytes and back.
//
// The bytes are MessagePack; structs are maps by field name, found without a macro (fields.hpp
// tells what classes do). persistence/README.md, "Values", has the table. What may be saved: bool,
// integers, enums, float, double, std::string, vector, deque, array, set, map, their unordered kin,
// pair, tuple, optional, variant, duration, time_point, and structs of these. Anything else does
// not compile, with one line that says why.
//
// A type may gain, lose, reorder and widen fields: missing ones take the member's default (as T{}
// has it), unknown ones are kept if asked for, a number is read at any width it fits.
//
// Threads    encode() reads the value, decode() writes it: one thread at a time.
// Memory     encode() allocates only where `out` must grow. decode() allocates for what is there,
//            never for what a damaged count claims.
// Errors     encode(): std::bad_alloc, also for a value of 4 GiB and more. decode(): corrupt, with
//            the field and the place; the value is then valid but of no use.
// Bounds     64 fields a struct; types nest 32 deep, and so do unknown fields.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string_view>

#include <stet/persistence/buffer.hpp>
#include <stet/persistence/detail/decode.hpp>
#include <stet/persistence/detail/encode.hpp>
#include <stet/persistence/detail/unknown.hpp>
#include <stet/runtime/result.hpp>

namespace stet {

// True for every type that encode() and decode() take; else a compile error that names the reason.
template <class T>
inline constexpr bool is_saveable = detail::require_saveable<T>();

// Appends the value to `out`.
template <class T>
void encode(const T& value, Buffer& out) {
  if constexpr (is_saveable<T>) {
    const std::size_t bound = detail::size_bound(value) + detail::slack_bytes;
    if (bound > encoded_bytes_max) [[unlikely]]
      throw std::bad_alloc();
    char* const to = out.prepare(bound);
    out.commit(detail::write(to, value));
  }
}

// As above; `kept` is what an earlier decode() of this record did not know.
template <class T>
void encode(const T& value, Buffer& out, const UnknownFields& kept) {
  if constexpr (is_saveable<T>) {
    if (detail::kind_of<T> != detail::Kind::structure || kept.empty()) return encode(value, out);
    const std::size_t bound = detail::size_bound(value) + kept.bytes() + detail::slack_bytes;
    if (bound > encoded_bytes_max) [[unlikely]]
      throw std::bad_alloc();
    char* const to = out.prepare(bound);
    if constexpr (detail::kind_of<T> == detail::Kind::structure) {
      out.commit(detail::write_struct<true>(to, value, &kept, 0));
    }
  }
}

// Replaces the value by what the bytes hold, all of them. With `kept`, what is unknown replaces its
// contents. Errors: corrupt.
template <class T>
[[nodiscard]] Result<void> decode(std::string_view bytes, T& value, UnknownFields* kept = nullptr) {
  if constexpr (is_saveable<T>) {
    if (kept != nullptr) kept->clear();
    detail::ReadContext context(bytes, kept);
    const char* end = detail::read(context, bytes.data(), value, std::size_t{0});
    if (end != nullptr && end != context.end()) end = context.fail("bytes follow the value", end);
    if (end == nullptr) [[unlikely]]
      return context.error();
  }
  return {};
}

template <class T>
[[nodiscard]] Result<void> decode(std::span<const std::byte> bytes, T& value,
                                  UnknownFields* kept = nullptr) {
  const char* const data = reinterpret_cast<const char*>(bytes.data());
  return decode(std::string_view(data, bytes.size()), value, kept);
}

}  // namespace stet
