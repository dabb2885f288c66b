// stet/runtime/dead_letter.hpp - what happened to a message that nobody handled.
#pragma once

#include <functional>
#include <string_view>

#include <stet/runtime/result.hpp>

namespace stet {

// The views are valid during the call.
struct DeadLetter {
  std::string_view message;        // Type of the message.
  std::string_view receiver_type;  // Type of the actor it was for.
  std::string_view receiver_name;  // Its name, empty if it has none.
  Errc reason;                     // receiver_gone, hydration_failed, shutting_down, ...
};

// Called on whichever thread met the failure, possibly on several at once, in the middle of a send:
// it must be quick, must not throw and must not send to actors. All are counted whether or not a
// handler is set.
using DeadLetterHandler = std::function<void(const DeadLetter&)>;

}  // namespace stet
