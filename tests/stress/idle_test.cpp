// tests/stress/idle_test.cpp
// Goal    Idle costs nothing: no wake-up and no CPU time on any thread of ours while no turn runs.
// Method  /proc's counts of every stet thread, before and after some seconds of rest. Not under a
//         sanitizer's own threads: only threads named stet-* are looked at.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "runtime/samples.hpp"
#include "support/scale.hpp"

namespace stet::test::idle_test {

struct Cost {
  std::uint64_t voluntary_switches = 0;
  std::uint64_t cpu_ticks = 0;
  friend bool operator==(const Cost&, const Cost&) = default;
};
std::ostream& operator<<(std::ostream& out, const Cost& cost) {
  return out << cost.voluntary_switches << " switches, " << cost.cpu_ticks << " ticks";
}

std::map<std::string, Cost> costs_of_stet_threads() {
  std::map<std::string, Cost> costs;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::ifstream(task.path() / "comm") >> name;
    if (name.compare(0, 5, "stet-") != 0) continue;
    Cost& cost = costs[name + " " + task.path().filename().string()];
    std::ifstream status(task.path() / "status");
    for (std::string key; status >> key;) {
      if (key == "voluntary_ctxt_switches:") status >> cost.voluntary_switches;
    }
    std::ifstream stat(task.path() / "stat");
    std::string text((std::istreambuf_iterator<char>(stat)), {});
    // After the name in brackets: state and ten numbers, then utime and stime.
    std::istringstream fields(text.substr(text.rfind(')') + 2));
    std::string skipped;
    for (int i = 0; i < 11; ++i) fields >> skipped;
    std::uint64_t user = 0;
    std::uint64_t kernel = 0;
    fields >> user >> kernel;
    cost.cpu_ticks = user + kernel;
  }
  return costs;
}

// What all threads cost when none of them has done anything for a while: a last sentinel looks once
// more within 10 ms, and on a busy machine threads wait for a CPU before they come to rest.
std::map<std::string, Cost> costs_at_rest() {
  auto costs = costs_of_stet_threads();
  for (int looks = 0; looks < 100; ++looks) {
    std::this_thread::sleep_for(500ms);
    auto now = costs_of_stet_threads();
    if (now == costs) break;
    costs = std::move(now);
  }
  return costs;
}

TEST(Idle, CostsNoWakeUpAndNoTime) {
  System system(with_workers(4));
  const auto own = system.spawn_with<Counter>({.runs_on = RunsOn::own_thread});
  std::vector<Address<Counter>> counters;
  for (int i = 0; i < 100; ++i) {
    counters.push_back(system.spawn<Counter>());
    counters.back().send<Add>(1);
  }
  own.send<Add>(1);
  ASSERT_TRUE(eventually([&] { return system.is_quiet(); }));
  const auto before = costs_at_rest();
  ASSERT_EQ(before.size(), 5U);
  std::this_thread::sleep_for(std::max<std::chrono::milliseconds>(
      2s, std::chrono::milliseconds(std::min<std::size_t>(scaled(5000), 60'000))));
  EXPECT_EQ(costs_of_stet_threads(), before);
  EXPECT_EQ(counters.front().ask<Read>().get(patience).value(), 1) << "and it still works";
}

TEST(Idle, CostsNothingWithElasticThreadsAndAWatchdogEither) {
  SystemOptions options = with_workers(2);
  options.elastic_idle = 1h;
  options.watchdog.limit = 10ms;
  System system(options);
  std::vector<Address<Counter>> counters;
  for (int i = 0; i < 100; ++i) {
    counters.push_back(
        system.spawn_with<Counter>({.runs_on = i % 2 == 0 ? RunsOn::elastic : RunsOn::pool}));
    for (int k = 0; k < 100; ++k) counters.back().send<Add>(1);
  }
  for (const auto& counter : counters) {
    ASSERT_EQ(counter.ask<Read>().get(patience).value(), 100);
  }
  ASSERT_TRUE(eventually([&] { return system.is_quiet(); }));
  const auto before = costs_at_rest();
  ASSERT_GE(before.size(), 4U);
  std::this_thread::sleep_for(std::max<std::chrono::milliseconds>(
      2s, std::chrono::milliseconds(std::min<std::size_t>(scaled(5000), 60'000))));
  EXPECT_EQ(costs_of_stet_threads(), before);
}

}  // namespace stet::test::idle_test
