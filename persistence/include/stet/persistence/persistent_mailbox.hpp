// stet/persistence/persistent_mailbox.hpp - how much mail may wait for an actor with durable state.
//
// A store that is slower than its writers pauses them, and the mail of a paused actor waits. So it
// has a bound unless its spawner says otherwise: over it host threads wait for a place, up to ten
// seconds, and all else is told mailbox_full.
//
// Threads    A plain value.
// Bounds     65,536 messages: a few megabytes of small ones, more than bursts bring.
#pragma once

#include <stet/runtime/mailbox_limit.hpp>

namespace stet {

[[nodiscard]] inline MailboxLimit persistent_mailbox() {
  return {.capacity = 65'536, .when_full = WhenFull::wait};
}

}  // namespace stet
