// stet/persistence/detail/reflect.hpp - the fields of a struct and their names, without a macro.
//
// Counting    T{x, x, ...} compiles with as many x, convertible to anything, as T has fields.
// Visiting    A structured binding of that many names.
// Naming      The address of a member of an object that is declared and never defined is a constant
//             that both compilers spell with the member's name in __PRETTY_FUNCTION__.
//
// Threads     Compile time only.
// Bounds      64 fields. g++ 12.2 and clang 16 are the compilers this is tested with.
// Errors      fields_fault<T>() says at compile time what stands in the way.
#pragma once

#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <stet/persistence/detail/reflect_tie.hpp>
#include <stet/persistence/fields.hpp>

namespace stet::detail {

// Converts to everything but T itself and its bases, so that T{any} initialises a field, not a
// copy.
template <class T>
struct AnyField {
  template <class U>
    requires(!std::is_base_of_v<std::remove_cvref_t<U>, T>)
  constexpr operator U() const noexcept {  // NOLINT: implicit is the point.
    __builtin_unreachable();  // Never called, but defined: std::optional's constructors name it.
  }
};
// Converts to a base of T only: T{any} then means that T has one.
template <class T>
struct AnyBase {
  template <class U>
    requires(std::is_base_of_v<U, T> && !std::is_same_v<U, T>)
  constexpr operator U() const noexcept {  // NOLINT
    __builtin_unreachable();
  }
};

template <class T, std::size_t>
using AnyOf = AnyField<T>;

template <class T, std::size_t... I>
consteval bool takes(std::index_sequence<I...>) {
  return requires { T{AnyOf<T, I>{}...}; };
}
// Before i plain ones, then one in braces of two, then the rest.
template <class T, std::size_t... I, std::size_t... J>
consteval bool takes_pair_at(std::index_sequence<I...>, std::index_sequence<J...>) {
  return requires { T{AnyOf<T, I>{}..., {AnyField<T>{}, AnyField<T>{}}, AnyOf<T, J>{}...}; };
}

// How many initialisers T takes, at most fields_max + 1. A C array counts each of its elements.
template <class T, std::size_t N = 0>
consteval std::size_t count_initialisers() {
  if constexpr (N <= fields_max && takes<T>(std::make_index_sequence<N + 1>{})) {
    return count_initialisers<T, N + 1>();
  } else {
    return N;
  }
}

// In braces a C array takes two initialisers for one, and then not all the others fit any more; any
// other field leaves room for them.
template <class T, std::size_t Count, std::size_t I = 0>
consteval bool has_c_array() {
  if constexpr (I + 1 >= Count) {
    return false;
  } else if constexpr (takes_pair_at<T>(std::make_index_sequence<I>{}, std::index_sequence<>{}) &&
                       !takes_pair_at<T>(std::make_index_sequence<I>{},
                                         std::make_index_sequence<Count - I - 1>{})) {
    return true;
  } else {
    return has_c_array<T, Count, I + 1>();
  }
}

template <class T>
concept DeclaresFields = requires { T::stet_fields; };

// What keeps T's fields from being found.
enum class FieldsFault { none, not_aggregate, base_class, no_default, too_many, c_array };

template <class T>
consteval FieldsFault fields_fault() {
  if constexpr (DeclaresFields<T>) {
    if constexpr (std::tuple_size_v<std::remove_cvref_t<decltype(T::stet_fields)>> > fields_max) {
      return FieldsFault::too_many;
    } else {
      return FieldsFault::none;
    }
  } else if constexpr (!std::is_aggregate_v<T> || std::is_union_v<T> || std::is_array_v<T>) {
    return FieldsFault::not_aggregate;
  } else if constexpr (requires { T{AnyBase<T>{}}; }) {
    return FieldsFault::base_class;
  } else if constexpr (!requires { T{}; }) {
    return FieldsFault::no_default;  // A reference member, or one without a default constructor.
  } else if constexpr (count_initialisers<T>() > fields_max) {
    return FieldsFault::too_many;
  } else if constexpr (has_c_array<T, count_initialisers<T>()>()) {
    return FieldsFault::c_array;
  } else {
    return FieldsFault::none;
  }
}

template <class T>
concept Reflectable = fields_fault<T>() == FieldsFault::none;

template <class T>
consteval std::size_t count_fields() {
  if constexpr (DeclaresFields<T>) {
    return std::tuple_size_v<std::remove_cvref_t<decltype(T::stet_fields)>>;
  } else {
    return count_initialisers<T>();
  }
}
template <Reflectable T>
inline constexpr std::size_t field_count = count_fields<T>();

// References to the fields, in declared order. T may be const.
template <class T>
constexpr auto tie_fields(T& value) noexcept {
  using Struct = std::remove_const_t<T>;
  if constexpr (DeclaresFields<Struct>) {
    return std::apply([&value](const auto&... each) { return std::tie(value.*each.pointer...); },
                      Struct::stet_fields);
  } else {
    return tie_aggregate<field_count<Struct>>(value);
  }
}

// The type of field I, without reference; const if the member is.
template <class T, std::size_t I>
using FieldType =
    std::remove_reference_t<std::tuple_element_t<I, decltype(tie_fields(std::declval<T&>()))>>;

template <class T>
struct Pictured {
  const T value;
};

// The last identifier of a compiler's spelling, without the brackets that follow it.
consteval std::string_view last_identifier(std::string_view text) {
  const std::size_t last = text.find_last_not_of(")]} ");
  const std::size_t before = text.find_last_of(".:& ", last);
  return text.substr(before + 1, last - before);
}

#ifdef __clang__
// The object is never defined because it is never used at run time.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wundefined-var-template"
#pragma clang diagnostic ignored "-Wundefined-internal"
// clang 16 takes a pointer to a member's subobject as a template argument only inside a class.
template <class Pointer>
struct Spelled {
  Pointer pointer;
};
template <class Pointer>
Spelled(Pointer) -> Spelled<Pointer>;
#define STET_DETAIL_SPELLED(pointer) \
  ::stet::detail::Spelled { pointer }
#else
#define STET_DETAIL_SPELLED(pointer) pointer
#endif

template <class T>
extern const Pictured<T> pictured;  // Never defined.

// As const char*, because g++ adds the meaning of aliases such as string_view to the spelling.
template <auto Pointer>
consteval const char* spelling() {
  return __PRETTY_FUNCTION__;
}

template <Reflectable T, std::size_t I>
consteval std::string_view find_field_name() {
  if constexpr (DeclaresFields<T>) {
    return std::get<I>(T::stet_fields).name;
  } else {
    return last_identifier(
        spelling<STET_DETAIL_SPELLED(&std::get<I>(tie_fields(pictured<T>.value)))>());
  }
}

template <Reflectable T, std::size_t I>
inline constexpr std::string_view field_name = find_field_name<T, I>();

#ifdef __clang__
#pragma clang diagnostic pop
#endif
#undef STET_DETAIL_SPELLED

}  // namespace stet::detail
