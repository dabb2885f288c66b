// tools/stet/store_copy.cpp - `stet store copy`: a backup, or a store restored from one.
#include <unistd.h>

#include <cstdint>
#include <iostream>

#include <stet/persistence/store_care.hpp>

#include "standard_io.hpp"
#include "store_commands.hpp"

namespace stet::tool {

int store_copy(const CommandLine& line) {
  const bool is_watched = ::isatty(STDERR_FILENO) == 1;
  bool shown = false;
  CopyOptions options{.compact = line.compact};
  options.on_progress = [&](const CopyProgress& progress) {
    if (is_watched && progress.of > 0) {
      std::cerr << "\rstet: " << (progress.bytes >> 20) << " of " << (progress.of >> 20) << " MiB "
                << std::flush;
      shown = true;
    }
    return !is_interrupted();
  };
  const Result<VerifyReport> report = copy_store(line.directory, line.target, options);
  if (shown) std::cerr << '\n';
  if (!report && report.error() == Errc::closed) return exit_environment;  // Interrupted.
  if (!report) return complain(report.error());
  std::cerr << "stet: " << report->records << " records and " << report->entries
            << " journal entries copied and checked into " << line.target.string() << '\n';
  return exit_fine;
}

}  // namespace stet::tool
