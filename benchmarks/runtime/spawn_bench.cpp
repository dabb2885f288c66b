// benchmarks/runtime/spawn_bench.cpp
// Question   How many actors can a thread outside the pool spawn in a second?
// Measures   actors/s with 16 bytes of state each; their handles are kept.
// Leaves out their first message (sent afterwards, to prove that they are there) and their end.
// Floor      `new` of an object with a mailbox, a vtable and as much state.
// Rival      CAF with as many workers.
// Expect     The workers have nothing to do with it: one or two give the same.
#include "../baseline/raw_runtime.hpp"
#include "../questions.hpp"
#include "../rivals/caf_rival.hpp"
#include "../rivals/erlang_rival.hpp"
#include "../support/clock.hpp"
#include "../support/runtime_subjects.hpp"
#include "stet_idle.hpp"

namespace stet::bench {
namespace {

Result<Measurement> stet_spawn(unsigned workers, std::uint64_t actors) {
  std::atomic<std::uint64_t> touched{0};
  System system(with_workers(workers));
  std::vector<Address<Idle>> all;
  all.reserve(actors);
  const std::uint64_t begin = now_ns();
  for (std::uint64_t i = 0; i < actors; ++i) all.push_back(system.spawn<Idle>(touched));
  const auto spent = static_cast<double>(now_ns() - begin);

  for (const auto& actor : all) actor.send<Touch>(1);
  if (!wait_until(touched, actors)) return Error(Errc::corrupt, "not every actor was reached");
  if (Result<void> ended = end(system); !ended) return ended.error();
  return Measurement{1e9 * static_cast<double>(actors) / spent};
}

}  // namespace

Question spawn() {
  const auto ours = [](const Setting& setting, unsigned workers) {
    return stet_spawn(workers, setting.count(500'000));
  };
  const auto caf = [](const Setting& setting, unsigned workers) {
    return caf_rival::spawn(workers, setting.count(50'000));
  };
  const auto floor = [](const Setting& setting) { return raw::spawn(setting.count(1'000'000)); };
  const auto erlang = erlang_rival::program("spawn", [](const Setting& setting) {
    return std::vector<std::uint64_t>{setting.count(50'000)};
  });
  return {"spawn", "How many actors can be spawned in a second?", "actors/s", Better::higher,
          runtime_subjects(ours, caf, floor, erlang)};
}

}  // namespace stet::bench
