// benchmarks/runtime/ask_host_bench.cpp
// Question   How long does a thread of the host wait for an actor's answer?
// Measures   µs from ask() to the answer in hand, one question after the other: p50 is the figure;
//            p99 and asks/s are details.
//            stet_latency is stet with the latency profile, whose workers and waiting threads look
//            for 100 us before they sleep.
// Leaves out many askers at once.
// Floor      two threads that wake each other by futex(2).
// Rival      CAF's scoped_actor with as many workers.
// Expect     Two wake-ups and little else, unless a worker or the host looks a while before it
//            sleeps.
#include <chrono>

#include <stet/runtime/options.hpp>

#include "../baseline/raw_runtime.hpp"
#include "../questions.hpp"
#include "../rivals/caf_rival.hpp"
#include "../support/gate.hpp"
#include "../support/runtime_subjects.hpp"
#include "../support/stet_system.hpp"

namespace stet::bench {
namespace {

struct Next {
  using Reply = std::int64_t;
  std::int64_t value;
};

class Echo : public Actor<Echo> {
 public:
  std::int64_t handle(Next next) { return next.value + 1; }
};

// Two workers; the other options are the profile's.
Result<SystemOptions> latency_profile() {
  Options options{runtime_options};
  if (Result<void> set = options.set(Options::profile_key, "latency"); !set) return set.error();
  if (Result<void> set = options.set("runtime.workers", "2"); !set) return set.error();
  return SystemOptions::from(options);
}

Result<Measurement> stet_ask_host(const SystemOptions& options, std::uint64_t samples) {
  System system(options);
  const auto echo = system.spawn<Echo>();
  Result<void> answered;
  const Measurement measured = measure_ask(samples, [&](std::uint64_t i) {
    const auto asked = static_cast<std::int64_t>(i);
    const Result<std::int64_t> answer = echo.ask<Next>(asked).get(std::chrono::seconds(10));
    if (!answer) {
      answered = answer.error();
    } else if (*answer != asked + 1) {
      answered = Error(Errc::corrupt, "a wrong answer");
    }
  });
  if (!answered) return answered.error();
  if (Result<void> ended = end(system); !ended) return ended.error();
  return measured;
}

}  // namespace

Question ask_host() {
  const auto ours = [](const Setting& setting, unsigned workers) {
    return stet_ask_host(with_workers(workers), setting.count(30'000));
  };
  const auto profile = [](const Setting& setting) -> Result<Measurement> {
    const Result<SystemOptions> options = latency_profile();
    if (!options) return options.error();
    return stet_ask_host(*options, setting.count(30'000));
  };
  const auto caf = [](const Setting& setting, unsigned workers) {
    return caf_rival::ask_host(workers, setting.count(10'000));
  };
  const auto floor = [](const Setting& setting) { return raw::round_trip(setting.count(30'000)); };
  Question question{"ask_host",
                    "How long does a thread of the host wait for an actor's answer (p50)?", "us",
                    Better::lower, runtime_subjects(ours, caf, floor)};
  question.subjects.insert(question.subjects.begin() + 2, {"stet_latency", "", profile});
  return question;
}

}  // namespace stet::bench
