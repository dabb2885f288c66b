// stet/runtime/detail/type_name.hpp - a type's name for people, without RTTI.
#pragma once

#include <string_view>

namespace stet::detail {

// "bank::Teller". For logs, dead letters and metrics; never compared, never stored.
template <class T>
constexpr std::string_view type_name() noexcept {
  // g++: "... type_name() [with T = X; std::string_view = ...]", clang: "... type_name() [T = X]".
  std::string_view text = __PRETTY_FUNCTION__;
  const auto begin = text.find("T = ") + 4;
  const auto semicolon = text.find(';', begin);
  const auto end = semicolon == std::string_view::npos ? text.rfind(']') : semicolon;
  return text.substr(begin, end - begin);
}

}  // namespace stet::detail
