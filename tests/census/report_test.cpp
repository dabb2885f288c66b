// tests/census/report_test.cpp - order of the top list, and the two forms of the result.
#include "tools/examples/census/report.hpp"

#include <gtest/gtest.h>

#include <string>

namespace census {
namespace {

TEST(Report, OrdersByDependantsThenByTheBytesOfTheName) {
  const Packages packages{{"b", {0, 5, 1, ""}},
                          {"a", {0, 5, 2, ""}},
                          {"B", {0, 5, 3, ""}},
                          {"c", {0, 9, 4, ""}},
                          {"d", {9, 0, 0, ""}}};
  const auto names = [&](std::uint64_t count) {
    std::string out;
    for (const TopEntry& entry : top_packages(packages, count)) out += entry.name;
    return out;
  };
  EXPECT_EQ(names(20), "cBabd");
  EXPECT_EQ(names(2), "cB");
  EXPECT_EQ(names(0), "");
  EXPECT_EQ(top_packages({}, 20).size(), 0u);
  EXPECT_EQ(top_packages(packages, 1)[0].dependants_kib, 4u);
}

Report sample() {
  Report report;
  report.counts = {3, 10, 1, 2, 4, 5, 6};
  report.packages = 7;
  report.top = {{"libc6", 2, 30}};
  report.seconds = 2.0;
  report.messages = 10;
  report.commits = 4;
  report.mean_batch = 2.5;
  return report;
}

TEST(Report, JsonHasTheAgreedKeys) {
  EXPECT_EQ(report_json(sample()), R"({
  "stanzas": 3,
  "packages": 7,
  "edges": 10,
  "top": [
    {
      "name": "libc6",
      "dependants": 2,
      "dependants_kib": 30
    }
  ],
  "bad": {
    "lines": 1,
    "stanzas": 2,
    "alternatives": 4
  },
  "resumed": false,
  "complete": false,
  "reported": {
    "repeated_fields": 5,
    "installed_sizes": 6
  },
  "seconds": 2.0,
  "messages": 10,
  "messages_per_second": 5.0,
  "commits": 4,
  "mean_batch": 2.5
}
)");
}

TEST(Report, ARunThatDidNothingIsStillJson) {
  Report report;
  report.resumed = report.complete = true;
  const std::string json = report_json(report);
  EXPECT_NE(json.find("\"top\": []"), std::string::npos);
  EXPECT_NE(json.find("\"messages_per_second\": 0.0"), std::string::npos);
  EXPECT_NE(json.find("\"resumed\": true"), std::string::npos);
}

TEST(Report, TheLargestNumbersSurviveJson) {
  Report report = sample();
  report.top = {{"a", UINT64_MAX, UINT64_MAX}};
  EXPECT_NE(report_json(report).find("18446744073709551615"), std::string::npos);
}

TEST(Report, TextNamesWhatWasCounted) {
  const std::string text = report_text(sample());
  for (const char* part :
       {"stanzas", "packages", "edges", "libc6", "commits", "2.50", "messages"}) {
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  }
  Report done = sample();
  done.complete = true;
  EXPECT_EQ(report_text(done).find("seconds"), std::string::npos);
}

}  // namespace
}  // namespace census
