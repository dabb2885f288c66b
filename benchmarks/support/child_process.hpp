// benchmarks/support/child_process.hpp - runs another program to its end, its output in files.
//
// Threads    The caller is its process's only thread (it forks).
// Progress   Blocking: until the program ends or is killed at its deadline; it is also killed when
//            the caller's process ends. Looked at every millisecond.
// Errors     io: it could not be started, was killed by a signal, or ended with a code other than 0,
//            which is then the error's native code. timed_out. The text has the first line of its
//            error output, or of the other one.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <stet/runtime/result.hpp>

namespace stet::bench {

struct ChildOutput {
  std::filesystem::path out;    // Made anew.
  std::filesystem::path error;  // May be /dev/null.
};

// words[0] is searched on the PATH. Requires: at least one word.
[[nodiscard]] Result<void> run_program(std::vector<std::string> words, const ChildOutput& output,
                                       int seconds_max);

// Whether the PATH has such a program.
[[nodiscard]] bool is_installed(const std::string& program);

[[nodiscard]] std::string text_of(const std::filesystem::path& path);

}  // namespace stet::bench
