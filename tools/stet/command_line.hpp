// tools/stet/command_line.hpp - what the arguments of `stet` ask for.
//
// Threads    One.
// Errors     In Parsed, with an exit code and a text for stderr.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace stet::tool {

inline constexpr int exit_fine = 0;
inline constexpr int exit_finding = 1;  // Not there, or damaged.
inline constexpr int exit_usage = 2;
inline constexpr int exit_environment = 3;

struct CommandLine {
  enum class Verb : std::uint8_t { get, scan, stat, verify, copy, salvage, dump, load };

  Verb verb = Verb::stat;
  std::filesystem::path directory;
  std::string key;               // get: as key_text.hpp writes it. scan: a scope, or empty.
  bool record = false;           // get: the whole record, not its value only.
  std::uint64_t limit = 0;       // scan: 0: all.
  std::string input = "-";       // load: a file, or - for standard input.
  std::filesystem::path target;  // copy, salvage: the new store.
  bool compact = false;          // copy: without free pages.
};

struct Parsed {
  std::optional<CommandLine> run;  // None: print and exit.
  int exit_code = exit_fine;
  std::string out;
  std::string error;
};

[[nodiscard]] Parsed parse_command_line(int argc, const char* const* argv);

}  // namespace stet::tool
