// persistence/src/error_text.hpp - errors whose text there may be no memory for.
//
// What they are is told in any case.
//
// Threads    Pure functions.
#pragma once

#include <new>
#include <string>
#include <string_view>

#include <stet/runtime/result.hpp>

namespace stet::detail {

// `text()` may throw bad_alloc.
template <class F>
[[nodiscard]] Error told(Errc code, int native, const F& text) noexcept {
  try {
    return Error(code, text(), native);
  } catch (const std::bad_alloc&) {
    return Error(code, {}, native);
  }
}
[[nodiscard]] inline Error error_of(Errc code, const char* text) noexcept {
  return told(code, 0, [&] { return std::string(text); });
}
[[nodiscard]] inline Error copy_of(const Error& error) noexcept {
  return told(error.code, error.native, [&] { return error.text; });
}
[[nodiscard]] inline Error unknown_outcome(const Error& why) noexcept {
  return told(Errc::outcome_unknown, why.native,
              [&] { return "it may be stored or not: " + why.message(); });
}

}  // namespace stet::detail
