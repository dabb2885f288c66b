// stet/runtime/log.hpp - how the library speaks, if the host lets it: one function.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace stet {

enum class LogLevel : std::uint8_t { debug, info, warning, error };

// Called on any thread, possibly on several at once; must not throw. Without one nothing is said:
// the library never prints.
using LogHook = std::function<void(LogLevel, std::string_view component, std::string_view text)>;

}  // namespace stet
