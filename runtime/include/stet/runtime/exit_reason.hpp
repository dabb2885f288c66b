// stet/runtime/exit_reason.hpp - why an actor ended.
#pragma once

#include <cstdint>
#include <string>

#include <stet/runtime/result.hpp>

namespace stet {

enum class ExitKind : std::uint8_t {
  normal,    // It stopped itself, or was told to stop() after its mail.
  failed,    // A turn or a constructor of it failed, or too many of its children did.
  killed,    // It was told to stop_now().
  shutdown,  // Its parent or its System ended.
};

// "normal", "failed", ...
[[nodiscard]] std::string_view to_string(ExitKind kind) noexcept;

struct ExitReason {
  ExitKind kind = ExitKind::normal;
  Error error = Error(Errc::receiver_gone);  // Of one that failed: handler_threw, rolled_back, ...

  // "failed: handler_threw: out of paper"
  [[nodiscard]] std::string message() const;
};

}  // namespace stet
