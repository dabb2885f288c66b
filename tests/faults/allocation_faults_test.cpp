// tests/faults/allocation_faults_test.cpp
// Goal    Whichever allocation of an engine fails: the process lives, the caller is told by a Result
//         or bad_alloc, what was acknowledged is there, and a commit that failed can be repeated.
// Method  The allocations of one life are counted: create, commit, read, erase, fold, reopen. Then that
//         life runs once for each, in a child of its own, in which that one fails; under the address
//         sanitizer the child also looks for leaks. The parent opens what is left and compares.
// Control A life that acknowledges what it did not commit must be caught.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "allocation_faults.hpp"
#include "persistence/src/lmdb/lmdb_engine.hpp"
#include "powercut/workload.hpp"
#include "scenario.hpp"
#include "support/scale.hpp"
#include "support/temp_dir.hpp"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/lsan_interface.h>
#endif

namespace stet::test::allocation_faults_test {
namespace {

using detail::Flush;
using detail::LmdbOptions;
using detail::open_lmdb_engine;

constexpr unsigned life_seconds_max = 30;
constexpr std::uint64_t seed = 42;  // Of the content; which allocation fails is no chance.
constexpr std::uint64_t batches = 24;

struct Told {
  std::atomic<std::uint64_t> issued{0};
  std::atomic<std::uint64_t> acked{0};
  std::atomic<std::uint64_t> allocations{0};
  std::atomic<std::uint64_t> failures{0};  // Calls that said so.
};

int leaks() {
#if defined(__SANITIZE_ADDRESS__)
  return __lsan_do_recoverable_leak_check();
#else
  return 0;
#endif
}

class AllocationFaults : public testing::TestWithParam<StoreMode> {
 protected:
  LmdbOptions options(const std::filesystem::path& here) const {
    return {.directory = here / "store",
            .map_bytes = std::size_t{1} << 20,
            .map_bytes_max = std::size_t{16} << 20,
            .mode = GetParam(),
            .journal = {.bytes_max = 12'000, .fold_idle = std::chrono::milliseconds(1)}};
  }

  // A batch, and operations that view it.
  static std::pair<std::unique_ptr<WorkloadBatch>, std::vector<detail::Operation>> prepare(
      std::uint64_t n) {
    const NotCounted ours;
    auto batch = std::make_unique<WorkloadBatch>(seed, n);
    std::vector<detail::Operation> operations = batch->operations();
    return {std::move(batch), std::move(operations)};
  }

  // Reads all records; false: an allocation failed.
  static bool read(detail::Engine& engine) {
    const auto view = engine.view();
    if (!view) return false;
    const auto cursor = (*view)->scan("/", {});
    if (!cursor) return false;
    for (;;) {
      const auto more = (*cursor)->next();
      if (!more) return false;
      if (!*more) return true;
    }
  }

  // An engine opened and written to; false: an allocation failed on the way.
  static bool part(const LmdbOptions& where, std::uint64_t from, std::uint64_t to, Told& told,
                   std::string& wrong) {
    auto engine = open_lmdb_engine(where);
    if (!engine) {
      ++told.failures;
      if (engine.error() != Errc::no_memory) wrong = "open: " + engine.error().message();
      return false;
    }
    for (std::uint64_t n = from; n <= to; ++n) {
      const auto [batch, operations] = prepare(n);
      told.issued = n;
      const auto done = (*engine)->commit(operations, n % 3 == 0 ? Flush::full : Flush::process);
      if (!done) {
        ++told.failures;
        if (done.error() != Errc::no_memory) wrong = "commit: " + done.error().message();
        return false;
      }
      told.acked = n;
      if (n % 8 != 0) continue;
      if (const auto flushed = (*engine)->flush(); !flushed) {
        wrong = "flush: " + flushed.error().message();
        return false;
      }
      if (!read(**engine)) ++told.failures;
      static_cast<void>((*engine)->stats());
    }
    return true;
  }

  // In the child. An allocation that fails ends a part; the next one goes on where that stopped, as a
  // host would. A failure in the first and the rest well, or the other way round.
  static std::string live(const LmdbOptions& where, std::uint64_t fail_at, Told& told) {
    std::string wrong;
    arm_allocations(fail_at);
    for (std::uint64_t round = 0; round < 4 && wrong.empty(); ++round) {
      const std::uint64_t done = told.acked;
      if (done >= batches) break;
      try {
        part(where, done + 1, round == 0 ? batches / 2 : batches, told, wrong);
      } catch (const std::bad_alloc&) {  // The engine's, or ours.
        ++told.failures;
      }
    }
    told.allocations = disarm_allocations();
    if (wrong.empty() && told.acked != batches) wrong = "it did not go on after the failure";
    if (wrong.empty() && leaks() != 0) wrong = "memory leaked";
    return wrong;
  }

  std::string run_once(std::uint64_t fail_at, Told& told, std::size_t process) {
    const std::filesystem::path here = directory_ / std::to_string(process);
    std::filesystem::remove_all(here);
    std::filesystem::create_directory(here);
    std::string wrong =
        run_apart([&] { return live(options(here), fail_at, told); }, life_seconds_max);
    if (!wrong.empty()) return wrong;
    const auto engine = open_lmdb_engine(options(here));
    if (!engine) return "the store does not open: " + engine.error().message();
    std::uint64_t found = 0;
    return Workload(seed).check(**engine, told.acked, told.issued, found);
  }

  const TempDir directory_ = TempDir::in_memory();
};

TEST_P(AllocationFaults, LoseNothingWhicheverAllocationFails) {
  std::uint64_t allocations = 0;
  {
    const SharedValue<Told> told;
    ASSERT_EQ(run_once(0, *told, 0), "");
    ASSERT_EQ(told->failures, 0U);
    allocations = told->allocations;
  }
  ASSERT_GT(allocations, 100U);
  const std::size_t step = std::max<std::size_t>(1, 100 / std::min<std::size_t>(100, scaled(100)));
  const SharedValue<std::atomic<std::uint64_t>> failures;
  const std::size_t runs = (allocations + step - 1) / step;
  const std::string wrong = run_side_by_side(runs, [&](std::size_t n, std::size_t process) {
    const SharedValue<Told> told;
    std::string found = run_once(1 + n * step, *told, process);
    *failures += told->failures > 0;
    if (!found.empty()) found = "allocation " + std::to_string(1 + n * step) + ": " + found + "\n";
    return found;
  });
  std::printf("%llu allocations, %zu runs; told in %llu, the others were made up for\n",
              static_cast<unsigned long long>(allocations), runs,
              static_cast<unsigned long long>(failures->load()));
  EXPECT_EQ(wrong, "");
  EXPECT_GT(failures->load(), 0U);
}

TEST_P(AllocationFaults, ControlAnAcknowledgementTooManyIsCaught) {
  const SharedValue<Told> told;
  ASSERT_EQ(run_once(0, *told, 0), "");
  std::uint64_t found = 0;
  const auto engine = open_lmdb_engine(options(directory_ / "0"));
  EXPECT_NE(Workload(seed).check(**engine, batches + 1, batches + 1, found), "");
}

INSTANTIATE_TEST_SUITE_P(Modes, AllocationFaults,
                         testing::Values(StoreMode::direct, StoreMode::journal),
                         [](const auto& mode) {
                           return mode.param == StoreMode::direct ? "Direct" : "Journal";
                         });

}  // namespace
}  // namespace stet::test::allocation_faults_test
