// stet/persistence/detail/kinds.hpp - which types can be saved, and as what.
//
// Threads    Compile time only.
// Errors     require_saveable<T>() stops the compiler with one sentence that names the reason.
// Bounds     Types nest at most nesting_max deep; a type does not contain itself, so that what was
//            written can always be read.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include <stet/persistence/detail/reflect.hpp>
#include <stet/persistence/detail/versions.hpp>

namespace stet::detail {

inline constexpr std::size_t nesting_max = 32;
// Stands for the depth of what cannot be saved at all and has been complained about.
inline constexpr std::size_t nesting_unsupported = 1000;

enum class Kind : std::uint8_t {
  unsupported,
  boolean,
  integer,
  enumeration,
  float32,
  float64,
  string,
  bytes,     // vector or array of std::byte
  sequence,  // vector, deque
  array,
  set,
  map,
  product,  // pair, tuple
  optional,
  variant,
  monostate,
  duration,
  time_point,
  structure,
};

template <class T>
inline constexpr Kind library_kind = Kind::unsupported;
template <class Traits, class Alloc>
inline constexpr Kind library_kind<std::basic_string<char, Traits, Alloc>> = Kind::string;
template <class T, class Alloc>
inline constexpr Kind library_kind<std::vector<T, Alloc>> = Kind::sequence;
template <class Alloc>
inline constexpr Kind library_kind<std::vector<std::byte, Alloc>> = Kind::bytes;
template <class T, class Alloc>
inline constexpr Kind library_kind<std::deque<T, Alloc>> = Kind::sequence;
template <class T, std::size_t N>
inline constexpr Kind library_kind<std::array<T, N>> = Kind::array;
template <std::size_t N>
inline constexpr Kind library_kind<std::array<std::byte, N>> = Kind::bytes;
template <class... T>
inline constexpr Kind library_kind<std::set<T...>> = Kind::set;
template <class... T>
inline constexpr Kind library_kind<std::unordered_set<T...>> = Kind::set;
template <class... T>
inline constexpr Kind library_kind<std::map<T...>> = Kind::map;
template <class... T>
inline constexpr Kind library_kind<std::unordered_map<T...>> = Kind::map;
template <class... T>
inline constexpr Kind library_kind<std::pair<T...>> = Kind::product;
template <class... T>
inline constexpr Kind library_kind<std::tuple<T...>> = Kind::product;
template <class T>
inline constexpr Kind library_kind<std::optional<T>> = Kind::optional;
template <class... T>
inline constexpr Kind library_kind<std::variant<T...>> = Kind::variant;
template <>
inline constexpr Kind library_kind<std::monostate> = Kind::monostate;
template <class Rep, class Period>
inline constexpr Kind library_kind<std::chrono::duration<Rep, Period>> = Kind::duration;
template <class Clock, class Duration>
inline constexpr Kind library_kind<std::chrono::time_point<Clock, Duration>> = Kind::time_point;
template <class Traits>
inline constexpr bool is_view = false;
template <class Traits>
inline constexpr bool is_view<std::basic_string_view<char, Traits>> = true;

template <class T>
consteval Kind find_kind() {
  if constexpr (std::is_same_v<T, bool>) {
    return Kind::boolean;
  } else if constexpr (std::is_integral_v<T> && sizeof(T) <= 8) {
    return Kind::integer;
  } else if constexpr (std::is_enum_v<T>) {
    return Kind::enumeration;
  } else if constexpr (std::is_same_v<T, float>) {
    return Kind::float32;
  } else if constexpr (std::is_same_v<T, double>) {
    return Kind::float64;
  } else if constexpr (library_kind<T> != Kind::unsupported) {
    return library_kind<T>;
  } else if constexpr (std::is_class_v<T>) {
    return Reflectable<T> ? Kind::structure : Kind::unsupported;
  } else {
    return Kind::unsupported;
  }
}
template <class T>
inline constexpr Kind kind_of = find_kind<T>();

// Says in one line why T cannot be saved. The fields and elements are looked at by nesting().
template <class T>
consteval void require_supported() {
  if constexpr (kind_of<T> == Kind::unsupported) {
    static_assert(!std::is_pointer_v<T>, "stet: a pointer cannot be saved: save what it points to");
    static_assert(!std::is_array_v<T>, "stet: a C array cannot be saved: use std::array");
    static_assert(!std::is_union_v<T>, "stet: a union cannot be saved: use std::variant");
    static_assert(!is_view<T>, "stet: a std::string_view cannot be saved: use std::string");
    if constexpr (std::is_class_v<T> && !is_view<T>) {
      constexpr FieldsFault fault = fields_fault<T>();
      static_assert(fault != FieldsFault::base_class,
                    "stet: a struct with a base class cannot be saved: make the base a member");
      static_assert(fault != FieldsFault::c_array,
                    "stet: a struct with a C array cannot be saved: use std::array");
      static_assert(fault != FieldsFault::too_many,
                    "stet: a struct with more than 64 fields cannot be saved: nest some of them");
      static_assert(fault != FieldsFault::no_default,
                    "stet: a struct cannot be saved with a reference, or a member without default");
      static_assert(fault != FieldsFault::not_aggregate,
                    "stet: a class that is no plain struct needs stet_fields to be saved");
    } else {
      static_assert(std::is_pointer_v<T> || std::is_array_v<T> || std::is_union_v<T> || is_view<T>,
                    "stet: this type cannot be saved");
    }
  } else {
    static_assert(std::is_default_constructible_v<T>,
                  "stet: a type without default constructor cannot be saved");
  }
}

template <class T, class... Outer>
consteval std::size_t nesting();

template <class... Outer, class... Inner>
consteval std::size_t deepest(std::type_identity<std::tuple<Inner...>>) {
  std::size_t most = 0;
  ((most = std::max(most, nesting<std::remove_const_t<Inner>, Outer...>())), ...);
  return most;
}

template <class T>
struct Inner {  // The types T is made of: pair, tuple, variant, optional, duration.
  using Types = std::tuple<>;
};
template <template <class...> class Of, class... T>
struct Inner<Of<T...>> {
  using Types = std::tuple<T...>;
};

template <class T>
consteval bool names_differ() {
  return []<std::size_t... I>(std::index_sequence<I...>) {
    const std::array<std::string_view, sizeof...(I)> names{field_name<T, I>...};
    for (std::size_t i = 0; i < names.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        if (names[i] == names[j]) return false;
      }
    }
    return true;
  }(std::make_index_sequence<field_count<T>>{});
}

