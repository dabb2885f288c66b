// stet/runtime/option_origin.hpp - where an option's value came from, and whose word counts.
//
// Threads    Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace stet {

// Weakest first: a value replaces one of an equal or weaker source, in whatever order they come.
enum class OptionSource : std::uint8_t {
  fallback,     // The table's default.
  profile,      // The table's default under the chosen profile.
  code,         // The host's code: set().
  file,         //
  environment,  //
  flag,         //
  lock,         // The host's code again: lock(). Nothing changes it any more.
};

// "default", "profile", "code", ...
[[nodiscard]] std::string_view to_string(OptionSource source) noexcept;

struct OptionOrigin {
  OptionSource source = OptionSource::fallback;
  std::string name = {};   // The profile's, the file's, the environment's, the flag's; else empty.
  std::uint32_t line = 0;  // From 1, in a file; 0: unknown.
  std::uint32_t column = 0;

  // "default", "profile latency", "code", "app.toml:3:11", "STET_RUNTIME_WORKERS",
  // "--stet.runtime.workers", "locked".
  [[nodiscard]] std::string text() const;
};

}  // namespace stet
