// benchmarks/support/runtime_subjects.cpp - who answers a runtime question.
#include "runtime_subjects.hpp"

#include "../rivals/caf_rival.hpp"
#include "../rivals/erlang_rival.hpp"

namespace stet::bench {
namespace {

Run with_workers(const RunWithWorkers& run, unsigned workers) {
  return [run, workers](const Setting& setting) { return run(setting, workers); };
}

}  // namespace

std::vector<Subject> runtime_subjects(const RunWithWorkers& ours, const RunWithWorkers& caf,
                                      const Run& floor, const Run& erlang) {
  const std::string missing = caf_rival::version().empty() ? "CAF is not installed" : "";
  std::vector<Subject> all = {{"stet", "", with_workers(ours, 2)},
                              {"stet_1w", "", with_workers(ours, 1)},
                              {"caf", "stet", with_workers(caf, 2), missing},
                              {"caf_1w", "stet_1w", with_workers(caf, 1), missing}};
  if (erlang) all.push_back(erlang_rival::subject(erlang));
  all.push_back({"raw", "stet", floor});
  return all;
}

}  // namespace stet::bench
