// benchmarks/rivals/caf_rival.hpp - the C++ Actor Framework, answering the runtime's questions.
//
// The same logic as the subjects of stet: a message is an integer, actors hold direct handles, the
// default work-stealing scheduler runs on `workers` threads. No header of CAF is seen here; where
// CAF is not installed, caf_absent.cpp stands in and version() is empty.
//
// Threads    Each function starts an actor system and ends it again.
// Errors     corrupt: the run came to a wrong result. unsupported: CAF is not installed.
#pragma once

#include <cstdint>
#include <string>

#include <stet/runtime/result.hpp>

#include "../support/subject.hpp"

namespace stet::bench::caf_rival {

// "0.17.6", or "" where CAF is not installed.
[[nodiscard]] std::string version();

// One message handed round `actors` actors, `hops` times: ns a hop.
[[nodiscard]] Result<Measurement> ring(unsigned workers, std::uint64_t actors, std::uint64_t hops);

// Producers with at most 10 unanswered bursts of 1000 to one counter: messages/s.
[[nodiscard]] Result<Measurement> fan_in(unsigned workers, std::uint64_t producers,
                                         std::uint64_t messages);

// From a thread outside: actors/s, all of them reached by a message afterwards.
[[nodiscard]] Result<Measurement> spawn(unsigned workers, std::uint64_t actors);

// Resident bytes an actor that has handled one message and waits for the next.
[[nodiscard]] Result<Measurement> idle_bytes(unsigned workers, std::uint64_t actors);

// Context switches a second of a pool that has nothing to do.
[[nodiscard]] Result<Measurement> idle_switches(unsigned workers, double seconds);

// A message from outside to an actor of a pool that has been idle for 2 ms: µs until it runs.
[[nodiscard]] Result<Measurement> wake(unsigned workers, std::uint64_t samples);

// A question from a thread outside, answered by an actor: µs a round trip.
[[nodiscard]] Result<Measurement> ask_host(unsigned workers, std::uint64_t samples);

}  // namespace stet::bench::caf_rival
