// stet/persistence/detail/encode.hpp - values to MessagePack.
//
// First size_bound() says how much room a value needs at most, then write() fills it without
// looking at the room again. Field names are bytes prepared at compile time.
//
// Threads    Reads the value: nobody may change it meanwhile.
// Memory     write() stays within size_bound() and slack_bytes more.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include <stet/persistence/detail/kinds.hpp>
#include <stet/persistence/detail/unknown.hpp>
#include <stet/persistence/detail/writer.hpp>

namespace stet {

// Lengths inside have 32 bits.
inline constexpr std::size_t encoded_bytes_max = 0xffff'ffff;

}  // namespace stet

namespace stet::detail {

// The tag that integers of this type are written with.
template <class Integer>
inline constexpr unsigned char integer_tag =
    sizeof(Integer) == 8 ? (std::is_signed_v<Integer> ? tag::int64 : tag::uint64)
                         : (std::is_signed_v<Integer> ? tag::int32 : tag::uint32);
// The number that stands behind it.
template <class Integer>
using WireInteger = std::conditional_t<sizeof(Integer) == 8, std::uint64_t, std::uint32_t>;

// The head and bytes of a field's name.
template <class T, std::size_t I>
inline constexpr auto key_bytes = [] {
  constexpr std::string_view name = field_name<T, I>;
  constexpr std::size_t head = name.size() <= 31 ? 1 : 2;
  std::array<char, head + name.size()> bytes{};
  if constexpr (head == 1) {
    bytes[0] = static_cast<char>(tag::fix_str | name.size());
  } else {
    bytes[0] = static_cast<char>(tag::str8);
    bytes[1] = static_cast<char>(name.size());
  }
  std::copy(name.begin(), name.end(), bytes.begin() + head);
  return bytes;
}();

template <class T>
consteval std::size_t fixed_size();

template <class T, std::size_t... I>
consteval std::size_t fixed_fields_size(std::index_sequence<I...>) {
  const bool all = ((fixed_size<FieldType<T, I>>() != 0) && ...);
  return all ? head_bytes +
                   (std::size_t{0} + ... + (key_bytes<T, I>.size() + fixed_size<FieldType<T, I>>()))
             : 0;
}
template <class... T>
consteval std::size_t fixed_product_size(std::type_identity<std::tuple<T...>>) {
  const bool all = ((fixed_size<T>() != 0) && ...);
  return all ? head_bytes + (std::size_t{0} + ... + fixed_size<T>()) : 0;
}

// The most bytes any value of T takes; 0 if that depends on the value.
template <class T>
consteval std::size_t fixed_size() {
  constexpr Kind kind = kind_of<T>;
  if constexpr (kind == Kind::boolean || kind == Kind::monostate) {
    return 1;
  } else if constexpr (kind == Kind::integer || kind == Kind::enumeration ||
                       kind == Kind::float32 || kind == Kind::float64) {
    return sizeof(T) == 8 ? 9 : 5;
  } else if constexpr (kind == Kind::duration) {
    return fixed_size<typename T::rep>();
  } else if constexpr (kind == Kind::time_point) {
    return fixed_size<typename T::duration>();
  } else if constexpr (kind == Kind::optional) {
    return fixed_size<typename T::value_type>();
  } else if constexpr (kind == Kind::array) {
    constexpr std::size_t each = fixed_size<typename T::value_type>();
    return each == 0 ? 0 : head_bytes + std::tuple_size_v<T> * each;
  } else if constexpr (kind == Kind::product) {
    return fixed_product_size(parts<T>());
  } else if constexpr (kind == Kind::structure) {
    return fixed_fields_size<T>(std::make_index_sequence<field_count<T>>{});
  } else {
    return 0;
  }
}

template <class T>
[[nodiscard]] inline std::size_t size_bound(const T& value) {
  constexpr Kind kind = kind_of<T>;
  constexpr std::size_t fixed = fixed_size<T>();
  if constexpr (fixed != 0) {
    return fixed;
  } else if constexpr (kind == Kind::string || kind == Kind::bytes) {
    return head_bytes + value.size();
  } else if constexpr (kind == Kind::sequence || kind == Kind::array || kind == Kind::set) {
    using Element = typename T::value_type;
    if constexpr (fixed_size<Element>() != 0) {
      return head_bytes + value.size() * fixed_size<Element>();
    } else {
      std::size_t sum = head_bytes;
      for (const Element& each : value) sum += size_bound(each);
      return sum;
    }
  } else if constexpr (kind == Kind::map) {
    std::size_t sum = head_bytes;
    for (const auto& [key, mapped] : value) sum += size_bound(key) + size_bound(mapped);
    return sum;
  } else if constexpr (kind == Kind::product) {
    return std::apply([](const auto&... each) { return (head_bytes + ... + size_bound(each)); },
                      value);
  } else if constexpr (kind == Kind::optional) {
    return value ? size_bound(*value) : 1;
  } else if constexpr (kind == Kind::variant) {
    if (value.valueless_by_exception()) return 1;
    return 1 + head_bytes + std::visit([](const auto& held) { return size_bound(held); }, value);
  } else {
    static_assert(kind == Kind::structure);
    return [&value]<std::size_t... I>(std::index_sequence<I...>) {
      const auto each = tie_fields(value);
      return (head_bytes + ... + (key_bytes<T, I>.size() + size_bound(std::get<I>(each))));
    }(std::make_index_sequence<field_count<T>>{});
  }
}

template <class T>
char* write(char* to, const T& value);

// With `kept`, the unknown fields of this struct and of those nested in it follow the known ones.
template <bool Keep, class T>
inline char* write_struct(char* to, const T& value, const UnknownFields* kept, std::size_t node) {
  const UnknownFields::Entry* mine = Keep ? kept->find(node) : nullptr;
  to = put_map_head(to, field_count<T> + (Keep && mine != nullptr ? mine->count : 0));
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    const auto fields = tie_fields(value);
    [[maybe_unused]] const auto one = [&]<std::size_t J>(std::integral_constant<std::size_t, J>) {
      using Member = FieldType<T, J>;
      constexpr auto& key = key_bytes<T, J>;
      std::memcpy(to, key.data(), key.size());
      to += key.size();
      if constexpr (Keep && kind_of<Member> == Kind::structure) {
        to = write_struct<true>(to, std::get<J>(fields), kept, node + node_offset<T, J>);
      } else {
        to = write(to, std::get<J>(fields));
      }
    };
    (one(std::integral_constant<std::size_t, I>{}), ...);
  }(std::make_index_sequence<field_count<T>>{});
  if constexpr (Keep) {
    if (mine != nullptr) to = put_bytes(to, mine->bytes.data(), mine->bytes.size());
  }
  return to;
}

