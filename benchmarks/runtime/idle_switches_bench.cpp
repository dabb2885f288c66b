// benchmarks/runtime/idle_switches_bench.cpp
// Question   What does a pool do that has nothing to do?
// Measures   context switches a second of its threads, for a second, after it has handled a message
//            and rested for 200 ms; the CPU time of the whole process is a detail (reading /proc is
//            in it).
// Floor      none: two threads that sleep make none.
// Rival      CAF with as many workers.
// Expect     None at all: who sleeps without a timeout is never woken for nothing.
#include <atomic>

#include "../questions.hpp"
#include "../rivals/caf_rival.hpp"
#include "../support/gate.hpp"
#include "../support/rest.hpp"
#include "../support/runtime_subjects.hpp"
#include "stet_idle.hpp"

namespace stet::bench {
namespace {

Result<Measurement> stet_idle_switches(unsigned workers, double seconds) {
  std::atomic<std::uint64_t> touched{0};
  System system(with_workers(workers));
  const auto actor = system.spawn<Idle>(touched);
  actor.send<Touch>(1);
  if (!wait_until(touched, 1)) return Error(Errc::corrupt, "the actor was not reached");
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const Measurement measured = measure_rest(seconds);
  actor.send<Touch>(1);  // It is still there.
  if (!wait_until(touched, 2)) return Error(Errc::corrupt, "the actor was not reached again");
  if (Result<void> ended = end(system); !ended) return ended.error();
  return measured;
}

}  // namespace

Question idle_switches() {
  const auto ours = [](const Setting& setting, unsigned workers) {
    return stet_idle_switches(workers, setting.seconds(1));
  };
  const auto caf = [](const Setting& setting, unsigned workers) {
    return caf_rival::idle_switches(workers, setting.seconds(1));
  };
  Question question{"idle_switches", "How often does a pool wake up that has nothing to do?",
                    "switches/s", Better::lower, runtime_subjects(ours, caf, {})};
  question.subjects.pop_back();  // No floor: it would be none.
  return question;
}

}  // namespace stet::bench
