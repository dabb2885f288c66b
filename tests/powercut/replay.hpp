// tests/powercut/replay.hpp - cuts the power of a recorded run many times and checks each
// remainder.
//
// The check runs in a forked process of its own per image: what kills it is a finding, not the end of
// the test. It must end by itself. Now and then an image is also recovered under the recorder, and
// the power of that recovery is cut in its turn.
//
// Threads    replay() uses as many processes as the machine has cores, each with a disk model of its
//            own. From a process without other threads: it forks.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "crash_image.hpp"
#include "record_log.hpp"

namespace stet::test {

struct ReplayPlan {
  const std::vector<Event>* events = nullptr;
  // What is wrong with what the power cut left, in a sentence; empty: nothing.
  std::function<std::string(const std::filesystem::path& directory, std::uint64_t acked,
                            std::uint64_t issued)>
      check;
  std::uint64_t image_seed = 0;
  std::size_t images = 0;
  // Every so many images one is recovered, and cut again so often (0: none). `recover` opens what
  // is in `directory`, goes on writing there, and returns what it did.
  std::function<std::vector<Event>(const std::filesystem::path& directory)> recover;
  std::size_t recovery_every = 0;
  std::size_t cuts_of_a_recovery = 0;
  std::filesystem::path scratch;  // A directory for images, best in memory.
  bool stop_at_first = false;     // For controls: one finding is enough.
};

struct ReplayReport {
  std::size_t images = 0;     // Checked, those of recoveries included.
  std::size_t recovered = 0;  // Of these, cuts of a recovery.
  std::size_t bad = 0;        // Of all, wrong.
  std::size_t killed = 0;     // Of the bad, those that ended the checking process by a signal.
  std::size_t first_bad = 0;  // The image that was the first to be wrong; 0: none.
  std::vector<std::string> findings;  // The first few: image, cut, event, what was wrong.
};

[[nodiscard]] ReplayReport replay(const ReplayPlan& plan);

// Runs a program to its end with more environment and stdout and stderr in a file; its wait status.
[[nodiscard]] int run_program(const std::vector<std::string>& arguments,
                              const std::vector<std::string>& more_environment,
                              const std::filesystem::path& output);

// All of a file; nothing where there is none.
[[nodiscard]] std::string text_of(const std::filesystem::path& file);

}  // namespace stet::test
