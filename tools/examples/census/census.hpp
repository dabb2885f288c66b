// tools/examples/census/census.hpp - one census: open the store, count, store, report.
//
// Threads    One; the work is done by the actors of a System of its own.
#pragma once

#include <string>

#include "command_line.hpp"
#include "input.hpp"

namespace census {

struct Outcome {
  int exit_code = exit_fine;
  std::string out;            // For stdout: the report.
  std::string error;          // For stderr: one sentence, empty if all is well.
  bool input_failed = false;  // The error is Input::read()'s: another input may do better.
};

// Everything between the parsed command line and the exit code. Says on stderr what it goes on
// with, and shows progress there.
[[nodiscard]] Outcome run_census(const CommandLine& line, Input& input);

}  // namespace census
