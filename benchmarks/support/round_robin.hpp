// benchmarks/support/round_robin.hpp - asks every subject of a question in turn, several times
// over.
//
// What changes slowly on a machine (heat, neighbours, the page cache) then touches all subjects
// alike, so that ratios hold where absolute figures do not. Each round begins one subject further
// on, so that nobody always runs after the same neighbour.
//
// Threads    One, and the only one of its process.
// Bounds     rounds × subjects runs, each at most `run_seconds_max`. A subject that failed once is
//            not asked again: its error is the result.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "subject.hpp"

namespace stet::bench {

struct RoundOptions {
  int rounds = 5;
  bool quick = false;
  std::filesystem::path scratch;  // A folder of our own; each run gets an empty one inside.
};

struct Row {
  std::string subject;
  std::string against;
  std::vector<double> values{};                           // One a round, in order.
  std::vector<std::pair<std::string, double>> details{};  // Medians.
  double foreign_cores_max = 0;                           // Of all its runs.
  std::string missing{};  // Set: it cannot be had here; a run may say so, too.
  std::string error{};    // Set: it ran and failed.

  [[nodiscard]] bool has_value() const {
    return missing.empty() && error.empty() && !values.empty();
  }
};

struct Answer {
  Question question;
  std::vector<Row> rows;  // In the order of the question's subjects.

  [[nodiscard]] const Row* row(const std::string& subject) const;
};

using Progress = std::function<void(int round, const std::string& subject)>;

[[nodiscard]] Answer ask_in_turn(const Question& question, const RoundOptions& options,
                                 const Progress& progress);

}  // namespace stet::bench
