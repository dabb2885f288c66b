// benchmarks/runtime/idle_bytes_bench.cpp
// Question   How much memory does an actor hold that has done something and now waits?
// Measures   resident bytes an actor with 16 bytes of state that has handled one message; its
//            handle and whatever the runtime registers about it included. 500,000 actors (CAF:
//            100,000, it becomes very slow with more).
// Leaves out the pool itself (two threads, their queues), measured before.
// Floor      `new` of an object with a mailbox, a vtable and as much state, and a pointer to it.
// Rival      CAF.
// Expect     At most 256 bytes.
#include "../baseline/raw_runtime.hpp"
#include "../questions.hpp"
#include "../rivals/caf_rival.hpp"
#include "../rivals/erlang_rival.hpp"
#include "../support/resident.hpp"
#include "../support/runtime_subjects.hpp"
#include "stet_idle.hpp"

namespace stet::bench {
namespace {

Result<Measurement> stet_idle_bytes(unsigned workers, std::uint64_t actors) {
  std::atomic<std::uint64_t> touched{0};
  System system(with_workers(workers));
  const std::uint64_t before = resident_bytes();
  std::vector<Address<Idle>> all;
  all.reserve(actors);
  for (std::uint64_t i = 0; i < actors; ++i) {
    all.push_back(system.spawn<Idle>(touched));
    all.back().send<Touch>(1);
    // Never more than a few messages on their way: they are not what is measured.
    if (i % 64 == 63 && !wait_until(touched, i + 1)) break;
  }
  if (!wait_until(touched, actors)) return Error(Errc::corrupt, "not every actor was reached");
  const std::uint64_t after = resident_bytes();
  if (Result<void> ended = end(system); !ended) return ended.error();
  return Measurement{static_cast<double>(after - before) / static_cast<double>(actors)};
}

}  // namespace

Question idle_bytes() {
  // In a smoke test few actors share what the pool itself allocates late: no figure then.
  const auto ours = [](const Setting& setting, unsigned workers) {
    return stet_idle_bytes(workers, setting.count(500'000));
  };
  const auto caf = [](const Setting& setting, unsigned workers) {
    return caf_rival::idle_bytes(workers, setting.count(100'000));
  };
  const auto floor = [](const Setting& setting) { return raw::idle_bytes(setting.count(500'000)); };
  const auto erlang = erlang_rival::program("idle_bytes", [](const Setting& setting) {
    return std::vector<std::uint64_t>{setting.count(100'000)};
  });
  return {"idle_bytes", "How much memory does an actor hold that waits?", "B/actor", Better::lower,
          runtime_subjects(ours, caf, floor, erlang)};
}

}  // namespace stet::bench
