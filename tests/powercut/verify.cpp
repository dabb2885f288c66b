// tests/powercut/verify.cpp - opens what a crash left and checks it against the workload.
//
//   powercut_verify DIR SEED ACKED ISSUED
//
// The store opens; it holds the batches 1 to r and nothing else, with ACKED <= r <= ISSUED; it
// takes the next batch and holds that too after another open. Exit 0; 1: a sentence on stderr says
// what is wrong. Ends itself (SIGALRM) after 20 seconds.
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "persistence/src/lmdb/lmdb_engine.hpp"
#include "workload.hpp"

int main(int count, char** arguments) {
  if (count != 5) {
    std::fprintf(stderr, "usage: powercut_verify DIR SEED ACKED ISSUED\n");
    return 2;
  }
  alarm(20);
  const std::uint64_t seed = std::strtoull(arguments[2], nullptr, 10);
  std::uint64_t acked = std::strtoull(arguments[3], nullptr, 10);
  std::uint64_t issued = std::strtoull(arguments[4], nullptr, 10);
  for (int round = 0; round < 2; ++round) {
    // With a journal: what was replayed is folded at once, beside the check.
    auto engine =
        stet::detail::open_lmdb_engine({.directory = arguments[1],
                                        .journal = {.bytes_max = 8'000,
                                                    .fold_idle = std::chrono::milliseconds(0),
                                                    .erased_records_max = 2,
                                                    .pending_ranges_max = 6}});
    std::uint64_t found = 0;
    const std::string wrong = engine
                                  ? stet::test::check_workload(**engine, seed, acked, issued, found)
                                  : "the store does not open: " + engine.error().message();
    if (!wrong.empty()) {
      std::fprintf(stderr, "%s: %s\n", round == 0 ? "after the crash" : "a batch later",
                   wrong.c_str());
      return 1;
    }
    if (round == 1) break;
    // A damaged free list shows when its pages are used again.
    const stet::test::WorkloadBatch next(seed, found + 1);
    if (const auto done = (*engine)->commit(next.operations(), stet::detail::Flush::full); !done) {
      std::fprintf(stderr, "no further commit: %s\n", done.error().message().c_str());
      return 1;
    }
    acked = issued = found + 1;
  }
  return 0;
}
