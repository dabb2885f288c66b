// stet/persistence/detail/struct_fields.hpp - single fields of a struct, by number or name.
//
// Threads    The value's rules.
// Errors     decode_field(): corrupt.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <stet/persistence/buffer.hpp>
#include <stet/persistence/detail/decode.hpp>
#include <stet/persistence/detail/encode.hpp>
#include <stet/persistence/detail/split.hpp>
#include <stet/persistence/detail/unknown.hpp>
#include <stet/runtime/result.hpp>

namespace stet::detail {

// In declared order.
template <class T>
inline constexpr auto field_names = []<std::size_t... I>(std::index_sequence<I...>) {
  return std::array<std::string_view, sizeof...(I)>{field_name<T, I>...};
}(std::make_index_sequence<field_count<T>>{});

// False: no program with this type stores it in fields.
template <class T>
inline constexpr bool may_be_split = [] {
  if constexpr (kind_of<T> != Kind::structure) return false;
  return fixed_size<T>() == 0 || fixed_size<T>() > split_above_bytes;
}();

// field_count<T>: there is none of that name.
template <class T>
[[nodiscard]] constexpr std::size_t find_field(std::string_view name) noexcept {
  std::size_t found = 0;
  while (found < field_count<T> && field_names<T>[found] != name) ++found;
  return found;
}

// May edit<Member>() be used: is it one of the fields?
template <class T, auto Member>
[[nodiscard]] consteval bool is_field() {
  if constexpr (DeclaresFields<T>) {
    return std::apply(
        [](const auto&... each) {
          const auto is_it = [](const auto& pointer) {
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(pointer)>,
                                         std::remove_cv_t<decltype(Member)>>) {
              return pointer == Member;
            } else {
              return false;
            }
          };
          return (is_it(each.pointer) || ...);
        },
        T::stet_fields);
  } else {
    return true;  // All members are.
  }
}
// Which one; field_count<T>: none.
template <class T, class Member>
[[nodiscard]] std::size_t field_number(T& value, Member T::*member) noexcept {
  const void* const wanted = &(value.*member);
  std::size_t found = field_count<T>;
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    const auto fields = tie_fields(value);
    // Members without a size may share an address: then the type decides.
    const auto is_it = [wanted](const auto& each) {
      return static_cast<const void*>(&each) == wanted &&
             std::is_same_v<std::remove_cvref_t<decltype(each)>, Member>;
    };
    static_cast<void>(((is_it(std::get<I>(fields)) && (found = I, true)) || ...));
  }(std::make_index_sequence<field_count<T>>{});
  return found;
}

// use(std::integral_constant<std::size_t, field>). Requires field < field_count<T>.
template <class T, class Use>
void with_field(std::size_t field, Use&& use) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    static_cast<void>(
        ((field == I && (use(std::integral_constant<std::size_t, I>{}), true)) || ...));
  }(std::make_index_sequence<field_count<T>>{});
}

// Appends the field alone; of `kept` what belongs to the structs in it.
template <class T>
void encode_field(const T& value, std::size_t field, Buffer& out, const UnknownFields& kept) {
  with_field<T>(field, [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
    using Member = FieldType<T, I>;
    const Member& member = std::get<I>(tie_fields(value));
    const std::size_t bound = size_bound(member) + kept.bytes() + slack_bytes;
    if (bound > encoded_bytes_max) [[unlikely]]
      throw std::bad_alloc();
    char* const to = out.prepare(bound);
    if constexpr (kind_of<Member> == Kind::structure) {
      if (!kept.empty()) {
        return out.commit(write_struct<true>(to, member, &kept, node_offset<T, I>));
      }
    }
    out.commit(write(to, member));
  });
}

// Replaces the field by what the bytes hold, all of them. Errors: corrupt.
template <class T>
[[nodiscard]] Result<void> decode_field(std::string_view bytes, T& value, std::size_t field,
                                        UnknownFields* kept) {
  ReadContext context(bytes, kept);
  const char* end = nullptr;
  with_field<T>(field, [&]<std::size_t I>(std::integral_constant<std::size_t, I>) {
    std::size_t node = no_node;
    if constexpr (kind_of<FieldType<T, I>> == Kind::structure) node = node_offset<T, I>;
    end = read(context, bytes.data(), std::get<I>(tie_fields(value)), node);
    if (end != nullptr && end != context.end()) end = context.fail("bytes follow the value", end);
    if (end == nullptr) context.note_field(field_name<T, I>);
  });
  if (end == nullptr) [[unlikely]]
    return context.error();
  return {};
}

}  // namespace stet::detail
