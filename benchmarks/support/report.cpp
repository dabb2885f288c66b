// benchmarks/support/report.cpp - from medians to ratios, targets and report.json.
#include "report.hpp"

#include <limits>
#include <system_error>

#include "clock.hpp"
#include "json_writer.hpp"
#include "write_whole.hpp"

namespace stet::bench {
namespace {

std::optional<double> value_of(const Answer& answer, const std::string& subject) {
  const Row* row = answer.row(subject);
  if (row == nullptr || !row->has_value()) return std::nullopt;
  return median(row->values);
}

// How many times better `ours` is than `theirs`.
std::optional<double> ratio_of(const Answer& answer, const std::string& ours,
                               const std::string& theirs) {
  const std::optional<double> our_value = value_of(answer, ours);
  const std::optional<double> their_value = value_of(answer, theirs);
  if (!our_value || !their_value) return std::nullopt;
  const bool lower = answer.question.better == Better::lower;
  const double above = lower ? *their_value : *our_value;
  const double below = lower ? *our_value : *their_value;
  if (below <= 0) return std::nullopt;
  return above / below;
}

// How many times more `ours` grew from one answer to the other than `theirs`.
std::optional<double> growth_of(const Answer& from, const Answer& to, const std::string& ours,
                                const std::string& theirs) {
  const std::optional<double> our_begin = value_of(from, ours);
  const std::optional<double> our_end = value_of(to, ours);
  const std::optional<double> their_begin = value_of(from, theirs);
  const std::optional<double> their_end = value_of(to, theirs);
  if (!our_begin || !our_end || !their_begin || !their_end) return std::nullopt;
  if (*our_begin <= 0 || *their_begin <= 0 || *their_end <= 0) return std::nullopt;
  return (*our_end / *our_begin) / (*their_end / *their_begin);
}

const Answer* answer_to(const Report& report, const std::string& question) {
  for (const Answer& answer : report.answers) {
    if (answer.question.key == question) return &answer;
  }
  return nullptr;
}

// None where its question, or the one it is compared with, was not asked.
std::optional<TargetResult> result_of(const Report& report, const Target& target) {
  const Answer* const answer = answer_to(report, target.question);
  if (answer == nullptr) return std::nullopt;
  TargetResult result{target, target.subject};
  if (!target.since.empty()) {
    const Answer* const from = answer_to(report, target.since);
    if (from == nullptr) return std::nullopt;
    result.name += " since " + target.since + ", against " + target.against;
    result.value = growth_of(*from, *answer, target.subject, target.against);
  } else if (target.against.empty()) {
    result.value = value_of(*answer, target.subject);
  } else {
    result.name += " against " + target.against;
    result.value = ratio_of(*answer, target.subject, target.against);
  }
  const bool at_least = target.bound == Target::Bound::at_least;
  result.holds = result.value.has_value() &&
                 (at_least ? *result.value >= target.limit : *result.value <= target.limit);
  return result;
}

void write_row(JsonWriter& json, const Answer& answer, const Row& row) {
  const bool known = row.has_value();
  const double nothing = std::numeric_limits<double>::quiet_NaN();  // Written as null.
  json.begin_object();
  json.key("question");
  json.string(answer.question.key);
  json.key("subject");
  json.string(row.subject);
  json.key("value");
  json.number(known ? median(row.values) : nothing);
  json.key("min");
  json.number(known ? *std::min_element(row.values.begin(), row.values.end()) : nothing);
  json.key("max");
  json.number(known ? *std::max_element(row.values.begin(), row.values.end()) : nothing);
  json.key("unit");
  json.string(answer.question.unit);
  json.key("better");
  json.string(answer.question.better == Better::lower ? "lower" : "higher");
  json.key("rounds");
  json.integer(row.values.size());
  json.key("foreign_cores_max");
  json.number(row.foreign_cores_max);
  if (!row.details.empty()) {
    json.key("details");
    json.begin_object();
    for (const auto& [name, value] : row.details) {
      json.key(name);
      json.number(value);
    }
    json.end_object();
  }
  if (!row.missing.empty()) {
    json.key("missing");
    json.string(row.missing);
  }
  if (!row.error.empty()) {
    json.key("error");
    json.string(row.error);
  }
  json.end_object();
}

void write_machine(JsonWriter& json, const Report& report) {
  const Machine& machine = report.machine;
  json.key("machine");
  json.begin_object();
  json.key("cpu");
  json.string(machine.cpu);
  json.key("cores");
  json.integer(machine.cores);
  json.key("memory_bytes");
  json.integer(machine.memory_bytes);
  json.key("kernel");
  json.string(machine.kernel);
  json.key("compiler");
  json.string(machine.compiler);
  json.key("filesystem");
  json.string(machine.filesystem);
  json.key("rivals");
  json.begin_object();
  for (const auto& [name, version] : machine.rivals) {
    json.key(name);
    version.empty() ? json.null() : json.string(version);
  }
  json.end_object();
  json.key("load_before");
  json.number(report.load_before);
  json.key("load_after");
  json.number(report.load_after);
  json.end_object();
}

}  // namespace

void judge(Report& report, const std::vector<Target>& targets) {
  for (const Answer& answer : report.answers) {
    for (const Row& row : answer.rows) {
      if (row.against.empty()) continue;
      if (const auto ratio = ratio_of(answer, row.against, row.subject)) {
        report.ratios.push_back({answer.question.key + '/' + row.subject, *ratio});
      }
    }
  }
  for (const Target& target : targets) {
    if (auto result = result_of(report, target)) report.targets.push_back(std::move(*result));
  }
}

std::string why_no_result(const Report& report) {
  if (report.quick) return "a smoke test with next to no work";
  if (report.rounds >= rounds_min) return {};
  return std::to_string(report.rounds) + " rounds; a median of fewer than " +
         std::to_string(rounds_min) + " says little";
}

std::string to_json(const Report& report) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  write_machine(json, report);
  json.key("rounds");
  json.integer(static_cast<std::uint64_t>(report.rounds));
  json.key("quick");
  json.boolean(report.quick);
  json.key("no_result");
  const std::string reason = why_no_result(report);
  reason.empty() ? json.null() : json.string(reason);
  json.key("rows");
  json.begin_array();
  for (const Answer& answer : report.answers) {
    for (const Row& row : answer.rows) write_row(json, answer, row);
  }
  json.end_array();
  json.key("ratios");
  json.begin_object();
  for (const Ratio& ratio : report.ratios) {
    json.key(ratio.name);
    json.number(ratio.value);
  }
  json.end_object();
  json.key("targets");
  json.begin_array();
  for (const TargetResult& result : report.targets) {
    json.begin_object();
    json.key("question");
    json.string(result.target.question);
    json.key("figure");
    json.string(result.name);
    json.key("value");
    json.number(result.value.value_or(std::numeric_limits<double>::quiet_NaN()));
    json.key("bound");
    json.string(result.target.bound == Target::Bound::at_least ? "at least" : "at most");
    json.key("target");
    json.number(result.target.limit);
    json.key("holds");
    json.boolean(result.holds);
    json.key("gated");
    json.boolean(result.target.gated);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  out += '\n';
  return out;
}

Result<void> write_report(const Report& report, const std::filesystem::path& folder) {
  std::error_code failed;
  std::filesystem::create_directories(folder, failed);
  if (failed) return Error(Errc::io, "cannot make " + folder.string() + ": " + failed.message());
  if (Result<void> done = write_whole(folder / "report.json", to_json(report)); !done) return done;
  return write_whole(folder / "report.md", to_markdown(report));
}

}  // namespace stet::bench
