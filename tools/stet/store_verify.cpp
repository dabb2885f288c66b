// tools/stet/store_verify.cpp - `stet store verify`: is everything what a writer wrote?
#include <string>

#include <stet/persistence/store_care.hpp>

#include "problem_output.hpp"
#include "standard_io.hpp"
#include "store_commands.hpp"

namespace stet::tool {

int store_verify(const CommandLine& line) {
  Output output;
  const Result<VerifyReport> report = verify_store(line.directory, write_problems(output));
  if (!report && report.error() == Errc::closed) return output.finish(exit_finding);
  if (!report) return complain(report.error());
  (void)output.write_line("{\"records\":" + std::to_string(report->records) +
                          ",\"bytes\":" + std::to_string(report->bytes) +
                          ",\"entries\":" + std::to_string(report->entries) +
                          ",\"pages\":" + std::to_string(report->pages) +
                          ",\"problems\":" + std::to_string(report->problems) + "}");
  return output.finish(report->problems == 0 ? exit_fine : exit_finding);
}

}  // namespace stet::tool
