// tools/examples/census/report.hpp - the result, for people and for programs.
//
// Threads    Pure functions: any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "package_totals.hpp"
#include "stanza_parser.hpp"

namespace census {

struct TopEntry {
  std::string name;
  std::uint64_t dependants = 0;
  std::uint64_t dependants_kib = 0;
};

// The `count` most depended on: by dependants, descending, then by the bytes of the name.
[[nodiscard]] std::vector<TopEntry> top_packages(const Packages& packages, std::uint64_t count);

struct Report {
  Counts counts;               // Of all runs together, as if there had been one.
  std::uint64_t packages = 0;  // Names with a stanza or depended on.
  std::vector<TopEntry> top;
  bool resumed = false;   // An earlier run's state was used.
  bool complete = false;  // The input had been counted to its end before: nothing was done.
  // Of this run only.
  double seconds = 0.0;
  std::uint64_t messages = 0;
  std::uint64_t commits = 0;
  double mean_batch = 0.0;  // Records a commit.
};

[[nodiscard]] double messages_per_second(const Report& report) noexcept;

// Both end with a line feed.
[[nodiscard]] std::string report_text(const Report& report);
[[nodiscard]] std::string report_json(const Report& report);

}  // namespace census
