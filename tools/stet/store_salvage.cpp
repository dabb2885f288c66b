// tools/stet/store_salvage.cpp - `stet store salvage`: what of a damaged store can be read.
#include <string>

#include <stet/persistence/store_care.hpp>

#include "problem_output.hpp"
#include "standard_io.hpp"
#include "store_commands.hpp"

namespace stet::tool {

int store_salvage(const CommandLine& line) {
  Output output;
  const Result<SalvageReport> report =
      salvage_store(line.directory, line.target, write_problems(output));
  if (!report && report.error() == Errc::closed) return output.finish(exit_finding);
  if (!report) return complain(report.error());
  (void)output.write_line("{\"records\":" + std::to_string(report->records) +
                          ",\"records_lost\":" + std::to_string(report->records_lost) +
                          ",\"pages_lost\":" + std::to_string(report->pages_lost) +
                          ",\"entries\":" + std::to_string(report->entries) +
                          ",\"entries_lost\":" + std::to_string(report->entries_lost) +
                          ",\"may_be_stale\":" + (report->may_be_stale ? "true" : "false") + "}");
  const bool is_whole = report->records_lost + report->pages_lost + report->entries_lost == 0 &&
                        !report->may_be_stale;
  return output.finish(is_whole ? exit_fine : exit_finding);
}

}  // namespace stet::tool
