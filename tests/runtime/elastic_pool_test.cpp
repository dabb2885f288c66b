// tests/runtime/elastic_pool_test.cpp
// Goal    Handlers that block get threads, up to the bound; nobody else waits for them; threads go
//         again.
// Method  Handlers that block until the test lets them go; /proc for the threads.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <thread>

#include <stet/runtime/options.hpp>

#include "runtime/samples.hpp"
#include "support/no_new_threads.hpp"
#include "support/scale.hpp"

namespace stet::test::elastic_pool_test {

const SpawnOptions elastic{.runs_on = RunsOn::elastic};

SystemOptions at_most(unsigned threads, std::chrono::nanoseconds idle = 10s) {
  SystemOptions options = with_workers(1);
  options.elastic_threads_max = threads;
  options.elastic_idle = idle;
  return options;
}

std::size_t elastic_threads() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/task")) {
    std::string name;
    std::getline(std::ifstream(entry.path() / "comm"), name);
    if (name == "stet-elastic") ++count;
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

TEST(ElasticPool, HasNoThreadWithoutAnActor) {
  System system(at_most(8));
  EXPECT_EQ(elastic_threads(), 0U);
}

TEST(ElasticPool, GivesEachActorThatBlocksAThread) {
  Gate gate;
  System system(at_most(8));
  std::vector<Address<Runner>> runners;
  for (int i = 0; i < 8; ++i) {
    runners.push_back(system.spawn_with<Runner>(elastic));
    runners.back().send(gate.wait());
  }
  EXPECT_TRUE(eventually([&] { return gate.inside == 8; }));
  EXPECT_EQ(elastic_threads(), 8U);
  gate.open = true;
}

TEST(ElasticPool, StaysWithinItsBoundAndServesTheRestInTurn) {
  Gate gate;
  System system(at_most(3));
  std::vector<Address<Runner>> runners;
  for (int i = 0; i < 10; ++i) {
    runners.push_back(system.spawn_with<Runner>(elastic));
    runners.back().send(gate.wait());
  }
  ASSERT_TRUE(eventually([&] { return gate.inside == 3; }));
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(gate.inside, 3);
  EXPECT_EQ(elastic_threads(), 3U);
  EXPECT_FALSE(system.is_quiet());
  gate.open = true;
  EXPECT_TRUE(eventually([&] { return system.is_quiet(); }));
  EXPECT_EQ(gate.inside, 0);
}

TEST(ElasticPool, KeepsNoWorkerWaiting) {
  Gate gate;
  System system(at_most(2));
  const auto runner = system.spawn_with<Runner>(elastic);
  runner.send(gate.wait());
  ASSERT_TRUE(eventually([&] { return gate.inside == 1; }));
  const auto counter = system.spawn<Counter>(4);
  EXPECT_EQ(counter.ask<Read>().get(patience).value(), 4);
  gate.open = true;
}

TEST(ElasticPool, RunsAnActorOneMessageAtATimeInOrder) {
  std::vector<int> seen;
  const auto each = static_cast<int>(scaled(20'000));
  {
    System system(at_most(4));
    const auto recorder = system.spawn_with<Recorder>(elastic, seen);
    const auto other = system.spawn_with<Counter>(elastic);
    for (int i = 0; i < each; ++i) {
      recorder.send<Number>(i);
      other.send<Add>(1);
    }
    EXPECT_EQ(other.ask<Read>().get(patience).value(), each);
    ASSERT_TRUE(system.shutdown(patience));
  }
  ASSERT_EQ(seen.size(), static_cast<std::size_t>(each));
  EXPECT_TRUE(std::is_sorted(seen.begin(), seen.end()));
}

TEST(ElasticPool, EndsThreadsThatAreNotNeededButTheLast) {
  Gate gate;
  System system(at_most(6, 20ms));
  std::vector<Address<Runner>> runners;
  for (int i = 0; i < 6; ++i) {
    runners.push_back(system.spawn_with<Runner>(elastic));
    runners.back().send(gate.wait());
  }
  ASSERT_TRUE(eventually([&] { return gate.inside == 6; }));
  gate.open = true;
  EXPECT_TRUE(eventually([&] { return elastic_threads() == 1; }));
  std::this_thread::sleep_for(60ms);
  EXPECT_EQ(elastic_threads(), 1U);
  // And makes them again.
  gate.open = false;
  for (const auto& runner : runners) runner.send(gate.wait());
  EXPECT_TRUE(eventually([&] { return gate.inside == 6; }));
  gate.open = true;
}

TEST(ElasticPool, TakesBoundAndIdleTimeFromTheTable) {
  Options options{runtime_options};
  ASSERT_TRUE(options.set("runtime.workers", "1"));
  ASSERT_TRUE(options.set("runtime.elastic_threads", "2"));
  ASSERT_TRUE(options.set("runtime.elastic_idle", "60min"));
  Gate gate;
  System system(SystemOptions::from(options));
  std::vector<Address<Runner>> runners;
  for (int i = 0; i < 4; ++i) {
    runners.push_back(system.spawn_with<Runner>(elastic));
    runners.back().send(gate.wait());
  }
  ASSERT_TRUE(eventually([&] { return gate.inside == 2; }));
  EXPECT_EQ(elastic_threads(), 2U);
  ASSERT_TRUE(options.set("runtime.elastic_idle", "1ms"));
  ASSERT_TRUE(system.reconfigure(options)) << "it may change while it runs";
  gate.open = true;
  EXPECT_TRUE(eventually([&] { return elastic_threads() == 1; }));
}

TEST(ElasticPool, WithoutThreadsTheFirstSpawnThrowsAndLaterActorsWait) {
  std::atomic<int> warnings{0};
  SystemOptions options = at_most(64);
  options.log = [&](LogLevel level, std::string_view component, std::string_view) {
    if (level == LogLevel::warning && component == "elastic") ++warnings;
  };
  Gate gate;
  System system(options);
  const auto counter = [&] {
    const NoNewThreads none;
    EXPECT_THROW(static_cast<void>(system.spawn_with<Counter>(elastic)), std::system_error);
    return system.spawn<Counter>();
  }();
  std::vector<Address<Runner>> runners;
  runners.push_back(system.spawn_with<Runner>(elastic));  // Starts one thread, or two.
  {
    const NoNewThreads none;
    for (int i = 0; i < 20; ++i) {
      runners.push_back(system.spawn_with<Runner>(elastic));
      runners.back().send(gate.wait());
      runners.back().send<Do>([&](ActorBase&) { counter.send<Add>(1); });
    }
    EXPECT_TRUE(eventually([&] { return warnings > 0; }));
  }
  gate.open = true;
  EXPECT_TRUE(eventually([&] { return counter.ask<Read>().get(patience).value() == 20; }));
}

TEST(ElasticPool, LosesNothingWhileThreadsComeAndGo) {
  System system(at_most(4, 100us));
  std::vector<Address<Counter>> counters;
  for (int i = 0; i < 8; ++i) counters.push_back(system.spawn_with<Counter>(elastic));
  const auto rounds = static_cast<std::int64_t>(scaled(300));
  std::vector<std::thread> senders;
  for (int t = 0; t < 2; ++t) {
    senders.emplace_back([&] {
      for (std::int64_t i = 0; i < rounds; ++i) {
        for (const auto& counter : counters) counter.send<Add>(1);
        if (i % 4 == 0) std::this_thread::sleep_for(300us);
      }
    });
  }
  for (std::thread& sender : senders) sender.join();
  for (const auto& counter : counters) {
    EXPECT_EQ(counter.ask<Read>().get(patience).value(), 2 * rounds);
  }
  ASSERT_TRUE(eventually([&] { return system.is_quiet(); }));
  EXPECT_EQ(system.counters().messages, static_cast<std::uint64_t>(16 * rounds + 8));
}

TEST(ElasticPool, GivesAWaitingActorToAThreadThatSleeps) {
  // Two at once, again and again: each must find a thread although one was just about to sleep.
  System system(at_most(2));
  const auto one = system.spawn_with<Runner>(elastic);
  const auto two = system.spawn_with<Runner>(elastic);
  for (std::size_t i = 0; i < scaled(500); ++i) {
    std::atomic<int> inside{0};
    std::atomic<int> met{0};
    const Do meet{[&](ActorBase&) {
      ++inside;
      while (inside < 2) std::this_thread::yield();
      ++met;
    }};
    one.send(Do(meet));
    two.send(Do(meet));
    ASSERT_TRUE(eventually([&] { return met == 2; })) << i;
  }
}

TEST(ElasticPool, CannotBeAskedToWake) {
  System system(at_most(1));
  const auto runner = system.spawn_with<Runner>(elastic);
  std::atomic<int> answer{-1};
  runner.send<Do>(
      [&](ActorBase& self) { answer = static_cast<Runner&>(self).wake_at(1s) ? 1 : 0; });
  EXPECT_TRUE(eventually([&] { return answer == 0; }));
}

TEST(ElasticPool, StopsWithItsSystem) {
  for (int i = 0; i < 20; ++i) {
    Address<Counter> kept;
    {
      System system(at_most(3));
      for (int k = 0; k < 5; ++k) {
        kept = system.spawn_with<Counter>(elastic);
        kept.send<Add>(1);
      }
    }
    ASSERT_TRUE(eventually([&] { return elastic_threads() == 0; }));
    EXPECT_FALSE(kept.is_alive());
  }
}

TEST(ElasticPool, EndsAnActorThatComesAfterTheShutdown) {
  System system(at_most(2));
  ASSERT_TRUE(system.shutdown(patience));
  const auto late = system.spawn_with<Counter>(elastic);
  EXPECT_TRUE(eventually([&] { return !late.is_alive(); }));
}

TEST(ElasticPool, IsSteppedLikeAnyOther) {
  System system(stepped());
  const auto counter = system.spawn_with<Counter>(elastic, 3);
  EXPECT_EQ(counter.ask<Read>().get(1s).value(), 3);
}

TEST(ElasticPool, WorksBesideAHostsLoop) {
  SystemOptions options = at_most(2);
  options.host_loop = true;
  System system(options);
  const auto counter = system.spawn_with<Counter>(elastic, 3);
  EXPECT_EQ(counter.ask<Read>().get(patience).value(), 3);
}

}  // namespace stet::test::elastic_pool_test
