// stet/persistence/detail/versions.hpp - what a type says of its versions, checked.
//
// Threads    Compile time only.
// Errors     require_versions<T>() stops the compiler with one sentence.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include <stet/persistence/detail/reflect.hpp>
#include <stet/persistence/fields.hpp>
#include <stet/runtime/result.hpp>

namespace stet::detail {

template <std::uint16_t>
struct VersionConstant {};

template <class T>
concept HasVersion = requires { T::stet_version; };
template <class T>
concept HasGoodVersion = requires { typename VersionConstant<T::stet_version>; };
// The type's stet_version, else 1.
template <class T>
consteval std::uint16_t declared_version() {
  if constexpr (HasGoodVersion<T>) {
    return T::stet_version;
  } else {
    return 1;
  }
}

template <class T>
concept HasBefore = requires { T::stet_before; };
template <class T>
concept HasGoodBefore = requires { std::span<const Renamed>(T::stet_before); };
template <class T>
concept HasMigrate = requires { &T::stet_migrate; };
template <class T>
concept Migrates = requires(std::uint16_t from, T& value, OldFields& old) {
  { T::stet_migrate(from, value, old) } -> std::same_as<Result<void>>;
};

template <class T>
consteval bool is_field_name(std::string_view name) {
  return [name]<std::size_t... I>(std::index_sequence<I...>) {
    return ((field_name<T, I> == name) || ...);
  }(std::make_index_sequence<field_count<T>>{});
}

template <class T>
consteval bool renames_end_before_this_version() {
  for (const Renamed& each : T::stet_before) {
    if (each.until == 0 || each.until >= declared_version<T>()) return false;
  }
  return true;
}
template <class T>
consteval bool renames_name_fields() {
  for (const Renamed& each : T::stet_before) {
    if (!is_field_name<T>(each.to) || each.from.empty()) return false;
  }
  return true;
}

// Of a struct.
template <class T>
consteval void require_versions() {
  if constexpr (HasVersion<T>) {
    static_assert(HasGoodVersion<T> && declared_version<T>() != 0,
                  "stet: stet_version is a constant from 1 to 65535, as in "
                  "static constexpr std::uint16_t stet_version = 2");
  }
  if constexpr (HasBefore<T>) {
    static_assert(HasGoodBefore<T>,
                  "stet: stet_before is made by "
                  "stet::before(stet::renamed(1, \"old\", \"new\"), ...)");
    if constexpr (HasGoodBefore<T>) {
      static_assert(renames_end_before_this_version<T>(),
                    "stet: a rename holds up to a version from 1 on that is below stet_version");
      static_assert(renames_name_fields<T>(),
                    "stet: stet_before gives a field a name that this type has not");
    }
  }
  if constexpr (HasMigrate<T>) {
    static_assert(Migrates<T>,
                  "stet: stet_migrate is static stet::Result<void> "
                  "stet_migrate(std::uint16_t from, T& value, stet::OldFields& old)");
    static_assert(declared_version<T>() > 1,
                  "stet: a type with stet_migrate has a stet_version above 1, that of the first");
  }
}

}  // namespace stet::detail
