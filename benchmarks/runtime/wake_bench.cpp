// benchmarks/runtime/wake_bench.cpp
// Question   How long does a message take to an actor of a pool that sleeps?
// Measures   µs from send() on a thread outside to the handler, the pool idle for 2 ms before: p50
//            is the figure; p99 and what send() itself costs are details.
// Leaves out anything under load.
// Floor      futex(2) wake of a sleeping thread.
// Rival      CAF with as many workers.
// Expect     One futex wake and a few hundred ns. A sleeping core of a virtual machine wakes
//            slowly: compare with the floor of the same run only.
#include <atomic>

#include "../baseline/raw_runtime.hpp"
#include "../questions.hpp"
#include "../rivals/caf_rival.hpp"
#include "../support/clock.hpp"
#include "../support/gate.hpp"
#include "../support/runtime_subjects.hpp"
#include "../support/stet_system.hpp"

namespace stet::bench {
namespace {

constexpr std::uint64_t samples = 300;

struct Ring {
  std::uint64_t number;
};

class Stamp : public Actor<Stamp> {
 public:
  Stamp(std::atomic<std::uint64_t>& at, std::atomic<std::uint64_t>& last) : at_(at), last_(last) {}

  void handle(Ring ring) {
    // relaxed: carried by the release below; pairs with the load in stet_wake().
    last_.store(ring.number, std::memory_order_relaxed);
    at_.store(now_ns(), std::memory_order_release);  // Pairs with measure_wake().
  }

 private:
  std::atomic<std::uint64_t>& at_;
  std::atomic<std::uint64_t>& last_;
};

Result<Measurement> stet_wake(unsigned workers, std::uint64_t rings) {
  std::atomic<std::uint64_t> at{0};
  std::atomic<std::uint64_t> last{0};
  System system(with_workers(workers));
  const auto stamp = system.spawn<Stamp>(at, last);
  std::uint64_t number = 0;
  const Measurement measured = measure_wake(rings, at, [&] { stamp.send<Ring>(++number); });
  if (Result<void> ended = end(system); !ended) return ended.error();
  // relaxed: measure_wake() has acquired what came with the last stamp.
  if (last.load(std::memory_order_relaxed) != rings) {
    return Error(Errc::corrupt, "a message was lost");
  }
  return measured;
}

}  // namespace

Question wake() {
  const auto ours = [](const Setting& setting, unsigned workers) {
    return stet_wake(workers, setting.count(samples));
  };
  const auto caf = [](const Setting& setting, unsigned workers) {
    return caf_rival::wake(workers, setting.count(samples));
  };
  const auto floor = [](const Setting& setting) { return raw::wake(setting.count(samples)); };
  return {"wake", "How long does a message take to an actor of a pool that sleeps (p50)?", "us",
          Better::lower, runtime_subjects(ours, caf, floor)};
}

}  // namespace stet::bench
