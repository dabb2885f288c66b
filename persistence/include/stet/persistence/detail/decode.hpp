// stet/persistence/detail/decode.hpp - MessagePack to values.
//
// Everything but structs: those are in decode_struct.hpp.
//
// Threads    One value, one thread.
// Errors     nullptr, the reason in the context; the value is then valid and of no use.
// Bounds     Memory grows with the elements that are there, not with the count that is claimed.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <stet/persistence/detail/decode_struct.hpp>
#include <stet/persistence/detail/encode.hpp>
#include <stet/persistence/detail/kinds.hpp>
#include <stet/persistence/detail/reader.hpp>

namespace stet::detail {

// The most that is reserved because of a count alone.
inline constexpr std::size_t reserve_bytes_max = 64 * 1024;

template <class T>
inline const char* read_integer(ReadContext& context, const char* at, T& value) {
  using Wire = WireInteger<T>;
  if (context.left(at) > sizeof(Wire) && byte_at(at) == integer_tag<T>) [[likely]] {
    const Wire bits = get_big_endian<Wire>(at + 1);
    value = static_cast<T>(bits);
    if (sizeof(T) >= 4 || static_cast<Wire>(value) == bits) [[likely]]
      return at + 1 + sizeof bits;
  }
  AnyInteger any;
  const char* end = read_any_integer(context, at, any);
  if (end == nullptr) return nullptr;
  value = static_cast<T>(any.bits);
  const bool fits = static_cast<std::uint64_t>(value) == any.bits && (value < T{0}) == any.negative;
  return fits ? end : context.fail("the number does not fit its field", at);
}

template <class T>
inline const char* read_float(ReadContext& context, const char* at, T& value) {
  using Wire = WireInteger<T>;
  constexpr unsigned char expected = sizeof(T) == 8 ? tag::float64 : tag::float32;
  if (context.left(at) > sizeof(Wire) && byte_at(at) == expected) [[likely]] {
    value = std::bit_cast<T>(get_big_endian<Wire>(at + 1));
    return at + 1 + sizeof(Wire);
  }
  double any = 0;
  const char* end = read_any_float(context, at, any);
  if (end == nullptr) return nullptr;
  if (std::isfinite(any) && std::abs(any) > double{std::numeric_limits<T>::max()}) {
    return context.fail("the number does not fit its field", at);
  }
  value = static_cast<T>(any);
  if (!std::isnan(any) && double{value} != any) {
    return context.fail("the number does not fit its field", at);
  }
  return end;
}

template <class T>
inline const char* read_bytes(ReadContext& context, const char* at, T& value) {
  std::size_t bytes = 0;
  at = read_bin_head(context, at, bytes);
  if (at == nullptr) return nullptr;
  if constexpr (requires { value.resize(bytes); }) {
    value.resize(bytes);
  } else if (value.size() != bytes) {
    return context.fail("the array has another length", at);
  }
  if (bytes != 0) std::memcpy(value.data(), at, bytes);
  return at + bytes;
}

template <class T>
inline const char* read_sequence(ReadContext& context, const char* at, T& value) {
  using Element = typename T::value_type;
  std::size_t count = 0;
  at = read_array_head(context, at, count);
  if (at == nullptr) return nullptr;
  if constexpr (kind_of<Element> == Kind::integer && requires { value.data(); }) {
    using Wire = WireInteger<Element>;
    constexpr std::size_t each = 1 + sizeof(Wire);
    value.resize(count);  // At most 8 bytes for each byte that is there.
    std::size_t done = 0;
    if (count <= context.left(at) / each) [[likely]] {
      Element* to = value.data();
      for (; done < count && byte_at(at) == integer_tag<Element>; ++done, at += each) {
        const Wire bits = get_big_endian<Wire>(at + 1);
        to[done] = static_cast<Element>(bits);
        if (sizeof(Element) < 4 && static_cast<Wire>(to[done]) != bits) break;
      }
    }
    for (; done < count && at != nullptr; ++done) at = read_integer(context, at, value[done]);
    return at;
  } else {
    constexpr std::size_t reserve_max = reserve_bytes_max / sizeof(Element) + 1;
    if constexpr (requires { value.reserve(count); }) value.reserve(std::min(count, reserve_max));
    if (value.size() > count) value.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
      if constexpr (std::is_same_v<Element, bool>) {
        bool element = false;  // vector<bool> has no references to its elements.
        at = read(context, at, element);
        if (i == value.size()) value.push_back(false);
        value[i] = element;
      } else {
        if (i == value.size()) value.emplace_back();
        at = read(context, at, value[i]);
      }
      if (at == nullptr) return nullptr;
    }
    return at;
  }
}

