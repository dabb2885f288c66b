// stet/persistence/type_info.hpp - what the store's catalogue says about a saved type.
//
// One entry a repository, stored under catalogue_key(pattern): which keys there are, of which type,
// with which fields. It is written by the program that has the type, for people and programs that
// have not.
//
// Threads    Pure functions of a type; a CatalogueEntry is a plain value, saved by the codec
//            itself.
// Bounds     Kinds are spelled out up to the structs inside, which are named, not opened.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stet/persistence/codec.hpp>

namespace stet {

// "name": "balance", "kind": "i64".
struct FieldInfo {
  std::string name;
  std::string kind;

  friend bool operator==(const FieldInfo&, const FieldInfo&) = default;
};

struct CatalogueEntry {
  std::string pattern;  // "//bank/alice", or "//bank/{}" for a family of scopes.
  std::string type;
  std::uint16_t version = 1;
  std::vector<FieldInfo> fields;  // Empty for a value that is no struct.

  friend bool operator==(const CatalogueEntry&, const CatalogueEntry&) = default;
};

namespace detail {

// The text between "T = " and the end of what the compiler calls this function. A second template
// argument would change that end.
template <class T>
constexpr const char* type_spelling() {
  return __PRETTY_FUNCTION__;
}
constexpr std::string_view trim_type_spelling(std::string_view text) {
  constexpr std::string_view mark = "T = ";
  text.remove_prefix(text.find(mark) + mark.size());
  return text.substr(0, text.size() - 1);  // The closing bracket.
}

template <class T>
void append_kind(std::string& out);

template <class... T>
void append_kinds(std::string& out, std::type_identity<std::tuple<T...>>) {
  bool first = true;
  [[maybe_unused]] const auto one = [&]<class Each>(std::type_identity<Each>) {
    if (!std::exchange(first, false)) out.append(", ");
    append_kind<Each>(out);
  };
  (one(std::type_identity<std::remove_const_t<T>>{}), ...);
}

}  // namespace detail

// The type's stet_name, else its C++ name as the compiler spells it: "bank::Account". Two compilers
// may spell a template's arguments differently: such a type had better have a stet_name.
template <class T>
[[nodiscard]] constexpr std::string_view saved_name() {
  if constexpr (requires { std::string_view(T::stet_name); }) {
    return T::stet_name;
  } else {
    return detail::trim_type_spelling(detail::type_spelling<T>());
  }
}

// The type's stet_version, else 1.
template <class T>
[[nodiscard]] constexpr std::uint16_t saved_version() {
  return detail::declared_version<T>();
}

// "u32", "text", "list<i64>", "map<text, bank::Card>".
template <class T>
[[nodiscard]] std::string kind_name() {
  static_assert(is_saveable<T>);
  std::string out;
  detail::append_kind<T>(out);
  return out;
}

template <class T>
[[nodiscard]] CatalogueEntry catalogue_entry(std::string_view pattern) {
  static_assert(is_saveable<T>);
  CatalogueEntry entry{std::string(pattern), std::string(saved_name<T>()), saved_version<T>(), {}};
  if constexpr (detail::kind_of<T> == detail::Kind::structure) {
    [&entry]<std::size_t... I>(std::index_sequence<I...>) {
      (entry.fields.push_back(
           {std::string(detail::field_name<T, I>), kind_name<detail::FieldType<T, I>>()}),
       ...);
    }(std::make_index_sequence<detail::field_count<T>>{});
  }
  return entry;
}

template <class T>
void detail::append_kind(std::string& out) {
  constexpr Kind kind = kind_of<T>;
  const auto of = [&out](std::string_view name) {
    out.append(name).append("<");
    append_kinds(out, parts<T>());
    out.append(">");
  };
  if constexpr (kind == Kind::boolean) {
    out.append("bool");
  } else if constexpr (kind == Kind::integer) {
    out.append(std::is_signed_v<T> ? "i" : "u").append(std::to_string(8 * sizeof(T)));
  } else if constexpr (kind == Kind::enumeration) {
    out.append("enum ").append(saved_name<T>());
  } else if constexpr (kind == Kind::float32 || kind == Kind::float64) {
    out.append(kind == Kind::float32 ? "f32" : "f64");
  } else if constexpr (kind == Kind::string) {
    out.append("text");
  } else if constexpr (kind == Kind::bytes) {
    out.append("bytes");
  } else if constexpr (kind == Kind::sequence) {
    of("list");
  } else if constexpr (kind == Kind::array) {
    of("array");
    out.insert(out.size() - 1, ", " + std::to_string(std::tuple_size_v<T>));
  } else if constexpr (kind == Kind::set) {
    of("set");
  } else if constexpr (kind == Kind::map) {
    of("map");
  } else if constexpr (kind == Kind::product) {
    of("tuple");
  } else if constexpr (kind == Kind::optional) {
    of("optional");
  } else if constexpr (kind == Kind::variant) {
    of("variant");
  } else if constexpr (kind == Kind::monostate) {
    out.append("nothing");
  } else if constexpr (kind == Kind::duration) {
    using Period = typename T::period;
    out.append("duration ").append(std::to_string(Period::num)).append("/");
    out.append(std::to_string(Period::den)).append(" s");
  } else if constexpr (kind == Kind::time_point) {
    out.append("time in ");
    append_kind<typename T::duration>(out);
  } else {
    out.append(saved_name<T>());
  }
}

}  // namespace stet
