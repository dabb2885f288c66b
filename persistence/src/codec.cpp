// persistence/src/codec.cpp - the parts of reading that are rare: other widths, unknown values,
// errors.
#include <stet/persistence/detail/reader.hpp>

#include <bit>
#include <cmath>

namespace stet::detail {

const char* ReadContext::fail(const char* why, const char* at) {
  if (why_ == nullptr) {
    why_ = why;
    failed_at_ = at;
  }
  return nullptr;
}

void ReadContext::note_field(std::string_view name) {
  if (!path_.empty()) path_.insert(0, ".");
  path_.insert(0, name);
}

Error ReadContext::error() const {
  std::string text;
  if (!path_.empty()) text.append("field '").append(path_).append("': ");
  text.append(why_ != nullptr ? why_ : "the bytes make no sense");
  text.append(", at byte ").append(std::to_string(failed_at_ - begin_));
  return Error(Errc::corrupt, std::move(text));
}

namespace {

constexpr const char* cut_short = "the value is cut short";

// One number of sizeof(U) bytes behind a tag.
template <class U>
const char* take(ReadContext& context, const char* at, U& number) {
  if (context.left(at) < 1 + sizeof(U)) return context.fail(cut_short, at);
  number = get_big_endian<U>(at + 1);
  return at + 1 + sizeof(U);
}
template <class U>
const char* take_unsigned(ReadContext& context, const char* at, AnyInteger& value) {
  U number = 0;
  at = take(context, at, number);
  value = {number, false};
  return at;
}
template <class S>
const char* take_signed(ReadContext& context, const char* at, AnyInteger& value) {
  std::make_unsigned_t<S> number = 0;
  at = take(context, at, number);
  constexpr int unused_bits = 64 - 8 * int{sizeof(S)};  // Shifted out and back: the sign spreads.
  const std::int64_t wide =
      static_cast<std::int64_t>(std::uint64_t{number} << unused_bits) >> unused_bits;
  value = {static_cast<std::uint64_t>(wide), wide < 0};
  return at;
}

// The head of anything that is not a number, bool or nil: `bytes` follow it, then `values` values.
struct Extent {
  std::uint64_t bytes = 0;
  std::uint64_t values = 0;
};

template <class U>
const char* take_extent(ReadContext& context, const char* at, std::uint64_t& to,
                        std::uint64_t more = 0) {
  U number = 0;
  at = take(context, at, number);
  to = std::uint64_t{number} + more;
  return at;
}

// Steps over a head and says what follows it. Numbers, bools and nil are heads without more.
const char* read_extent(ReadContext& context, const char* at, Extent& extent) {
  if (context.left(at) == 0) return context.fail(cut_short, at);
  const unsigned char first = byte_at(at);
  if (first < tag::fix_map || first >= tag::fix_negative) return at + 1;
  if (first < tag::fix_array) {
    extent.values = 2 * std::uint64_t{first & 0x0fu};
    return at + 1;
  }
  if (first < tag::fix_str) {
    extent.values = first & 0x0fu;
    return at + 1;
  }
  if (first < tag::nil) {
    extent.bytes = first & 0x1fu;
    return at + 1;
  }
  switch (first) {
    case tag::nil:
    case tag::bool_false:
    case tag::bool_true: return at + 1;
    case tag::bin8:
    case tag::str8: return take_extent<std::uint8_t>(context, at, extent.bytes);
    case tag::bin16:
    case tag::str16: return take_extent<std::uint16_t>(context, at, extent.bytes);
    case tag::bin32:
    case tag::str32: return take_extent<std::uint32_t>(context, at, extent.bytes);
    case tag::ext8: return take_extent<std::uint8_t>(context, at, extent.bytes, 1);
    case tag::ext16: return take_extent<std::uint16_t>(context, at, extent.bytes, 1);
    case tag::ext32: return take_extent<std::uint32_t>(context, at, extent.bytes, 1);
    case tag::array16: return take_extent<std::uint16_t>(context, at, extent.values);
    case tag::array32: return take_extent<std::uint32_t>(context, at, extent.values);
    case tag::map16:
      at = take_extent<std::uint16_t>(context, at, extent.values);
      extent.values *= 2;
      return at;
    case tag::map32:
      at = take_extent<std::uint32_t>(context, at, extent.values);
      extent.values *= 2;
      return at;
    case tag::uint8:
    case tag::int8: extent.bytes = 1; return at + 1;
    case tag::uint16:
    case tag::int16: extent.bytes = 2; return at + 1;
    case tag::uint32:
    case tag::int32:
    case tag::float32: extent.bytes = 4; return at + 1;
    case tag::uint64:
    case tag::int64:
    case tag::float64: extent.bytes = 8; return at + 1;
    default: break;
  }
  if (first >= tag::fix_ext1 && first <= tag::fix_ext16) {
    extent.bytes = 1 + (std::uint64_t{1} << (first - tag::fix_ext1));
    return at + 1;
  }
  return context.fail("no MessagePack value begins like this", at);  // 0xc1
}

}  // namespace

const char* read_any_integer(ReadContext& context, const char* at, AnyInteger& value) {
  if (context.left(at) == 0) return context.fail(cut_short, at);
  const unsigned char first = byte_at(at);
  if (first < tag::fix_map) {
    value = {first, false};
    return at + 1;
  }
  if (first >= tag::fix_negative) {
    value = {static_cast<std::uint64_t>(std::int64_t{static_cast<signed char>(first)}), true};
    return at + 1;
  }
  switch (first) {
    case tag::uint8: return take_unsigned<std::uint8_t>(context, at, value);
    case tag::uint16: return take_unsigned<std::uint16_t>(context, at, value);
    case tag::uint32: return take_unsigned<std::uint32_t>(context, at, value);
    case tag::uint64: return take_unsigned<std::uint64_t>(context, at, value);
    case tag::int8: return take_signed<std::int8_t>(context, at, value);
    case tag::int16: return take_signed<std::int16_t>(context, at, value);
    case tag::int32: return take_signed<std::int32_t>(context, at, value);
    case tag::int64: return take_signed<std::int64_t>(context, at, value);
    default: return context.fail("an integer is expected", at);
  }
}

const char* read_any_float(ReadContext& context, const char* at, double& value) {
  if (context.left(at) == 0) return context.fail(cut_short, at);
  if (byte_at(at) == tag::float32) {
    std::uint32_t bits = 0;
    const char* end = take(context, at, bits);
    value = double{std::bit_cast<float>(bits)};
    return end;
  }
  if (byte_at(at) == tag::float64) {
    std::uint64_t bits = 0;
    const char* end = take(context, at, bits);
    value = std::bit_cast<double>(bits);
    return end;
  }
  AnyInteger any;
  const char* end = read_any_integer(context, at, any);
  if (end == nullptr) return nullptr;
  const std::uint64_t size = any.negative ? 0 - any.bits : any.bits;
  if (size > std::uint64_t{1} << 53) return context.fail("the number does not fit its field", at);
  value = any.negative ? -static_cast<double>(size) : static_cast<double>(size);
  return end;
}

const char* read_length_slow(ReadContext& context, const char* at, unsigned char tag8,
                             const char* expected, std::size_t& bytes) {
  if (context.left(at) == 0) return context.fail(cut_short, at);
  const unsigned char first = byte_at(at);
  const bool short_str = tag8 == tag::str8 && (first & 0xe0) == tag::fix_str;
  if (!short_str && (first < tag8 || first > tag8 + 2)) return context.fail(expected, at);
  Extent extent;
  const char* body = read_extent(context, at, extent);
  if (body == nullptr) return nullptr;
  if (extent.bytes > context.left(body)) return context.fail(cut_short, at);
  bytes = static_cast<std::size_t>(extent.bytes);
  return body;
}

const char* read_count_slow(ReadContext& context, const char* at, unsigned char tag16,
                            const char* expected, std::size_t& count) {
  if (context.left(at) == 0) return context.fail(cut_short, at);
  const unsigned char first = byte_at(at);
  const bool map = tag16 == tag::map16;
  const bool short_head = (first & 0xf0) == (map ? tag::fix_map : tag::fix_array);
  if (!short_head && first != tag16 && first != tag16 + 1) return context.fail(expected, at);
  Extent extent;
  const char* body = read_extent(context, at, extent);
  if (body == nullptr) return nullptr;
  if (extent.values > context.left(body)) return context.fail(cut_short, at);
  count = static_cast<std::size_t>(map ? extent.values / 2 : extent.values);
  return body;
}

// Recursive: the depth bounds the stack, and each value takes at least one byte.
const char* skip_value(ReadContext& context, const char* at, std::size_t depth_left) {
  Extent extent;
  const char* const head = at;
  at = read_extent(context, at, extent);
  if (at == nullptr) return nullptr;
  if (extent.bytes > context.left(at) || extent.values > context.left(at)) {
    return context.fail(cut_short, head);
  }
  at += extent.bytes;
  if (extent.values != 0 && depth_left == 0) return context.fail("a value nests too deep", head);
  for (; extent.values != 0 && at != nullptr; --extent.values) {
    at = skip_value(context, at, depth_left - 1);
  }
  return at;
}

}  // namespace stet::detail
