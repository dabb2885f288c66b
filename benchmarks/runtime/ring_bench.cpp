// benchmarks/runtime/ring_bench.cpp
// Question   What does a message cost when its receiver has not run for a while?
// Measures   ns a hop: a counter sent round a hundred actors.
// Leaves out spawning, the first message, shutting down.
// Floor      baseline/raw_loop.hpp: all on one thread, no runtime.
// Rival      CAF with as many workers.
// Expect     As ping_pong, and a little for the caches: a hundred actors still fit.
#include "../baseline/raw_runtime.hpp"
#include "../questions.hpp"
#include "../rivals/caf_rival.hpp"
#include "../rivals/erlang_rival.hpp"
#include "../support/runtime_subjects.hpp"
#include "stet_ring.hpp"

namespace stet::bench {

Question ring() {
  constexpr std::uint64_t actors = 100;
  const auto ours = [](const Setting& setting, unsigned workers) {
    return stet_ring(workers, actors, setting.count(3'000'000));
  };
  const auto caf = [](const Setting& setting, unsigned workers) {
    return caf_rival::ring(workers, actors, setting.count(600'000));
  };
  const auto floor = [](const Setting& setting) {
    return raw::ring(actors, setting.count(10'000'000));
  };
  const auto erlang = erlang_rival::program("ring", [](const Setting& setting) {
    return std::vector<std::uint64_t>{100, setting.count(600'000)};
  });
  return {"ring", "What does a message cost when its receiver has not run for a while?", "ns/hop",
          Better::lower, runtime_subjects(ours, caf, floor, erlang)};
}

}  // namespace stet::bench
