// stet/persistence/detail/reader.hpp - MessagePack heads and numbers, read with bounds.
//
// Each function takes where to read and returns where it ended, or nullptr after telling the
// context why. The position travels by value, so that it stays in a register. What is expected
// stands in line; what is merely allowed (other widths, unknown values) stands in codec.cpp.
//
// Threads    One reader, one thread.
// Bounds     Nothing is read at or after `end`. A count is believed only up to the bytes that are
//            left, each element taking at least one. Unknown values nest at most 32 deep.
// Errors     The first failure is kept, with the path of field names to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <stet/persistence/detail/unknown.hpp>
#include <stet/persistence/detail/writer.hpp>
#include <stet/runtime/result.hpp>

namespace stet::detail {

class ReadContext {
 public:
  ReadContext(std::string_view bytes, UnknownFields* kept) noexcept
      : begin_(bytes.data()), end_(bytes.data() + bytes.size()), kept_(kept) {}

  [[nodiscard]] const char* end() const noexcept { return end_; }
  [[nodiscard]] std::size_t left(const char* at) const noexcept {
    return static_cast<std::size_t>(end_ - at);
  }
  [[nodiscard]] UnknownFields* kept() const noexcept { return kept_; }

  // Always returns nullptr, so that `return context.fail(...)` reads well. `why` is a literal.
  [[gnu::cold]] const char* fail(const char* why, const char* at);
  // Called by each struct on the way out, the innermost first.
  [[gnu::cold]] void note_field(std::string_view name);
  [[nodiscard]] Error error() const;

 private:
  const char* begin_;
  const char* end_;
  UnknownFields* kept_;
  const char* why_ = nullptr;
  const char* failed_at_ = nullptr;
  std::string path_;
};

// An integer of any width: its bits as 64-bit two's complement, and whether it is below zero.
struct AnyInteger {
  std::uint64_t bits = 0;
  bool negative = false;
};

const char* read_any_integer(ReadContext& context, const char* at, AnyInteger& value);
// Also from integers and from the other width, where no digit is lost.
const char* read_any_float(ReadContext& context, const char* at, double& value);
const char* read_length_slow(ReadContext& context, const char* at, unsigned char tag8,
                             const char* expected, std::size_t& bytes);
const char* read_count_slow(ReadContext& context, const char* at, unsigned char tag16,
                            const char* expected, std::size_t& count);
// Steps over one value of any type.
const char* skip_value(ReadContext& context, const char* at, std::size_t depth_left = nesting_max);

inline unsigned char byte_at(const char* at) noexcept { return static_cast<unsigned char>(*at); }

inline const char* read_array_head(ReadContext& context, const char* at, std::size_t& count) {
  if (context.left(at) >= 1 && (byte_at(at) & 0xf0) == tag::fix_array) [[likely]] {
    count = byte_at(at) & 0x0f;
    if (count <= context.left(at + 1)) [[likely]]
      return at + 1;
  }
  return read_count_slow(context, at, tag::array16, "an array is expected", count);
}

inline const char* read_map_head(ReadContext& context, const char* at, std::size_t& count) {
  if (context.left(at) >= 1 && (byte_at(at) & 0xf0) == tag::fix_map) [[likely]] {
    count = byte_at(at) & 0x0f;
    if (2 * count <= context.left(at + 1)) [[likely]]
      return at + 1;
  }
  return read_count_slow(context, at, tag::map16, "a map is expected", count);
}

// Afterwards `bytes` bytes are there.
inline const char* read_str_head(ReadContext& context, const char* at, std::size_t& bytes) {
  if (context.left(at) >= 1 && (byte_at(at) & 0xe0) == tag::fix_str) [[likely]] {
    bytes = byte_at(at) & 0x1f;
    if (bytes <= context.left(at + 1)) [[likely]]
      return at + 1;
  }
  return read_length_slow(context, at, tag::str8, "a text is expected", bytes);
}

inline const char* read_bin_head(ReadContext& context, const char* at, std::size_t& bytes) {
  return read_length_slow(context, at, tag::bin8, "bytes are expected", bytes);
}

}  // namespace stet::detail
