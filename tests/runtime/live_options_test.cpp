// tests/runtime/live_options_test.cpp
// Goal    Each knob of the runtime's table does what it says, also when turned in a running system.
// Method  One worker, and its counters: how often it picked up an actor, how often it slept.
//         Figures are bounds that no slow machine can break.
#include "runtime/src/live_options.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stet/runtime/options.hpp>

#include "runtime/samples.hpp"
#include "runtime/src/core.hpp"

namespace stet::test::live_options_test {

using Settings = std::vector<std::pair<std::string_view, std::string_view>>;

Options one_worker(const Settings& settings = {}) {
  Options options{runtime_options};
  EXPECT_TRUE(options.set("runtime.workers", "1"));
  EXPECT_TRUE(options.set("runtime.shutdown_timeout", "60s"));
  for (const auto& [key, text] : settings) EXPECT_TRUE(options.set(key, text)) << key;
  return options;
}

// Made with the table's values, or made with the defaults and told later: the same must come out.
class Knobs : public ::testing::TestWithParam<bool> {
 protected:
  std::unique_ptr<System> make(const Settings& settings) {
    const Options wanted = one_worker(settings);
    if (!GetParam()) return std::make_unique<System>(SystemOptions::from(wanted));
    auto system = std::make_unique<System>(SystemOptions::from(one_worker()));
    const Result<void> done = system->reconfigure(wanted);
    EXPECT_TRUE(done) << done.error().message();
    return system;
  }

  // How often a worker picked up one actor that had `count` messages, each running `body`.
  static std::uint64_t visits(System& system, int count, const std::function<void()>& body,
                              RunsOn where = RunsOn::pool) {
    std::atomic<bool> go{false};
    std::atomic<int> left{count};
    const auto runner = system.spawn_with<Runner>({.runs_on = where});
    std::atomic<bool> inside{false};
    runner.send<Do>([&](ActorBase&) {
      inside = true;
      while (!go) std::this_thread::sleep_for(100us);
    });
    EXPECT_TRUE(eventually([&] { return inside.load(); }));
    for (int i = 0; i < count; ++i) {
      runner.send<Do>([&](ActorBase&) {
        body();
        --left;
      });
    }
    const std::uint64_t before = system.counters().visits;
    go = true;
    EXPECT_TRUE(eventually([&] { return left == 0 && system.is_quiet(); }));
    return system.counters().visits - before - 1;  // The first ends behind its one message.
  }
};

TEST_P(Knobs, TurnMessagesBoundsWhatOneVisitHandles) {
  const auto few = make({{"runtime.turn_messages", "10"}});
  EXPECT_EQ(visits(*few, 200, [] {}), 20U);
  const auto many = make({{"runtime.turn_messages", "1000"}});
  EXPECT_EQ(visits(*many, 200, [] {}), 1U);
}

TEST_P(Knobs, TurnMessagesHoldsOnAThreadOfItsOwnToo) {
  const auto system = make({{"runtime.turn_messages", "10"}});
  EXPECT_EQ(visits(
                *system, 200, [] {}, RunsOn::own_thread),
            20U);
}

TEST_P(Knobs, TurnTimeEndsAVisitOfLongMessages) {
  const auto slow = [] { std::this_thread::sleep_for(1ms); };
  const auto limited = make({{"runtime.turn_messages", "1000"}, {"runtime.turn_time", "1ms"}});
  EXPECT_EQ(visits(*limited, 80, slow), 10U) << "looked at every eighth message";
  const auto unlimited = make({{"runtime.turn_messages", "1000"}});
  EXPECT_EQ(visits(*unlimited, 80, slow), 1U);
}

// Hands itself to its peer through the worker's slot, until somebody in the queue had a turn.
struct Pass {};
class Player : public Actor<Player> {
 public:
  Player(std::atomic<bool>& stop, std::atomic<std::uint64_t>& passes)
      : stop_(stop), passes_(passes) {}
  void handle(Address<Player> peer) { peer_ = std::move(peer); }
  void handle(Pass) {
    if (stop_) return;
    ++passes_;
    peer_.send<Pass>();
  }

