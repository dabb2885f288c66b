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
//   static constexpr std::uint16_t stet_version = 2;          // Default 1: see RecordHeader.
//   static constexpr std::string_view stet_name = "Money";    // Default: the C++ name.
//
// Threads    Constants.
// Bounds     64 fields; a name has 1 to 255 bytes and occurs once.
#pragma once

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

}  // namespace stet
