// tests/runtime/stand_ins_test.cpp
// Goal    While a handler is over the limit a worker stands in for the one it keeps: as many as
//         allowed, no longer than needed; nothing is lost when it goes; want of threads is told and
//         does no harm.
// Method  Handlers that block until the test lets them go; /proc for the threads.
#include "runtime/src/stand_ins.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>

#include <stet/runtime/options.hpp>
#include <stet/runtime/timer.hpp>

#include "runtime/samples.hpp"
#include "runtime/src/core.hpp"
#include "support/no_new_threads.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::stand_ins_test {

constexpr std::chrono::milliseconds limit{10};

SystemOptions watched(unsigned workers, unsigned stand_ins) {
  SystemOptions options = with_workers(workers);
  options.watchdog.limit = limit;
  options.watchdog.report = [](const WatchReport&) {};
  options.watchdog.stand_ins_max = stand_ins;
  return options;
}

std::size_t stand_in_threads() {
  std::size_t count = 0;
  std::error_code gone;  // A thread that ends meanwhile is none.
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task", gone)) {
    std::string name;
    std::getline(std::ifstream(entry.path() / "comm"), name);
    if (name.starts_with("stet-in")) ++count;
  }
  return count;
}

struct Gate {
  std::atomic<int> inside{0};
  std::atomic<bool> open{false};
  [[nodiscard]] Do wait() {
    return {[this](ActorBase&) {
      ++inside;
      while (!open) std::this_thread::sleep_for(1ms);
      --inside;
    }};
  }
};

TEST(StandIns, DoNotComeUnlessAskedFor) {
  Gate gate;
  System system(watched(1, 0));
  std::atomic<bool> served{false};
  const auto stuck = system.spawn<Runner>();
  const auto other = system.spawn<Runner>();
  stuck.send(gate.wait());
  ASSERT_TRUE(eventually([&] { return gate.inside == 1; }));
  other.send<Do>([&](ActorBase&) { served = true; });
  std::this_thread::sleep_for(20 * limit);
  EXPECT_FALSE(served) << "the only worker is in a handler";
  EXPECT_EQ(stand_in_threads(), 0U);
  gate.open = true;
  EXPECT_TRUE(eventually([&] { return served.load(); }));
}

TEST(StandIns, ServeOthersWhileAHandlerDoesNotComeBackAndGoThen) {
  for (const unsigned workers : {1U, 2U}) {
    Gate gate;
    System system(watched(workers, workers));
    const auto counter = system.spawn<Counter>();
    std::vector<Address<Runner>> stuck;
    for (unsigned i = 0; i < workers; ++i) {
      stuck.push_back(system.spawn<Runner>());
      stuck.back().send(gate.wait());
    }
    for (int i = 0; i < 100; ++i) counter.send<Add>(1);
    EXPECT_EQ(counter.ask<Read>().get(patience).value(), 100);
    ASSERT_TRUE(eventually([&] { return gate.inside == static_cast<int>(workers); }));
    EXPECT_EQ(counter.ask<Read>().get(patience).value(), 100) << "with all workers in a handler";
    // A thread gets its name when it is at work already.
    EXPECT_TRUE(eventually([&] { return stand_in_threads() >= 1; }));
    EXPECT_LE(stand_in_threads(), workers);
    EXPECT_FALSE(system.is_quiet());
    gate.open = true;
    EXPECT_TRUE(eventually([&] { return stand_in_threads() == 0 && system.is_quiet(); }));
    EXPECT_EQ(counter.ask<Read>().get(patience).value(), 100);
  }
}

TEST(StandIns, AreAsManyAsAllowedAndReportsCountThem) {
  std::mutex mutex;
  std::vector<unsigned> told;
  SystemOptions options = watched(1, 2);
  options.watchdog.report_interval = 0ns;
  options.watchdog.report = [&](const WatchReport& report) {
    const std::lock_guard lock(mutex);
    told.push_back(report.stand_ins);
  };
  Gate gate;
  System system(options);
  std::vector<Address<Runner>> runners;
  for (int i = 0; i < 5; ++i) {
    runners.push_back(system.spawn<Runner>());
    runners.back().send(gate.wait());
  }
  EXPECT_TRUE(eventually([&] { return gate.inside == 3; }));
  std::this_thread::sleep_for(10 * limit);
  EXPECT_EQ(gate.inside, 3) << "one worker and two that stand in";
  EXPECT_TRUE(eventually([&] { return stand_in_threads() == 2; }));
  gate.open = true;
  EXPECT_TRUE(eventually([&] { return system.is_quiet() && stand_in_threads() == 0; }));
  const std::lock_guard lock(mutex);
  ASSERT_GE(told.size(), 3U);
  EXPECT_EQ(std::vector<unsigned>(told.begin(), told.begin() + 3),
            (std::vector<unsigned>{1, 2, 2}));
}