template <class T>
inline char* write(char* to, const T& value) {
  constexpr Kind kind = kind_of<T>;
  if constexpr (kind == Kind::boolean) {
    return put_byte(to, value ? tag::bool_true : tag::bool_false);
  } else if constexpr (kind == Kind::integer) {
    return put_tagged(to, integer_tag<T>, static_cast<WireInteger<T>>(value));
  } else if constexpr (kind == Kind::enumeration) {
    return write(to, static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (kind == Kind::float32) {
    return put_tagged(to, tag::float32, std::bit_cast<std::uint32_t>(value));
  } else if constexpr (kind == Kind::float64) {
    return put_tagged(to, tag::float64, std::bit_cast<std::uint64_t>(value));
  } else if constexpr (kind == Kind::string) {
    return put_str(to, value.data(), value.size());
  } else if constexpr (kind == Kind::bytes) {
    return put_bin(to, value.data(), value.size());
  } else if constexpr (kind == Kind::sequence || kind == Kind::array || kind == Kind::set) {
    to = put_array_head(to, value.size());
    for (const typename T::value_type& each : value) to = write(to, each);
    return to;
  } else if constexpr (kind == Kind::map) {
    to = put_map_head(to, value.size());
    for (const auto& [key, mapped] : value) to = write(write(to, key), mapped);
    return to;
  } else if constexpr (kind == Kind::product) {
    to = put_array_head(to, std::tuple_size_v<T>);
    std::apply([&to](const auto&... each) { ((to = write(to, each)), ...); }, value);
    return to;
  } else if constexpr (kind == Kind::optional) {
    return value ? write(to, *value) : put_byte(to, tag::nil);
  } else if constexpr (kind == Kind::variant) {
    // Valueless has no bytes that mean it: it reads back as an error, as it should.
    if (value.valueless_by_exception()) return put_byte(to, tag::nil);
    to = write(put_array_head(to, 2), static_cast<std::uint32_t>(value.index()));
    return std::visit([to](const auto& held) { return write(to, held); }, value);
  } else if constexpr (kind == Kind::monostate) {
    return put_byte(to, tag::nil);
  } else if constexpr (kind == Kind::duration) {
    return write(to, value.count());
  } else if constexpr (kind == Kind::time_point) {
    return write(to, value.time_since_epoch());
  } else {
    static_assert(kind == Kind::structure);
    return write_struct<false>(to, value, nullptr, 0);
  }
}

}  // namespace stet::detail
