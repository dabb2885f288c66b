// benchmarks/baseline/raw_runtime.hpp - the floors of the runtime's questions.
//
// Threads    Each function starts and joins what it needs.
// Errors     corrupt: the run came to a wrong result.
#pragma once

#include <cstdint>

#include <stet/runtime/result.hpp>

#include "../support/subject.hpp"

namespace stet::bench::raw {

// One message handed round `actors` actors on one thread, `hops` times: ns a hop.
[[nodiscard]] Result<Measurement> ring(std::uint64_t actors, std::uint64_t hops);

// Producers with at most 10 unanswered bursts of 1000 to one counter, on one thread: messages/s.
[[nodiscard]] Result<Measurement> fan_in(std::uint64_t producers, std::uint64_t messages);

// `new` of an object with 16 bytes of state, a vtable and a mailbox: objects/s.
[[nodiscard]] Result<Measurement> spawn(std::uint64_t actors);

// The same objects, each of which got one message: resident bytes an object.
[[nodiscard]] Result<Measurement> idle_bytes(std::uint64_t actors);

// futex(2) wake of a thread that has slept for 2 ms: µs until it runs.
[[nodiscard]] Result<Measurement> wake(std::uint64_t samples);

// Two threads that wake each other by futex(2): µs a round trip.
[[nodiscard]] Result<Measurement> round_trip(std::uint64_t samples);

}  // namespace stet::bench::raw
