// benchmarks/support/runtime_subjects.hpp - who answers the runtime's questions.
//
// stet and CAF with two workers and with one, and a floor on plain threads. "stet" and "caf" are
// the pools of two; "_1w" stands for one worker and is compared with its like. Erlang, where it has
// the program, runs with two schedulers.
//
// Threads    Any.
#pragma once

#include <functional>
#include <vector>

#include "subject.hpp"

namespace stet::bench {

// How a runtime answers with so many workers.
using RunWithWorkers = std::function<Result<Measurement>(const Setting&, unsigned workers)>;

[[nodiscard]] std::vector<Subject> runtime_subjects(const RunWithWorkers& ours,
                                                    const RunWithWorkers& caf, const Run& floor,
                                                    const Run& erlang = {});

}  // namespace stet::bench
