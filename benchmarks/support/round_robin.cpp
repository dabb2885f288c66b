// benchmarks/support/round_robin.cpp - the rounds, and the medians of what came out of them.
#include "round_robin.hpp"

#include <map>
#include <system_error>

#include "clock.hpp"
#include "isolated.hpp"

namespace stet::bench {
namespace {

using Details = std::map<std::string, std::vector<double>>;

void run_once(const Subject& subject, const RoundOptions& options, Row& row, Details& details) {
  Setting setting;
  setting.quick = options.quick;
  setting.directory = options.scratch / "run";
  std::error_code failed;
  std::filesystem::remove_all(setting.directory, failed);
  if (!failed) std::filesystem::create_directories(setting.directory, failed);
  if (failed) {
    row.error = "cannot make " + setting.directory.string() + ": " + failed.message();
    return;
  }
  const IsolatedRun done = run_isolated(subject.run, setting);
  row.foreign_cores_max = std::max(row.foreign_cores_max, done.surroundings.foreign_cores);
  if (!done.result) {
    const Error& error = done.result.error();
    if (error == Errc::unsupported) {
      row.missing = error.text.empty() ? error.message() : error.text;
    } else {
      row.error = error.message();
    }
    return;
  }
  row.values.push_back(done.result->value);
  for (const auto& [name, value] : done.result->details) details[name].push_back(value);
  std::filesystem::remove_all(setting.directory, failed);  // What stays is removed by the next run.
}

}  // namespace

const Row* Answer::row(const std::string& subject) const {
  for (const Row& candidate : rows) {
    if (candidate.subject == subject) return &candidate;
  }
  return nullptr;
}

Answer ask_in_turn(const Question& question, const RoundOptions& options,
                   const Progress& progress) {
  Answer answer{question, {}};
  for (const Subject& subject : question.subjects) {
    answer.rows.push_back(Row{subject.name, subject.against});
    answer.rows.back().missing = subject.missing;
  }
  const std::size_t subjects = question.subjects.size();
  std::vector<Details> details(subjects);
  for (int round = 0; round < options.rounds; ++round) {
    for (std::size_t turn = 0; turn < subjects; ++turn) {
      const std::size_t index = (turn + static_cast<std::size_t>(round)) % subjects;
      Row& row = answer.rows[index];
      if (!row.missing.empty() || !row.error.empty()) continue;
      progress(round, row.subject);
      run_once(question.subjects[index], options, row, details[index]);
    }
  }
  for (std::size_t index = 0; index < subjects; ++index) {
    for (auto& [name, values] : details[index]) {
      answer.rows[index].details.emplace_back(name, median(values));
    }
  }
  return answer;
}

}  // namespace stet::bench
