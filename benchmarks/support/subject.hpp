// benchmarks/support/subject.hpp - what a benchmark file declares: a question and who answers it.
//
// A question is asked of several subjects in turn: stet itself, rivals that do the same job, and a
// floor, the least work that could do it. Each subject checks its own result; a wrong result is an
// error, never a figure.
//
// Threads    run() is called in a process of its own, on its only thread; it may start threads and
//            must have joined them when it returns.
// Errors     A run's error is a failure of the benchmark, but `unsupported`: what it asks cannot be
//            had here, and its row is null.
// Bounds     A run that takes longer than `run_seconds_max` is killed and reported.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <stet/runtime/result.hpp>

namespace stet::bench {

inline constexpr int run_seconds_max = 120;

// One run's figure in the question's unit, and what else it is good to know (p99, bytes on disk).
struct Measurement {
  double value = 0;
  std::vector<std::pair<std::string, double>> details{};  // Names without blanks, unit at the end.
};

struct Setting {
  bool quick = false;               // A smoke test: everything runs and checks itself, no figures.
  std::filesystem::path directory;  // Empty and the run's own, on the disk to be measured.

  // How much work: `full`, or next to nothing in a smoke test.
  [[nodiscard]] std::uint64_t count(std::uint64_t full) const {
    return quick ? std::max<std::uint64_t>(full / 1000, 100) : full;
  }
  [[nodiscard]] double seconds(double full) const { return quick ? full / 50 : full; }
};

using Run = std::function<Result<Measurement>(const Setting&)>;

struct Subject {
  std::string name;       // "stet", a rival's name, or "raw" for the floor; "_1w": on one worker.
  std::string against{};  // The subject of stet this one is compared with; empty: with none.
  Run run{};
  std::string missing{};  // Why it cannot be had here; then the row is null and run is not called.
};

enum class Better : std::uint8_t { lower, higher };

struct Question {
  std::string key;
  std::string text;  // The question, in words.
  std::string unit;
  Better better;
  std::vector<Subject> subjects;
  bool only_if_named = false;  // Takes minutes: asked only where a filter has its whole key.
};

// A figure that was promised: the ratio of two subjects (above 1: `subject` is better) or, with
// `against` empty, the value of one. With `since` it is about growth from that question to this one:
// how many times more `subject` grew than `against`, as a plain ratio.
struct Target {
  enum class Bound : std::uint8_t { at_least, at_most };
  std::string question;
  std::string subject;
  std::string against;
  Bound bound;
  double limit;
  bool gated = true;  // False: reported, as what decides it is the machine's.
  std::string since{};
};

}  // namespace stet::bench
