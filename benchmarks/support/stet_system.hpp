// benchmarks/support/stet_system.hpp - a System for one measurement.
//
// Threads    The measuring thread.
#pragma once

#include <chrono>

#include <stet/runtime/system.hpp>

namespace stet::bench {

// Defaults but for the number of workers: what a host gets that sets nothing.
[[nodiscard]] inline SystemOptions with_workers(unsigned workers) {
  SystemOptions options;
  options.workers = workers;
  return options;
}

// Every measurement ends with this: who cannot be shut down has not been measured.
[[nodiscard]] inline Result<void> end(System& system) {
  return system.shutdown(std::chrono::seconds(30));
}

}  // namespace stet::bench
