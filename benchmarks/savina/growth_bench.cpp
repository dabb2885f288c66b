// benchmarks/savina/growth_bench.cpp - the questions about growth: over actors, and over workers.
//
// What each asks stands at the head of its program: growth.hpp, pairs.hpp.
#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "../questions.hpp"
#include "../rivals/caf_rival.hpp"
#include "../rivals/caf_savina.hpp"
#include "../support/runtime_subjects.hpp"
#include "growth.hpp"
#include "pairs.hpp"
#include "raw_kit.hpp"
#include "stet_kit.hpp"

namespace stet::bench {
namespace {

using namespace savina;

// A one-thread loop a worker, each with its share of the pairs; the mean of what they need.
Result<Measurement> loops(std::uint64_t count, const Work& work) {
  std::vector<std::optional<Result<Measurement>>> found(count);
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      RawKit::System system;
      found[i].emplace(Pairs<RawKit>::run(system, work, Pairs<RawKit>::pairs / count));
    });
  }
  for (std::thread& thread : threads) thread.join();
  double sum = 0;
  for (const auto& one : found) {
    if (!*one) return one->error();
    sum += (*one)->value;
  }
  return Measurement{sum / static_cast<double>(count)};
}

// From wall time to the time of all workers.
Result<Measurement> times(Result<Measurement> measured, unsigned workers) {
  if (measured) measured->value *= workers;
  return measured;
}

}  // namespace

Question growth(std::uint64_t size) {
  // A smoke test starts no million.
  const auto actors_of = [size](const Setting& setting) {
    return setting.quick ? std::min<std::uint64_t>(size, 1000) : size;
  };
  const auto ours = [actors_of](const Setting& setting, unsigned workers) {
    return on_stet(workers, [&](System& system) {
      return Growth<StetKit>::run(system, Work{setting.quick, false}, actors_of(setting));
    });
  };
  const auto caf = [actors_of](const Setting& setting, unsigned workers) {
    return caf_rival::growth(actors_of(setting), workers, setting.quick);
  };
  const auto floor = [actors_of](const Setting& setting) {
    RawKit::System system;
    return Growth<RawKit>::run(system, Work{setting.quick, false}, actors_of(setting));
  };
  Question question{"growth_" + std::to_string(size),
                    "What does a message cost among " + std::to_string(size) + " actors?",
                    "ns/message", Better::lower, runtime_subjects(ours, caf, floor)};
  for (Subject& subject : question.subjects) {
    const bool is_caf = subject.name.starts_with("caf");
    if (is_caf && subject.missing.empty() && size > 100'000) {
      subject.missing = "CAF 0.17 does not end with so many in a minute";
    }
  }
  return question;
}

Question workers(unsigned count) {
  const auto ours = [count](const Setting& setting) {
    return times(
        on_stet(
            count,
            [&](System& system) {
              return Pairs<StetKit>::run(system, Work{setting.quick, false}, Pairs<StetKit>::pairs);
            }),
        count);
  };
  const auto caf = [count](const Setting& setting) {
    return times(caf_rival::pairs(count, setting.quick), count);
  };
  const auto floor = [count](const Setting& setting) {
    return loops(count, Work{setting.quick, false});
  };
  const std::string missing = caf_rival::version().empty() ? "CAF is not installed" : "";
  return {"workers_" + std::to_string(count),
          "What does a message between pairs cost on " + std::to_string(count) + " workers?",
          "worker ns/message",
          Better::lower,
          {{"stet", "", ours}, {"caf", "stet", caf, missing}, {"raw", "stet", floor}}};
}

std::vector<unsigned> worker_counts() {
  std::vector<unsigned> counts;
  const unsigned cores = std::clamp(std::thread::hardware_concurrency(), 1U, 16U);
  for (unsigned count = 1; count <= cores; count *= 2) counts.push_back(count);
  return counts;
}

}  // namespace stet::bench
