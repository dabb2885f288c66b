// tests/faults/call_faults_test.cpp
// Goal    Whichever system call of a store fails, once or for ever: the process lives, errors are
//         values, the health is told, and what was acknowledged is there after reopening.
// Method  The calls of one scenario are counted. Then it runs once for each call, error and duration,
//         in a child of its own; the parent reopens without faults and compares. In journal mode two
//         threads call, so the nth call is not always the same one.
// Control A scenario that claims one acknowledgement too many must be caught.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "call_faults.hpp"
#include "scenario.hpp"
#include "support/scale.hpp"
#include "support/temp_dir.hpp"

namespace stet::test::call_faults_test {
namespace {

// A thousand times what a scenario takes.
constexpr unsigned scenario_seconds_max = 30;
constexpr std::uint32_t for_ever = 1'000'000;
// A signal that comes again and again ends too.
constexpr std::uint32_t interruptions = 100;

struct Error {
  const char* name;
  int value;
};
constexpr Error errors[] = {{"EIO", EIO},
                            {"ENOSPC", ENOSPC},
                            {"EDQUOT", EDQUOT},
                            {"EINTR", EINTR},
                            {"short", short_transfer}};

class CallFaults : public testing::TestWithParam<StoreMode> {
 protected:
  // What is wrong after one scenario with that plan.
  std::string run_once(CallPlan& plan, Ledger& ledger, std::size_t process = 0, bool lies = false) {
    const std::filesystem::path here = directory_ / std::to_string(process);
    std::filesystem::remove_all(here);
    std::filesystem::create_directory(here);
    const std::chrono::milliseconds patience(plan.fail_at == 0 ? 10'000 : 15);
    Scenario scenario(here, GetParam(), patience, ledger, policy_);
    std::strcpy(plan.directory, here.c_str());
    std::string wrong = run_apart(
        [&] {
          arm_calls(&plan);
          std::string found = scenario.run();
          arm_calls(nullptr);
          return found;
        },
        scenario_seconds_max);
    if (lies) ledger.keys[1].acked = ++ledger.keys[1].issued;
    if (!wrong.empty()) return wrong;
    return scenario.judge();
  }

  const TempDir directory_ = TempDir::in_memory();
  FailurePolicy policy_ = FailurePolicy::stop;
};

TEST_P(CallFaults, LoseNothingWhicheverCallFails) {
  std::uint32_t calls = 0;
  {
    const SharedValue<CallPlan> plan;
    const SharedValue<Ledger> ledger;
    ASSERT_EQ(run_once(*plan, *ledger), "");
    ASSERT_EQ(ledger->refused + ledger->failures, 0U) << "without a fault nothing may fail";
    ASSERT_TRUE(ledger->is_copied);
    calls = plan->calls;
    std::printf("%u calls:", calls);
    for (std::size_t kind = 0; kind < call_kinds; ++kind) {
      std::printf(" %u %s", plan->calls_by_kind[kind].load(), call_kind_names[kind].data());
    }
    std::printf("\n");
  }
  ASSERT_GT(calls, 100U);
  // Every call; under a sanitizer one in ten.
  const auto step = static_cast<std::uint32_t>(
      std::max<std::size_t>(1, 100 / std::min<std::size_t>(100, scaled(100))));
  struct Run {
    Error error;
    bool once;
    std::uint32_t call;
  };
  std::vector<Run> runs;
  for (const Error& error : errors) {
    for (const bool once : {true, false}) {
      const auto first = 1 + static_cast<std::uint32_t>(runs.size()) % step;
      for (std::uint32_t call = first; call <= calls; call += step) {
        runs.push_back({error, once, call});
      }
    }
  }
  struct Counts {
    std::atomic<std::size_t> hit{0};
    std::atomic<std::size_t> refused{0};
    std::atomic<std::size_t> failed{0};
  };
  const SharedValue<Counts> counts;
  const std::string wrong = run_side_by_side(runs.size(), [&](std::size_t n, std::size_t process) {
    const auto& [error, once, call] = runs[n];
    const SharedValue<CallPlan> plan;
    const SharedValue<Ledger> ledger;
    plan->fail_at = call;
    plan->error = error.value;
    plan->times_max = once ? 1 : error.value == EINTR ? interruptions : for_ever;
    std::string found = run_once(*plan, *ledger, process);
    counts->hit += plan->failed > 0;
    counts->refused += ledger->refused > 0;
    counts->failed += ledger->failures > 0;
    if (found.empty()) return found;
    return std::string(error.name) + (once ? " once" : " for ever") + " from call " +
           std::to_string(call) + ", a " + std::string(call_kind_names[plan->failed_kind]) + ": " +
           found + "\n";
  });
  std::printf("%zu runs, %zu with a call that failed; writes refused in %zu, others in %zu\n",
              runs.size(), counts->hit.load(), counts->refused.load(), counts->failed.load());
  EXPECT_EQ(wrong, "");
  EXPECT_GT(counts->hit * 10, runs.size() * 9) << "calls were missed";
  EXPECT_GT(counts->refused, 0U);
  EXPECT_GT(counts->failed, 0U);
}

// A call that fails once: the store reopens itself, also where a call of that fails.
TEST_P(CallFaults, LoseNothingWhereTheStoreReopensItself) {
  policy_ = FailurePolicy::reopen;
  const SharedValue<CallPlan> counted;
  const SharedValue<Ledger> whole;
  ASSERT_EQ(run_once(*counted, *whole), "");
  const std::uint32_t calls = counted->calls;
  const auto step = static_cast<std::uint32_t>(
      std::max<std::size_t>(1, 100 / std::min<std::size_t>(100, scaled(100))));
  const SharedValue<std::atomic<std::uint64_t>> epochs;
  // Reopening makes calls of its own, behind those that are counted here.
  const std::string wrong = run_side_by_side(calls / step, [&](std::size_t n, std::size_t process) {
    const SharedValue<CallPlan> plan;
    const SharedValue<Ledger> ledger;
    plan->fail_at = 1 + static_cast<std::uint32_t>(n) * step;
    plan->error = EIO;
    plan->times_max = 1 + static_cast<std::uint32_t>(n % 3);
    std::string found = run_once(*plan, *ledger, process);
    *epochs += ledger->epochs;
    if (found.empty()) return found;
    return "EIO at call " + std::to_string(plan->fail_at) + ": " + found + "\n";
  });
  std::printf("%u calls, reopened %llu times\n", calls,
              static_cast<unsigned long long>(epochs->load()));
  EXPECT_EQ(wrong, "");
  EXPECT_GT(epochs->load(), 0U);
}

TEST_P(CallFaults, ControlAnAcknowledgementTooManyIsCaught) {
  const SharedValue<CallPlan> plan;
  const SharedValue<Ledger> ledger;
  EXPECT_NE(run_once(*plan, *ledger, 0, true).find("acknowledged was"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Modes, CallFaults, testing::Values(StoreMode::direct, StoreMode::journal),
                         [](const auto& mode) {
                           return mode.param == StoreMode::direct ? "Direct" : "Journal";
                         });

}  // namespace
}  // namespace stet::test::call_faults_test
