// tests/powercut/check_image.hpp - opens what a crash left and checks it against the workload.
//
// The store opens; it holds the batches 1 to r and nothing else, with acked <= r <= issued; it takes
// the next batch and holds that too after another open.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>

#include "persistence/src/lmdb/lmdb_engine.hpp"
#include "workload.hpp"

namespace stet::test {

// What is wrong, in a sentence; empty: nothing.
inline std::string check_image(const std::filesystem::path& directory, const Workload& workload,
                               std::uint64_t acked, std::uint64_t issued) {
  for (int round = 0; round < 2; ++round) {
    const std::string when = round == 0 ? "after the crash: " : "a batch later: ";
    // With a journal: what was replayed is folded at once, beside the check.
    auto engine = detail::open_lmdb_engine({.directory = directory,
                                            .journal = {.bytes_max = 8'000,
                                                        .fold_idle = std::chrono::milliseconds(0),
                                                        .erased_records_max = 2,
                                                        .pending_ranges_max = 6}});
    if (!engine) return when + "the store does not open: " + engine.error().message();
    std::uint64_t found = 0;
    const std::string wrong = workload.check(**engine, acked, issued, found);
    if (!wrong.empty()) return when + wrong;
    if (round == 1) break;
    // A damaged free list shows when its pages are used again.
    const WorkloadBatch next(workload.seed(), found + 1);
    if (const auto done = (*engine)->commit(next.operations(), detail::Flush::full); !done) {
      return "no further commit: " + done.error().message();
    }
    acked = issued = found + 1;
  }
  return {};
}

}  // namespace stet::test
