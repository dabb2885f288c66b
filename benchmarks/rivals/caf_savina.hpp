// benchmarks/rivals/caf_savina.hpp - CAF, running the programs of benchmarks/savina.
//
// The same program text as stet's, on event-based actors, the default scheduler and messages of
// user-defined types. No header of CAF is seen here; where CAF is not installed these fail.
//
// Threads    Each function starts an actor system and leaves it to the end of the process.
// Errors     corrupt: the run came to a wrong result. unsupported: CAF is not installed.
#pragma once

#include <cstdint>
#include <string_view>

#include <stet/runtime/result.hpp>

#include "../support/subject.hpp"

namespace stet::bench::caf_rival {

// The program with this key, in its own unit.
[[nodiscard]] Result<Measurement> savina(std::string_view key, unsigned workers, bool quick);

// A message among so many actors: ns.
[[nodiscard]] Result<Measurement> growth(std::uint64_t actors, unsigned workers, bool quick);

// Ping-pong of many pairs at once, a message: ns of wall time.
[[nodiscard]] Result<Measurement> pairs(unsigned workers, bool quick);

// A question from one actor to another, one after the other: ns.
[[nodiscard]] Result<Measurement> ask_actor(unsigned workers, std::uint64_t questions);

// Bytes a message of 24 bytes that waits at an actor without a bound.
[[nodiscard]] Result<Measurement> queued_bytes(unsigned workers, std::uint64_t messages);

}  // namespace stet::bench::caf_rival
