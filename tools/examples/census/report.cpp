// tools/examples/census/report.cpp - the only file that sees nlohmann's JSON.
#include "report.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "progress.hpp"
#include "reports.hpp"

namespace census {

std::vector<TopEntry> top_packages(const Packages& packages, std::uint64_t count) {
  std::vector<const Packages::value_type*> order;
  order.reserve(packages.size());
  for (const auto& package : packages) order.push_back(&package);
  const std::size_t kept = static_cast<std::size_t>(std::min<std::uint64_t>(count, order.size()));
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(kept), order.end(),
                    [](const auto* left, const auto* right) {
                      if (left->second.dependants != right->second.dependants) {
                        return left->second.dependants > right->second.dependants;
                      }
                      return left->first < right->first;
                    });
  std::vector<TopEntry> top;
  top.reserve(kept);
  for (std::size_t i = 0; i < kept; ++i) {
    top.push_back({order[i]->first, order[i]->second.dependants, order[i]->second.dependants_kib});
  }
  return top;
}

double messages_per_second(const Report& report) noexcept {
  // A run that did nothing in no time has a rate of 0, not of infinity: JSON has no such number.
  return report.seconds > 0.0 ? static_cast<double>(report.messages) / report.seconds : 0.0;
}

std::string report_text(const Report& report) {
  std::string out;
  const auto row = [&](const char* label, const std::string& value) {
    std::array<char, 128> line{};
    std::snprintf(line.data(), line.size(), "%-22s %18s\n", label, value.c_str());
    out += line.data();
  };
  const auto rounded = [](double value) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.2f", value);
    return std::string(text.data());
  };
  row("stanzas", with_commas(report.counts.stanzas));
  row("packages", with_commas(report.packages));
  row("edges", with_commas(report.counts.edges));
  row("bad lines", with_commas(report.counts.bad_lines));
  row("bad stanzas", with_commas(report.counts.bad_stanzas));
  row("bad alternatives", with_commas(report.counts.bad_alternatives));
  if (report.complete) {
    out += "counted by an earlier run\n";
  } else {
    row("seconds", rounded(report.seconds));
    row("messages a second",
        with_commas(static_cast<std::uint64_t>(std::llround(messages_per_second(report)))));
    row("commits", with_commas(report.commits));
    row("mean batch (records)", rounded(report.mean_batch));
    if (report.resumed) out += "went on where an earlier run had stopped\n";
  }
  if (report.top.empty()) return out;
  out += "\n dependants        their KiB  package\n";
  for (const TopEntry& entry : report.top) {
    std::array<char, 96> line{};
    std::snprintf(line.data(), line.size(), "%11s %16s  ", with_commas(entry.dependants).c_str(),
                  with_commas(entry.dependants_kib).c_str());
    out.append(line.data()).append(harmless(entry.name, 200)).append("\n");
  }
  return out;
}

std::string report_json(const Report& report) {
  nlohmann::ordered_json top = nlohmann::ordered_json::array();
  for (const TopEntry& entry : report.top) {
    top.push_back({{"name", entry.name},
                   {"dependants", entry.dependants},
                   {"dependants_kib", entry.dependants_kib}});
  }
  const nlohmann::ordered_json json{{"stanzas", report.counts.stanzas},
                                    {"packages", report.packages},
                                    {"edges", report.counts.edges},
                                    {"top", std::move(top)},
                                    {"bad",
                                     {{"lines", report.counts.bad_lines},
                                      {"stanzas", report.counts.bad_stanzas},
                                      {"alternatives", report.counts.bad_alternatives}}},
                                    {"resumed", report.resumed},
                                    {"complete", report.complete},
                                    {"reported",
                                     {{"repeated_fields", report.counts.repeated_fields},
                                      {"installed_sizes", report.counts.bad_sizes}}},
                                    {"seconds", report.seconds},
                                    {"messages", report.messages},
                                    {"messages_per_second", messages_per_second(report)},
                                    {"commits", report.commits},
                                    {"mean_batch", report.mean_batch}};
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace census