 private:
  std::atomic<bool>& stop_;
  std::atomic<std::uint64_t>& passes_;
  Address<Player> peer_;
};

TEST_P(Knobs, SlotRunsBoundsHowLongADialogueKeepsOthersWaiting) {
  for (const std::uint64_t slot_runs : {1U, 5U, 40U}) {
    const auto system = make({{"runtime.slot_runs", std::to_string(slot_runs)}});
    std::atomic<bool> served{false};
    std::atomic<std::uint64_t> passes{0};
    const auto first = system->spawn<Player>(served, passes);
    const auto second = system->spawn<Player>(served, passes);
    first.send<Address<Player>>(second);
    second.send<Address<Player>>(first);
    const auto waiting = system->spawn<Runner>();
    ASSERT_TRUE(eventually([&] { return system->is_quiet(); }));
    system->spawn<Runner>().send<Do>([&](ActorBase&) {
      first.send<Pass>();                                    // Into the slot.
      waiting.send<Do>([&](ActorBase&) { served = true; });  // Behind it, into the queue.
    });
    ASSERT_TRUE(eventually([&] { return served.load(); }));
    EXPECT_LE(passes.load(), slot_runs);
    EXPECT_GE(passes.load() + 1, slot_runs) << "the slot comes first";
  }
}

// The shortest time in which an idle worker went to sleep again after one message.
std::chrono::nanoseconds until_parked(System& system) {
  const auto counter = system.spawn<Counter>();
  auto shortest = std::chrono::nanoseconds::max();
  for (int round = 0; round < 20; ++round) {
    EXPECT_TRUE(eventually([&] { return system.is_quiet(); }));
    const std::uint64_t parks = system.counters().parks;
    const auto began = std::chrono::steady_clock::now();
    EXPECT_TRUE(counter.ask<Read>().get(patience));
    while (system.counters().parks == parks) std::this_thread::yield();
    shortest = std::min(shortest, std::chrono::steady_clock::now() - began);
  }
  return shortest;
}

TEST_P(Knobs, IdleSpinIsHowLongAWorkerLooksBeforeItSleeps) {
  const auto spinning = make({{"runtime.idle_strategy", "spin"}, {"runtime.idle_spin", "10ms"}});
  EXPECT_GE(until_parked(*spinning), 10ms);
}

TEST_P(Knobs, IdleStrategyParkSleepsAtOnceWhateverIdleSpinSays) {
  const auto parking = make({{"runtime.idle_strategy", "park"}, {"runtime.idle_spin", "10ms"}});
  EXPECT_LT(until_parked(*parking), 10ms);
}

TEST_P(Knobs, ShutdownTimeoutIsHowLongTheDestructorWaitsBeforeItStopsWhatNeverRests) {
  const auto lifetime = [&](std::string_view timeout) {
    auto system = make({{"runtime.shutdown_timeout", timeout}});
    std::atomic<bool> never{false};
    std::atomic<std::uint64_t> passes{0};
    const auto first = system->spawn<Player>(never, passes);
    first.send<Address<Player>>(first);
    first.send<Pass>();
    const auto began = std::chrono::steady_clock::now();
    system.reset();
    return std::chrono::steady_clock::now() - began;
  };
  EXPECT_GE(lifetime("400ms"), 300ms) << "three quarters are for the mail that is there";
  EXPECT_LT(lifetime("10ms"), 20s) << "and not three quarters of the 60s it had before";
}

INSTANTIATE_TEST_SUITE_P(LiveOptions, Knobs, ::testing::Bool(),
                         [](const ::testing::TestParamInfo<bool>& reconfigured) {
                           return reconfigured.param ? "Reconfigured" : "FromTheStart";
                         });

TEST(LiveOptions, WorkersIsHowManyThreadsThereAre) {
  Options options = one_worker();
  ASSERT_TRUE(options.set("runtime.workers", "3"));
  EXPECT_EQ(System(SystemOptions::from(options)).workers(), 3U);
}

TEST(LiveOptions, SeedChoosesTheOrderOfASteppedSystem) {
  const auto order = [](std::string_view seed) {
    SystemOptions options = SystemOptions::from(one_worker({{"runtime.seed", seed}}));
    options.stepped = true;
    System system(options);
    std::vector<int> out;
    for (int i = 0; i < 20; ++i) system.spawn<Recorder>(out).send<Number>(i);
    system.run_until_idle();
    return out;
  };
  EXPECT_EQ(order("7"), order("7"));
  EXPECT_NE(order("7"), order("8"));
}

TEST(LiveOptions, AProfileTurnsSeveralKnobsAtOnce) {
  Options options{runtime_options};
  ASSERT_TRUE(options.set("runtime.profile", "test"));
  const SystemOptions system = SystemOptions::from(options);
  EXPECT_EQ(system.workers, 2U);
  EXPECT_EQ(system.turn_messages, 4U);
  EXPECT_EQ(system.slot_runs, 1U);
  EXPECT_EQ(system.idle_strategy, IdleStrategy::park);
  EXPECT_EQ(system.shutdown_timeout, 60s);
}

TEST(LiveOptions, TheTablesDefaultsAreTheStructsDefaults) {
  const SystemOptions table = SystemOptions::from(Options{runtime_options});
  const SystemOptions plain;
  EXPECT_EQ(table.workers, plain.workers);
  EXPECT_EQ(table.turn_messages, plain.turn_messages);
  EXPECT_EQ(table.turn_time, plain.turn_time);
  EXPECT_EQ(table.slot_runs, plain.slot_runs);
  EXPECT_EQ(table.idle_strategy, plain.idle_strategy);
  EXPECT_EQ(table.idle_spin, plain.idle_spin);
  EXPECT_EQ(table.seed, plain.seed);
  EXPECT_EQ(table.shutdown_timeout, plain.shutdown_timeout);
  EXPECT_EQ(table.elastic_threads_max, plain.elastic_threads_max);
  EXPECT_EQ(table.elastic_idle, plain.elastic_idle);
  EXPECT_EQ(table.watchdog.limit, plain.watchdog.limit);
  EXPECT_EQ(table.watchdog.report_interval, plain.watchdog.report_interval);
  EXPECT_EQ(table.watchdog.stand_ins_max, plain.watchdog.stand_ins_max);
}

// Some value that is not the default.
std::string other_value(const OptionInfo& info) {
  for (std::uint64_t number = info.min + 1; number <= info.max && number < info.min + 100;
       ++number) {
    std::string text = std::to_string(number);
    if (info.type == OptionType::duration) text += "ns";
    if (info.type == OptionType::size) text += "B";
    if (text != info.default_text) return text;
  }
  const std::string_view choices = info.choices;
  const std::string_view first = choices.substr(0, choices.find('|'));
  return std::string(first != info.default_text ? first : choices.substr(choices.rfind('|') + 1));
}

TEST(LiveOptions, TheTableTellsWhichValuesMayChange) {
  System system(SystemOptions::from(one_worker()));
  for (const OptionInfo& info : runtime_options) {
    if (info.key == Options::profile_key) continue;  // Its values speak for themselves.
    Options options = one_worker();
    ASSERT_TRUE(options.set(info.key, info.key == "runtime.workers" ? "3" : other_value(info)))
        << info.key;
    const Result<void> done = system.reconfigure(options);
    EXPECT_EQ(done.has_value(), info.live) << info.key;
    if (done) continue;
    EXPECT_EQ(done.error(), Errc::invalid_argument);
    EXPECT_NE(done.error().text.find(info.key), std::string::npos) << done.error().text;
  }
}

TEST(LiveOptions, ARefusedReconfigurationNamesAllReasonsAndChangesNothing) {
  System system(SystemOptions::from(one_worker()));
  const Result<void> done = system.reconfigure(one_worker({{"runtime.workers", "2"},
                                                           {"runtime.seed", "9"},
                                                           {"runtime.turn_messages", "1"},
                                                           {"runtime.watchdog_limit", "9ms"}}));
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().text,
            "cannot change in a running system: runtime.workers (running: 1, asked for: 2), "
            "runtime.seed (running: 0, asked for: 9), "
            "runtime.watchdog_limit (running: 0ns, asked for: 9ms)");
  EXPECT_EQ(system.core().live.visit_limits().messages_max, 64U);
}

