// tools/stet/problem_output.hpp - problems as lines of JSON.
//
//   {"key":"//bank/alice","file":"1/state/data.mdb","page":7,"problem":"the record's checksum ..."}
//
// `key`, `file` and `page` are there where they are known.
//
// Threads    One.
#pragma once

#include <string>

#include <stet/persistence/store_care.hpp>

#include "standard_io.hpp"

namespace stet::tool {

[[nodiscard]] std::string problem_line(const StoreProblem& problem);

// Writes them as they come; ends what finds them where nobody reads any more.
[[nodiscard]] ProblemHook write_problems(Output& output);

}  // namespace stet::tool
