// benchmarks/support/machine.hpp - what a figure was measured on.
//
// Threads    One.
// Errors     None: what cannot be read is "unknown" or 0.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace stet::bench {

struct Machine {
  std::string cpu;
  unsigned cores = 0;  // That this process may use.
  std::uint64_t memory_bytes = 0;
  std::string kernel;
  std::string compiler;
  std::string filesystem;  // Of the folder that durable figures were written to.
  std::vector<std::pair<std::string, std::string>> rivals{};  // Name and version; "" if missing.
};

[[nodiscard]] Machine describe_machine(const std::filesystem::path& scratch);

// The load of the last minute.
[[nodiscard]] double load_average();

}  // namespace stet::bench
