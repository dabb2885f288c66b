// tools/examples/census/command_line.hpp - what the user asked for.
//
// Threads    One: reads the environment (XDG_DATA_HOME, HOME) where --store is missing.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <stet/runtime/options.hpp>

namespace census {

// How the process ends.
inline constexpr int exit_fine = 0;
inline constexpr int exit_difference = 1;
inline constexpr int exit_usage = 2;
inline constexpr int exit_environment = 3;  // Or the input.

struct CommandLine {
  stet::Options options;        // With --config, environment and --stet.key=value applied.
  std::filesystem::path store;  // A directory; need not exist.
  std::string input;            // "": apt-cache. "-": standard input. Else a path.
  std::uint64_t top = 20;
  bool json = false;
  bool fresh = false;
  bool verify = false;
};

// Either something to run, or how to end: print `out` on stdout, `error` on stderr.
struct Parsed {
  std::optional<CommandLine> run;
  int exit_code = exit_fine;
  std::string out;
  std::string error;
};

// `options` holds the tables that the user may set, at their defaults. `environment` is like
// environ; nullptr: STET_... names are not looked at. All wrong options are reported at once.
[[nodiscard]] Parsed parse_command_line(int argc, const char* const* argv,
                                        const stet::Options& options,
                                        const char* const* environment = nullptr);

}  // namespace census
