// benchmarks/support/report_markdown.cpp - the report for people: one table, then the targets.
#include <cstdio>

#include "clock.hpp"
#include "report.hpp"

namespace stet::bench {
namespace {

// Four digits that matter; thousands of thousands as k and M.
std::string figure(double value) {
  char text[40];
  if (value >= 1e6) {
    std::snprintf(text, sizeof(text), "%.4g M", value / 1e6);
  } else if (value >= 1e4) {
    std::snprintf(text, sizeof(text), "%.4g k", value / 1e3);
  } else {
    std::snprintf(text, sizeof(text), "%.4g", value);
  }
  return text;
}

std::string ratio_text(const Report& report, const Answer& answer, const Row& row) {
  for (const Ratio& ratio : report.ratios) {
    if (ratio.name == answer.question.key + '/' + row.subject) return figure(ratio.value);
  }
  return "";
}

std::string remarks(const Row& row) {
  if (!row.missing.empty()) return "not here: " + row.missing;
  if (!row.error.empty()) return "**failed**: " + row.error;
  std::string text;
  for (const auto& [name, value] : row.details) {
    if (!text.empty()) text += ", ";
    text += name + ' ' + figure(value);
  }
  return text;
}

std::string row_line(const Report& report, const Answer& answer, const Row& row, bool first) {
  std::string line = "| " + (first ? answer.question.key : std::string()) + " | " + row.subject;
  if (row.has_value()) {
    line += " | " + figure(median(row.values));
    line += " | " + figure(*std::min_element(row.values.begin(), row.values.end()));
    line += " | " + figure(*std::max_element(row.values.begin(), row.values.end()));
  } else {
    line += " | – | – | –";
  }
  line += " | " + answer.question.unit;
  line += " | " + ratio_text(report, answer, row);
  line += " | " + remarks(row) + " |\n";
  return line;
}

}  // namespace

std::string to_markdown(const Report& report) {
  const Machine& machine = report.machine;
  std::string out = "# Benchmark report\n\n";
  out += machine.cpu + ", " + std::to_string(machine.cores) + " cores, ";
  out += std::to_string(machine.memory_bytes >> 30) + " GiB, " + machine.kernel + ", ";
  out += machine.compiler + ", " + machine.filesystem + ".\n";
  for (const auto& [name, version] : machine.rivals) {
    out += name + ' ' + (version.empty() ? "(missing)" : version) + "; ";
  }
  out += "load " + figure(report.load_before) + " before, " + figure(report.load_after) +
         " after; " + std::to_string(report.rounds) + " rounds";
  const std::string reason = why_no_result(report);
  out += reason.empty() ? ".\n\n" : ".\n\n**These rows are no result: " + reason + ".**\n\n";
  out += "The value is the median. *stet better* says how many times better stet does than that\n";
  out += "row; below 1 it does worse.\n\n";
  out += "| question | subject | value | min | max | unit | stet better | remarks |\n";
  out += "|---|---|---:|---:|---:|---|---:|---|\n";
  for (const Answer& answer : report.answers) {
    bool first = true;
    for (const Row& row : answer.rows) {
      out += row_line(report, answer, row, first);
      first = false;
    }
  }
  if (report.targets.empty()) return out;
  out += "\n| target | figure | value | wanted | holds |\n|---|---|---:|---:|---|\n";
  for (const TargetResult& result : report.targets) {
    const bool at_least = result.target.bound == Target::Bound::at_least;
    out += "| " + result.target.question + " | " + result.name + " | ";
    out += (result.value ? figure(*result.value) : std::string("–")) + " | ";
    out += (at_least ? "≥ " : "≤ ") + figure(result.target.limit) + " | ";
    out += result.holds ? "yes" : "**no**";
    out += result.target.gated ? " |\n" : " (report only) |\n";
  }
  return out;
}

}  // namespace stet::bench
