// benchmarks/support/micro.hpp - the cost of a few nanoseconds of work, by Google Benchmark.
//
// Google Benchmark picks the number of iterations; rounds, isolation and medians are ours.
//
// Threads    One at a time; the loop runs on the calling thread.
// Errors     What the loop reports by SkipWithError(): a wrong result is no figure.
#pragma once

#include <benchmark/benchmark.h>

#include <stet/runtime/result.hpp>

#include "subject.hpp"

namespace stet::bench {

// The loop must run as `for (auto _ : state)` and check its own result after it.
using MicroLoop = void (*)(benchmark::State& state);

// Nanoseconds of real time for one iteration.
[[nodiscard]] Result<Measurement> measure_micro(const Setting& setting, MicroLoop loop);

// A subject whose run is that measurement.
[[nodiscard]] inline Subject micro_subject(std::string name, std::string against, MicroLoop loop) {
  return {std::move(name), std::move(against),
          [loop](const Setting& setting) { return measure_micro(setting, loop); }};
}

}  // namespace stet::bench
