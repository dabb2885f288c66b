// tests/runtime/watchdog_test.cpp
// Goal    A handler over the limit is reported once, by type and message, whichever workers are
//         busy; others never; not more often than asked for.
// Method  Handlers that block until they have been reported.
#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>

#include "runtime/samples.hpp"

namespace stet::test::watchdog_test {

class Reports {
 public:
  [[nodiscard]] SystemOptions watched(unsigned workers, std::chrono::nanoseconds limit,
                                      std::chrono::nanoseconds interval = 0ns) {
    SystemOptions options = with_workers(workers);
    options.watchdog.limit = limit;
    options.watchdog.report_interval = interval;
    options.watchdog.report = [this](const WatchReport& report) {
      const std::lock_guard lock(mutex_);
      reports_.push_back(report);
    };
    return options;
  }
  [[nodiscard]] std::vector<WatchReport> all() {
    const std::lock_guard lock(mutex_);
    return reports_;
  }

 private:
  std::mutex mutex_;
  std::vector<WatchReport> reports_;
};

struct Stall {
  const std::atomic<bool>* until;
};
class Staller : public Actor<Staller> {
 public:
  void handle(Stall message) {
    while (!*message.until) std::this_thread::sleep_for(1ms);
  }
};

TEST(Watchdog, NamesActorAndMessageWhileOthersAreParked) {
  Reports reports;
  std::atomic<bool> go{false};
  System system(reports.watched(3, 20ms));
  const auto staller = system.spawn<Staller>();
  staller.send<Stall>(&go);
  EXPECT_TRUE(eventually([&] { return !reports.all().empty(); }));
  std::this_thread::sleep_for(60ms);
  go = true;
  const auto all = reports.all();
  ASSERT_EQ(all.size(), 1U) << "once a turn";
  EXPECT_NE(all[0].actor_type.find("Staller"), std::string_view::npos) << all[0].actor_type;
  EXPECT_NE(all[0].message.find("Stall"), std::string_view::npos) << all[0].message;
  EXPECT_GE(all[0].running, 20ms);
  EXPECT_LT(all[0].worker, 3U);
  EXPECT_EQ(all[0].left_out, 0U);
}

TEST(Watchdog, ReportsAlsoWhenAllWorkersAreStuck) {
  for (const unsigned workers : {1U, 2U}) {
    Reports reports;
    std::atomic<bool> go{false};
    System system(reports.watched(workers, 20ms));
    std::vector<Address<Staller>> stallers;
    for (unsigned i = 0; i < workers; ++i) {
      stallers.push_back(system.spawn<Staller>());
      stallers.back().send<Stall>(&go);
    }
    EXPECT_TRUE(eventually([&] { return reports.all().size() == workers; })) << workers;
    go = true;
  }
}

TEST(Watchdog, ReportsEachTurnThatIsOverTheLimit) {
  Reports reports;
  System system(reports.watched(2, 10ms));
  const auto staller = system.spawn<Staller>();
  for (std::size_t i = 1; i <= 3; ++i) {
    std::atomic<bool> go{false};
    staller.send<Stall>(&go);
    EXPECT_TRUE(eventually([&] { return reports.all().size() == i; }));
    go = true;
    ASSERT_TRUE(eventually([&] { return system.is_quiet(); }));
  }
}

TEST(Watchdog, LeavesOutWhatIsTooMuch) {
  Reports reports;
  System system(reports.watched(1, 5ms, 1s));
  const auto staller = system.spawn<Staller>();
  std::atomic<bool> first{false};
  staller.send<Stall>(&first);
  ASSERT_TRUE(eventually([&] { return reports.all().size() == 1; }));
  first = true;
  // Over the limit, and too soon after the first report.
  std::atomic<bool> second{false};
  staller.send<Stall>(&second);
  std::this_thread::sleep_for(300ms);
  second = true;
  EXPECT_EQ(reports.all().size(), 1U);
  std::this_thread::sleep_for(1s);
  std::atomic<bool> third{false};
  staller.send<Stall>(&third);
  ASSERT_TRUE(eventually([&] { return reports.all().size() == 2; }));
  third = true;
  EXPECT_EQ(reports.all()[1].left_out, 1U);
}

TEST(Watchdog, IsSilentWhileManyShortTurnsRun) {
  Reports reports;
  {
    System system(reports.watched(2, 2s));
    std::vector<Address<Counter>> counters;
    for (int i = 0; i < 50; ++i) counters.push_back(system.spawn<Counter>());
    for (int k = 0; k < 2000; ++k) {
      for (const auto& counter : counters) counter.send<Add>(1);
    }
    for (const auto& counter : counters) {
      EXPECT_EQ(counter.ask<Read>().get(patience).value(), 2000);
    }
  }
  EXPECT_TRUE(reports.all().empty());
}

TEST(Watchdog, SpeaksThroughTheLogIfNobodyListens) {
  std::mutex mutex;
  std::string said;
  std::atomic<bool> go{false};
  SystemOptions options = with_workers(1);
  options.watchdog.limit = 10ms;
  options.log = [&](LogLevel level, std::string_view component, std::string_view text) {
    const std::lock_guard lock(mutex);
    if (level == LogLevel::warning && component == "watchdog") said = text;
  };
  System system(options);
  const auto staller = system.spawn<Staller>();
  staller.send<Stall>(&go);
  EXPECT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex);
    return !said.empty();
  }));
  go = true;
  const std::lock_guard lock(mutex);
  EXPECT_NE(said.find("Staller handles"), std::string::npos) << said;
}

}  // namespace stet::test::watchdog_test
