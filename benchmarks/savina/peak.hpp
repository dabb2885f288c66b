// benchmarks/savina/peak.hpp - the most memory this process has ever had in use.
//
// Threads    Any.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>

namespace stet::bench::savina {

// In bytes; 0 where the kernel does not say. Every run has a process of its own, so it is the run's.
[[nodiscard]] inline std::uint64_t resident_bytes_max() {
  std::ifstream status("/proc/self/status");
  std::string word;
  std::uint64_t kib = 0;
  while (status >> word) {
    if (word == "VmHWM:" && status >> kib) break;
  }
  return kib * 1024;
}

}  // namespace stet::bench::savina
