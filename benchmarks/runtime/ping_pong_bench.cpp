// benchmarks/runtime/ping_pong_bench.cpp
// Question   What does a message between two actors cost, when each waits for the other?
// Measures   ns a message: a counter sent to and fro, two messages a round trip.
// Leaves out spawning, the first message, shutting down.
// Floor      baseline/raw_loop.hpp: both on one thread, no runtime.
// Rival      CAF with as many workers.
// Expect     A second worker changes nothing: one runnable actor stays where it is. Otherwise
//            somebody was woken for work that could not run in parallel.
#include "../baseline/raw_runtime.hpp"
#include "../questions.hpp"
#include "../rivals/caf_rival.hpp"
#include "../rivals/erlang_rival.hpp"
#include "../support/runtime_subjects.hpp"
#include "stet_ring.hpp"

namespace stet::bench {

Question ping_pong() {
  const auto ours = [](const Setting& setting, unsigned workers) {
    return stet_ring(workers, 2, setting.count(3'000'000));
  };
  const auto caf = [](const Setting& setting, unsigned workers) {
    return caf_rival::ring(workers, 2, setting.count(600'000));
  };
  const auto floor = [](const Setting& setting) { return raw::ring(2, setting.count(10'000'000)); };
  const auto erlang = erlang_rival::program("ring", [](const Setting& setting) {
    return std::vector<std::uint64_t>{2, setting.count(600'000)};
  });
  return {"ping_pong", "What does a message between two actors cost?", "ns/message", Better::lower,
          runtime_subjects(ours, caf, floor, erlang)};
}

}  // namespace stet::bench