TEST(LiveOptions, ZeroWorkersAndTheirNumberAreTheSame) {
  Options options{runtime_options};
  System system(SystemOptions::from(options));
  EXPECT_TRUE(system.reconfigure(options));
  ASSERT_TRUE(options.set("runtime.workers", std::to_string(system.workers())));
  EXPECT_TRUE(system.reconfigure(options));
}

TEST(LiveOptions, AreReadWhileTheyChange) {
  System system(SystemOptions::from(one_worker()));
  std::atomic<bool> stop{false};
  std::atomic<std::uint64_t> passes{0};
  const auto first = system.spawn<Player>(stop, passes);
  const auto second = system.spawn<Player>(stop, passes);
  first.send<Address<Player>>(second);
  second.send<Address<Player>>(first);
  first.send<Pass>();
  for (int round = 1; round <= 200; ++round) {
    ASSERT_TRUE(system.reconfigure(one_worker({{"runtime.turn_messages", std::to_string(round)},
                                               {"runtime.slot_runs", std::to_string(round)}})));
  }
  EXPECT_EQ(system.core().live.slot_runs(), 200U);
  const std::uint64_t before = passes;
  EXPECT_TRUE(eventually([&] { return passes > before; }));
  stop = true;
}

}  // namespace stet::test::live_options_test
