// stet/persistence/fields.hpp - naming the fields of a class that is not a plain struct.
//
// A plain struct (an aggregate) needs nothing: its fields and their names are found at compile
// time. A class with private members or constructors names them itself, after their declaration:
//
//   class Money {
//    public:
//     static constexpr auto stet_fields = stet::fields(stet::field("cents", &Money::cents_),
//                                                      stet::field("currency", &Money::currency_));
//    private: ...                       // The members stand before the line above.
//
// A plain struct may do the same, to keep a stored name when the member is renamed. Two more
// declarations are optional for either:
//
//   static constexpr std::uint16_t stet_version = 2;          // Default 1: see migration.hpp.
//   static constexpr std::string_view stet_name = "Money";    // Default: the C++ name.
//
// stet_before and stet_migrate() tell how an older version is read: migration.hpp. All of them are
// public.
//
// Threads    Constants.
// Bounds     64 fields; a name has 1 to 255 bytes and occurs once.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <tuple>

namespace stet {

template <class Class, class Member>
struct Field {
  std::string_view name;
  Member Class::*pointer;
};

template <class Class, class Member>
[[nodiscard]] constexpr Field<Class, Member> field(std::string_view name, Member Class::*pointer) {
  return {name, pointer};
}

template <class... Fields>
[[nodiscard]] constexpr std::tuple<Fields...> fields(Fields... each) {
  return {each...};
}

// Up to version `until` the field `to` was stored as `from`.
struct Renamed {
  std::uint16_t until = 0;
  std::string_view from;
  std::string_view to;
};
[[nodiscard]] constexpr Renamed renamed(std::uint16_t until, std::string_view from,
                                        std::string_view to) {
  return {until, from, to};
}
template <std::same_as<Renamed>... Names>
[[nodiscard]] constexpr std::array<Renamed, sizeof...(Names)> before(Names... each) {
  return {each...};
}

class OldFields;  // What stet_migrate() is given: migration.hpp.

}  // namespace stet