template <class T>
consteval auto parts() {
  constexpr Kind kind = kind_of<T>;
  if constexpr (kind == Kind::sequence || kind == Kind::array || kind == Kind::set) {
    return std::type_identity<std::tuple<typename T::value_type>>{};
  } else if constexpr (kind == Kind::map) {
    return std::type_identity<std::tuple<typename T::key_type, typename T::mapped_type>>{};
  } else if constexpr (kind == Kind::product || kind == Kind::optional || kind == Kind::variant) {
    return std::type_identity<typename Inner<T>::Types>{};
  } else if constexpr (kind == Kind::duration) {
    return std::type_identity<std::tuple<typename T::rep>>{};
  } else if constexpr (kind == Kind::time_point) {
    return std::type_identity<std::tuple<typename T::duration>>{};
  } else if constexpr (kind == Kind::structure) {
    return []<std::size_t... I>(std::index_sequence<I...>) {
      static_assert((!std::is_const_v<FieldType<T, I>> && ...),
                    "stet: a struct with a const member cannot be saved: leave the const out");
      static_assert((!std::is_array_v<FieldType<T, I>> && ...),
                    "stet: a struct with a C array cannot be saved: use std::array");
      static_assert(((field_name<T, I>.size() >= 1 && field_name<T, I>.size() <= 255) && ...),
                    "stet: a field's name has 1 to 255 bytes");
      static_assert(names_differ<T>(), "stet: two fields of stet_fields have the same name");
      require_versions<T>();
      return std::type_identity<std::tuple<FieldType<T, I>...>>{};
    }(std::make_index_sequence<field_count<T>>{});
  } else {
    return std::type_identity<std::tuple<>>{};
  }
}

// How deep values of T nest: 1 for a number. Stops the compiler for what cannot be saved.
template <class T, class... Outer>
consteval std::size_t nesting() {
  require_supported<T>();
  if constexpr (kind_of<T> == Kind::unsupported) {
    return nesting_unsupported;
  } else if constexpr ((std::is_same_v<T, Outer> || ...)) {
    return nesting_max + 1;  // T contains itself.
  } else {
    if constexpr (kind_of<T> == Kind::optional) {
      constexpr Kind held = kind_of<typename T::value_type>;
      static_assert(held != Kind::optional && held != Kind::monostate,
                    "stet: an optional that holds another cannot be told from an empty one");
    }
    return 1 + deepest<T, Outer...>(parts<T>());
  }
}

template <class T>
consteval bool require_saveable() {
  static_assert(!std::is_const_v<T> && !std::is_reference_v<T>, "stet: name the plain type");
  constexpr std::size_t depth = nesting<T>();
  static_assert(depth <= nesting_max || depth >= nesting_unsupported,
                "stet: a type that contains itself, or nests over 32 deep, cannot be saved");
  return depth <= nesting_max;
}

}  // namespace stet::detail
