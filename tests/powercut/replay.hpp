// tests/powercut/replay.hpp - cuts the power of a recorded run many times and checks each
// remainder.
//
// The check is a program, called as `check... DIR SEED ACKED ISSUED`, in a process of its own per
// image: what kills it is a finding, not the end of the test. It must end by itself.
//
// Threads    replay() uses as many as the machine has, each with a disk model of its own.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "crash_image.hpp"
#include "record_log.hpp"

namespace stet::test {

struct ReplayPlan {
  const std::vector<Event>* events = nullptr;
  std::filesystem::path check_program;
  std::uint64_t workload_seed = 0;
  std::uint64_t image_seed = 0;
  std::size_t images = 0;
  std::filesystem::path scratch;  // A directory for images, best in memory.
  bool stop_at_first = false;     // For controls: one finding is enough.
};

struct ReplayReport {
  std::size_t images = 0;  // Checked.
  std::size_t bad = 0;     // Of these, wrong.
  std::size_t killed = 0;  // Of the bad, those that ended the checking process by a signal.
  std::array<std::size_t, cut_count> images_by_cut{};
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
