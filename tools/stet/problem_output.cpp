// tools/stet/problem_output.cpp - one line a problem.
#include "problem_output.hpp"

#include <nlohmann/json.hpp>

#include "key_text.hpp"

namespace stet::tool {

std::string problem_line(const StoreProblem& problem) {
  nlohmann::ordered_json line;
  if (!problem.key.empty()) line["key"] = key_text(problem.key);
  if (!problem.file.empty()) line["file"] = problem.file;
  if (problem.page) line["page"] = *problem.page;
  line["problem"] = key_text(problem.text);
  return line.dump();
}

ProblemHook write_problems(Output& output) {
  return [&output](const StoreProblem& problem) {
    return output.write_line(problem_line(problem)) && !is_interrupted();
  };
}

}  // namespace stet::tool