TEST(StandIns, FireTheTimersOfTheWorkerAndLeaveItTheirs) {
  Gate gate;
  System system(watched(1, 1));
  std::atomic<int> fired{0};
  const Do count{[&](ActorBase&) { ++fired; }};
  const auto runner = system.spawn<Runner>();
  const auto stuck = system.spawn<Runner>();
  stuck.send<Do>([&](ActorBase& self) {
    static_cast<void>(send_after<Do>(runner, 2 * limit, count));
    gate.wait().body(self);
  });
  EXPECT_TRUE(eventually([&] { return fired == 1; })) << "set by the handler that is stuck";
  std::atomic<bool> set{false};
  runner.send<Do>([&](ActorBase&) {
    static_cast<void>(send_after<Do>(runner, 300ms, count));
    set = true;
  });
  ASSERT_TRUE(eventually([&] { return set.load(); }));
  gate.open = true;
  EXPECT_TRUE(eventually([&] { return stand_in_threads() == 0; }));
  EXPECT_TRUE(eventually([&] { return fired == 2; })) << "set by one that has gone";
}

TEST(StandIns, LeaveWhatTheyHaveToOthers) {
  const Seed seed = Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  SystemOptions options = watched(2, 2);
  options.watchdog.limit = 1ms;
  System system(options);
  const auto stuck = system.spawn<Runner>();
  constexpr int count = 20;
  std::vector<Address<Counter>> counters;
  for (int i = 0; i < count; ++i) counters.push_back(system.spawn<Counter>());
  const auto rounds = static_cast<int>(scaled(60));
  std::atomic<int> stalls{0};
  for (int round = 0; round < rounds; ++round) {
    const std::chrono::microseconds length(random() % 8'000);
    stuck.send<Do>([&stalls, length](ActorBase&) {
      std::this_thread::sleep_for(length);
      ++stalls;
    });
    for (int k = 0; k < 50; ++k) {
      for (const auto& counter : counters) counter.send<Add>(1);
    }
  }
  EXPECT_TRUE(eventually([&] { return stalls == rounds; })) << seed;
  for (const auto& counter : counters) {
    EXPECT_EQ(counter.ask<Read>().get(patience).value(), 50 * rounds) << seed;
  }
  EXPECT_TRUE(eventually([&] { return stand_in_threads() == 0 && system.is_quiet(); })) << seed;
}

TEST(StandIns, ThatGetNoThreadAreToldOfAndTriedAgain) {
  std::atomic<int> warnings{0};
  SystemOptions options = watched(1, 1);
  options.watchdog.report_interval = 0ns;
  options.log = [&](LogLevel level, std::string_view component, std::string_view text) {
    if (level == LogLevel::warning && component == "watchdog" &&
        text.find("no thread") != std::string_view::npos) {
      ++warnings;
    }
  };
  Gate gate;
  System system(options);
  const auto stuck = system.spawn<Runner>();
  const auto counter = system.spawn<Counter>();
  {
    const NoNewThreads none;
    stuck.send(gate.wait());
    EXPECT_TRUE(eventually([&] { return warnings >= 2; }));
    EXPECT_EQ(stand_in_threads(), 0U);
  }
  counter.send<Add>(7);
  EXPECT_EQ(counter.ask<Read>().get(patience).value(), 7) << "there are threads again";
  EXPECT_TRUE(eventually([&] { return stand_in_threads() == 1; }));
  gate.open = true;
}

TEST(StandIns, AreAskedForInTheTable) {
  Options options{runtime_options};
  ASSERT_TRUE(options.set("runtime.workers", "1"));
  ASSERT_TRUE(options.set("runtime.watchdog_limit", "10ms"));
  ASSERT_TRUE(options.set("runtime.stand_ins", "1"));
  Gate gate;
  System system(SystemOptions::from(options));
  const auto stuck = system.spawn<Runner>();
  const auto counter = system.spawn<Counter>(3);
  stuck.send(gate.wait());
  ASSERT_TRUE(eventually([&] { return gate.inside == 1; }));
  EXPECT_EQ(counter.ask<Read>().get(patience).value(), 3);
  gate.open = true;
}

TEST(StandIns, EndWithTheirSystem) {
  Gate gate;
  {
    System system(watched(1, 1));
    const auto stuck = system.spawn<Runner>();
    stuck.send(gate.wait());
    ASSERT_TRUE(eventually([&] { return stand_in_threads() == 1; }));
    EXPECT_EQ(system.shutdown(50ms).error(), Errc::timed_out);
    gate.open = true;
  }
  EXPECT_EQ(stand_in_threads(), 0U);
}

TEST(StandIns, AreNoneWithoutALimitOrWorkers) {
  SystemOptions options = with_workers(1);
  options.watchdog.stand_ins_max = 4;
  System without_limit(options);
  EXPECT_EQ(without_limit.core().pool->size(), 1U);
  EXPECT_EQ(without_limit.core().counter_blocks(), 1U);
  options.watchdog.limit = limit;
  options.stepped = true;
  System without_workers(options);
  EXPECT_EQ(without_workers.core().counter_blocks(), 1U);
}

TEST(StandIns, StayBelowTheBoundOfWorkers) {
  SystemOptions options = watched(2, 1'000'000);
  System system(options);
  EXPECT_EQ(system.core().pool->size(), detail::WorkerPool::workers_max);
}

}  // namespace stet::test::stand_ins_test
