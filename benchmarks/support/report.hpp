// benchmarks/support/report.hpp - all answers of one run, as report.json and report.md.
//
// A row's value is the median of its rounds. A ratio is made of two medians and says how many times
// better stet is, whichever way the unit points: above 1 stet wins.
//
// Threads    One.
// Errors     write_report(): io.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <stet/runtime/result.hpp>

#include "machine.hpp"
#include "round_robin.hpp"
#include "subject.hpp"

namespace stet::bench {

struct Ratio {
  std::string name;  // "ping_pong/caf"
  double value;
};

struct TargetResult {
  Target target;
  std::string name;               // "ping_pong: stet against caf"
  std::optional<double> value{};  // None: one of its subjects gave no figure.
  bool holds = false;
};

struct Report {
  Machine machine;
  double load_before = 0;
  double load_after = 0;
  int rounds = 0;
  bool quick = false;
  std::vector<Answer> answers{};
  std::vector<Ratio> ratios{};
  std::vector<TargetResult> targets{};
};

// Fills ratios and targets from the answers; targets of questions that were not asked are left out.
void judge(Report& report, const std::vector<Target>& targets);

// Why the rows of this run are no result, in half a sentence; empty: they are one.
inline constexpr int rounds_min = 5;
[[nodiscard]] std::string why_no_result(const Report& report);

[[nodiscard]] std::string to_json(const Report& report);
[[nodiscard]] std::string to_markdown(const Report& report);

// Writes both files; each appears whole or not at all.
[[nodiscard]] Result<void> write_report(const Report& report, const std::filesystem::path& folder);

}  // namespace stet::bench
