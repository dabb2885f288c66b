// benchmarks/support/rest.hpp - what the other threads of this process do while nothing is to do.
//
// Threads    The measuring thread, which sleeps meanwhile and is not counted.
#pragma once

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <thread>

#include "subject.hpp"

namespace stet::bench {

// Context switches of all threads but the calling one, so far.
[[nodiscard]] inline std::uint64_t others_switches() {
  const std::string own = std::to_string(::gettid());
  std::uint64_t sum = 0;
  std::error_code ignored;  // A thread that has ended has no more to tell.
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task", ignored)) {
    if (task.path().filename() == own) continue;
    std::ifstream status(task.path() / "status");
    for (std::string word; status >> word;) {
      if (!word.ends_with("_ctxt_switches:")) continue;
      std::uint64_t switches = 0;
      status >> switches;
      sum += switches;
    }
  }
  return sum;
}

// Context switches a second, of a pool that has nothing to do; cpu_ms is what it burns in a second.
[[nodiscard]] inline Measurement measure_rest(double seconds) {
  const auto cpu_ms = [] {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const auto ms = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) * 1e-3;
    };
    return ms(usage.ru_utime) + ms(usage.ru_stime);
  };
  const double cpu_before = cpu_ms();
  const std::uint64_t before = others_switches();
  std::this_thread::sleep_for(std::chrono::duration<double>(seconds));
  const std::uint64_t switches = others_switches() - before;
  return {static_cast<double>(switches) / seconds,
          {{"cpu_ms_per_s", (cpu_ms() - cpu_before) / seconds}}};
}

}  // namespace stet::bench
