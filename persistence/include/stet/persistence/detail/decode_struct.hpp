// stet/persistence/detail/decode_struct.hpp - MessagePack maps to structs.
//
// A struct is read in declared order as long as the names agree, and by name from there on.
//
// Threads    One value, one thread.
// Errors     nullptr, the reason and the path of fields in the context.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <stet/persistence/detail/encode.hpp>
#include <stet/persistence/detail/kinds.hpp>
#include <stet/persistence/detail/reader.hpp>
#include <stet/persistence/detail/unknown.hpp>

namespace stet::detail {

// Any value; defined in decode.hpp. `node` is that of a struct whose unknown fields are kept.
template <class T>
const char* read(ReadContext& context, const char* at, T& value, std::size_t node = no_node);

// From `at` on, `count` fields in any order; bit i of `seen` tells that field i was read before.
template <class T>
[[gnu::noinline]] const char* read_fields_by_name(ReadContext& context, const char* at, T& value,
                                                  std::size_t node, std::size_t count,
                                                  std::uint64_t seen) {
  const auto fields = tie_fields(value);
  constexpr auto all = std::make_index_sequence<field_count<T>>{};
  for (; count != 0; --count) {
    const char* const name_at = at;
    std::string_view name;
    bool known = false;
    if (context.left(at) != 0 && ((byte_at(at) & 0xe0) == tag::fix_str ||
                                  (byte_at(at) >= tag::str8 && byte_at(at) <= tag::str32))) {
      std::size_t bytes = 0;
      at = read_str_head(context, at, bytes);
      if (at == nullptr) return nullptr;
      name = {at, bytes};
      at += bytes;
      [[maybe_unused]] const auto one = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
        if (name != field_name<T, I>) return false;
        if ((seen >> I & 1) != 0) {
          at = context.fail("a field is there twice", name_at);
        } else {
          seen |= std::uint64_t{1} << I;
          constexpr std::size_t offset = node_offset<T, I>;
          at = read(context, at, std::get<I>(fields), node == no_node ? no_node : node + offset);
        }
        if (at == nullptr) context.note_field(field_name<T, I>);
        return true;
      };
      known = [&]<std::size_t... I>(std::index_sequence<I...>) {
        return (one(std::integral_constant<std::size_t, I>{}) || ...);
      }(all);
    } else {
      at = skip_value(context, at);  // A name that is no text: not ours, but kept like others.
    }
    if (at != nullptr && !known) {
      at = skip_value(context, at);
      if (at != nullptr && node != no_node && context.kept() != nullptr) {
        context.kept()->add(node, {name_at, static_cast<std::size_t>(at - name_at)});
      }
    }
    if (at == nullptr) return nullptr;
  }
  T fresh{};  // For the fields that were not there.
  const auto defaults = tie_fields(fresh);
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((seen >> I & 1 ? void() : void(std::get<I>(fields) = std::move(std::get<I>(defaults)))), ...);
  }(all);
  return at;
}

template <class T>
inline const char* read_struct(ReadContext& context, const char* at, T& value, std::size_t node) {
  std::size_t count = 0;
  at = read_map_head(context, at, count);
  if (at == nullptr) return nullptr;
  const auto fields = tie_fields(value);
  std::size_t done = 0;
  // True while the next field is the one declared next and could be read.
  [[maybe_unused]] const auto one = [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
    constexpr auto& key = key_bytes<T, I>;
    if (I >= count || context.left(at) < key.size() || std::memcmp(at, key.data(), key.size()) != 0)
        [[unlikely]] {
      return false;
    }
    at += key.size();
    constexpr std::size_t offset =
        kind_of<FieldType<T, I>> == Kind::structure ? node_offset<T, I> : 0;
    at = read(context, at, std::get<I>(fields), node == no_node ? no_node : node + offset);
    if (at == nullptr) [[unlikely]] {
      context.note_field(field_name<T, I>);
      return false;
    }
    ++done;
    return true;
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    static_cast<void>((one(std::integral_constant<std::size_t, I>{}) && ...));
  }(std::make_index_sequence<field_count<T>>{});
  if (at == nullptr || (done == field_count<T> && done == count)) [[likely]]
    return at;
  const std::uint64_t seen = done == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << done) - 1;
  return read_fields_by_name(context, at, value, node, count - done, seen);
}

}  // namespace stet::detail