template <class T>
inline const char* read_associative(ReadContext& context, const char* at, T& value) {
  constexpr bool is_map = kind_of<T> == Kind::map;
  std::size_t count = 0;
  at = is_map ? read_map_head(context, at, count) : read_array_head(context, at, count);
  if (at == nullptr) return nullptr;
  value.clear();
  constexpr std::size_t reserve_max = reserve_bytes_max / sizeof(typename T::value_type) + 1;
  if constexpr (requires { value.reserve(count); }) value.reserve(std::min(count, reserve_max));
  for (std::size_t i = 0; i < count; ++i) {
    typename T::key_type key{};
    at = read(context, at, key);
    if (at == nullptr) return nullptr;
    // In a map that was written by an ordered one, each key comes after all before it.
    if constexpr (is_map) {
      typename T::mapped_type mapped{};
      at = read(context, at, mapped);
      if (at == nullptr) return nullptr;
      value.insert_or_assign(value.end(), std::move(key), std::move(mapped));
    } else {
      value.insert(value.end(), std::move(key));
    }
  }
  return at;
}

template <class T, std::size_t... I>
inline const char* read_elements(ReadContext& context, const char* at, T& value,
                                 std::index_sequence<I...>) {
  std::size_t count = 0;
  at = read_array_head(context, at, count);
  if (at == nullptr) return nullptr;
  if (count != sizeof...(I)) return context.fail("the tuple has another length", at);
  static_cast<void>(((at = read(context, at, std::get<I>(value))) && ...));
  return at;
}

template <class T, std::size_t... I>
inline const char* read_variant(ReadContext& context, const char* at, T& value,
                                std::index_sequence<I...>) {
  std::size_t count = 0;
  std::size_t index = 0;
  const char* head = at;
  at = read_array_head(context, at, count);
  if (at != nullptr && count != 2) return context.fail("a variant is an array of 2", head);
  if (at != nullptr) at = read_integer(context, at, index);
  if (at == nullptr) return nullptr;
  const auto one = [&]<std::size_t J>(std::integral_constant<std::size_t, J>) {
    std::variant_alternative_t<J, T> held{};
    at = read(context, at, held);
    if (at != nullptr) value.template emplace<J>(std::move(held));
    return true;
  };
  const bool known = ((index == I && one(std::integral_constant<std::size_t, I>{})) || ...);
  return known ? at : context.fail("the variant has no such alternative", head);
}

template <class T>
inline const char* read(ReadContext& context, const char* at, T& value, std::size_t node) {
  constexpr Kind kind = kind_of<T>;
  if constexpr (kind == Kind::boolean) {
    if (context.left(at) == 0 || (byte_at(at) & 0xfe) != tag::bool_false) [[unlikely]] {
      return context.fail("true or false is expected", at);
    }
    value = byte_at(at) == tag::bool_true;
    return at + 1;
  } else if constexpr (kind == Kind::integer) {
    return read_integer(context, at, value);
  } else if constexpr (kind == Kind::enumeration) {
    std::underlying_type_t<T> number{};
    at = read(context, at, number);
    value = static_cast<T>(number);
    return at;
  } else if constexpr (kind == Kind::float32 || kind == Kind::float64) {
    return read_float(context, at, value);
  } else if constexpr (kind == Kind::string) {
    std::size_t bytes = 0;
    at = read_str_head(context, at, bytes);
    if (at == nullptr) return nullptr;
    value.assign(at, bytes);
    return at + bytes;
  } else if constexpr (kind == Kind::bytes) {
    return read_bytes(context, at, value);
  } else if constexpr (kind == Kind::sequence) {
    return read_sequence(context, at, value);
  } else if constexpr (kind == Kind::array) {
    std::size_t count = 0;
    at = read_array_head(context, at, count);
    if (at != nullptr && count != value.size()) {
      return context.fail("the array has another length", at);
    }
    for (std::size_t i = 0; i < value.size() && at != nullptr; ++i)
      at = read(context, at, value[i]);
    return at;
  } else if constexpr (kind == Kind::set || kind == Kind::map) {
    return read_associative(context, at, value);
  } else if constexpr (kind == Kind::product) {
    return read_elements(context, at, value, std::make_index_sequence<std::tuple_size_v<T>>{});
  } else if constexpr (kind == Kind::optional) {
    if (context.left(at) != 0 && byte_at(at) == tag::nil) {
      value.reset();
      return at + 1;
    }
    return read(context, at, value ? *value : value.emplace());
  } else if constexpr (kind == Kind::variant) {
    return read_variant(context, at, value, std::make_index_sequence<std::variant_size_v<T>>{});
  } else if constexpr (kind == Kind::monostate) {
    if (context.left(at) == 0 || byte_at(at) != tag::nil)
      return context.fail("nil is expected", at);
    return at + 1;
  } else if constexpr (kind == Kind::duration) {
    typename T::rep count{};
    at = read(context, at, count);
    value = T(count);
    return at;
  } else if constexpr (kind == Kind::time_point) {
    typename T::duration since_epoch{};
    at = read(context, at, since_epoch);
    value = T(since_epoch);
    return at;
  } else {
    static_assert(kind == Kind::structure);
    return read_struct(context, at, value, node);
  }
}

}  // namespace stet::detail
