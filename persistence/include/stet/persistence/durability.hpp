// stet/persistence/durability.hpp - what an acknowledgement promises.
//
// All classes go through one queue of their store, in the order sent, so an acknowledgement of a
// later change covers all earlier ones up to its own class. A store's option sets the class; a
// Persistable, a message or a single call may name another.
//
// Threads    A plain value.
// Progress   No class makes a writer wait: only its acknowledgement comes later.
// Ownership  Holds nothing.
// Errors     async is acknowledged before anything can fail: what fails later stops its actor, and
//            tells whoever asks again.
// Bounds     What is taken and not committed is bounded by store.queue_bytes, whatever its class.
#pragma once

#include <cstdint>

namespace stet {

enum class Durability : std::uint8_t {
  async,    // The store has taken it: any crash may lose it, but never what came before it alone.
  visible,  // It survives the end of this process, kill -9 included; a power cut may take it.
  durable,  // It survives a power cut.
  urgent,   // So too, and nothing waits for company: others may have to pay for flushes of its own.
};

// Is it acknowledged only after a flush?
[[nodiscard]] constexpr bool needs_flush(Durability durability) noexcept {
  return durability >= Durability::durable;
}

}  // namespace stet
