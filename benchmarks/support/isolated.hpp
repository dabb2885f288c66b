// benchmarks/support/isolated.hpp - runs one measurement in a process of its own.
//
// A fresh child for each run means: a heap, a resident set and thread ids that no earlier run has
// touched, a hang that ends, and a crash that is a row in the report instead of the end of it.
//
// Threads    The caller must be the process's only thread (it forks).
// Progress   Blocking: until the child ends or is killed at its deadline.
// Errors     The run's own error; timed_out; io where the child crashed or could not be started.
#pragma once

#include <stet/runtime/result.hpp>

#include "subject.hpp"

namespace stet::bench {

// What else happened on the machine while the child ran.
struct Surroundings {
  double wall_seconds = 0;
  double own_cores = 0;      // CPU time of the child over wall time.
  double foreign_cores = 0;  // CPU time of everything else over wall time, the kernel's included.
  double stolen_cores = 0;   // CPU time that the hypervisor gave to others.
};

struct IsolatedRun {
  Result<Measurement> result;
  Surroundings surroundings;
};

[[nodiscard]] IsolatedRun run_isolated(const Run& run, const Setting& setting);

}  // namespace stet::bench
