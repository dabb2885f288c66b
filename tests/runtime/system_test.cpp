// tests/runtime/system_test.cpp
// Goal    A system drains, ends by its deadline and names what hangs; many live side by side.
// Method  Real workers; handlers that wait for the test.
#include <gtest/gtest.h>
#include <pthread.h>
#include <signal.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "runtime/samples.hpp"
#include "support/scale.hpp"

namespace stet::test::system_test {

struct Hop {
  int left;
};
class Hopper : public Actor<Hopper> {
 public:
  explicit Hopper(std::atomic<int>& hops) : hops_(hops) {}
  void handle(Hop message) {
    ++hops_;
    if (message.left > 0) self().send<Hop>(message.left - 1);
  }

 private:
  std::atomic<int>& hops_;
};

TEST(System, DrainsBeforeItEnds) {
  std::atomic<int> hops{0};
  {
    System system(with_workers(2));
    for (int i = 0; i < 10; ++i) system.spawn<Hopper>(hops).send<Hop>(99);
    const Result<void> ended = system.shutdown(patience);
    EXPECT_TRUE(ended) << ended.error().message();
    EXPECT_EQ(hops, 1000);
    EXPECT_EQ(system.counters().actors_alive, 0U);
    EXPECT_TRUE(system.shutdown(patience));
  }
  EXPECT_EQ(hops, 1000);
}

TEST(System, DestructorDrainsToo) {
  std::atomic<int> hops{0};
  {
    System system(with_workers(2));
    for (int i = 0; i < 10; ++i) system.spawn<Hopper>(hops).send<Hop>(99);
  }
  EXPECT_EQ(hops, 1000);
}

TEST(System, NamesAnActorThatHangsAndEndsOnceItReturns) {
  std::atomic<bool> go{false};
  std::atomic<bool> inside{false};
  System system(with_workers(2));
  const auto hanging = system.spawn_with<Runner>({.name = "tar pit"});
  const auto counter = system.spawn<Counter>();
  hanging.send<Do>([&](ActorBase&) {
    inside = true;
    while (!go) std::this_thread::sleep_for(1ms);
  });
  ASSERT_TRUE(eventually([&] { return inside.load(); }));
  const auto began = std::chrono::steady_clock::now();
  const Result<void> ended = system.shutdown(200ms);
  const auto took = std::chrono::steady_clock::now() - began;
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error(), Errc::timed_out);
  EXPECT_NE(ended.error().text.find("stet::test::Runner 'tar pit'"), std::string::npos)
      << ended.error().text;
  EXPECT_EQ(ended.error().text.find("Counter"), std::string::npos) << ended.error().text;
  EXPECT_GE(took, 150ms);
  EXPECT_LT(took, 5s);
  EXPECT_FALSE(counter.is_alive());
  go = true;
  EXPECT_TRUE(system.shutdown(patience));
  EXPECT_EQ(system.counters().actors_alive, 0U);
}

TEST(System, DestructorWaitsForAHandlerThatStillRuns) {
  std::atomic<bool> returned{false};
  for (const RunsOn where : {RunsOn::pool, RunsOn::own_thread}) {
    returned = false;
    {
      SystemOptions options = with_workers(1);
      options.shutdown_timeout = 10ms;
      System system(options);
      std::atomic<bool> inside{false};
      system.spawn_with<Runner>({.runs_on = where}).send<Do>([&](ActorBase&) {
        inside = true;
        std::this_thread::sleep_for(100ms);
        returned = true;
      });
      ASSERT_TRUE(eventually([&] { return inside.load(); }));
    }
    EXPECT_TRUE(returned);
  }
}

TEST(System, EndsActorsThatNeverComeToRest) {
  std::atomic<int> hops{0};
  System system(with_workers(2));
  const auto hopper = system.spawn<Hopper>(hops);
  hopper.send<Hop>(2'000'000'000);
  const Result<void> ended = system.shutdown(300ms);
  EXPECT_TRUE(ended) << ended.error().message();
  EXPECT_FALSE(hopper.is_alive());
}

TEST(System, ShutDownForEverIsNoOverflow) {
  System system(with_workers(1));
  const auto counter = system.spawn<Counter>();
  counter.send<Add>(1);
  EXPECT_TRUE(system.shutdown(std::chrono::nanoseconds::max()));
}

TEST(System, ShutDownOnAWorkerIsAnError) {
  System system(with_workers(1));
  std::optional<Errc> seen;
  std::atomic<bool> done{false};
  system.spawn<Runner>().send<Do>([&](ActorBase&) {
    seen = system.shutdown(1s).error().code;
    done = true;
  });
  ASSERT_TRUE(eventually([&] { return done.load(); }));
  EXPECT_EQ(seen, Errc::would_deadlock);
}

TEST(System, GivesTheAddressOfAStoppedActorOnceItIsShutDown) {
  System system(with_workers(1));
  ASSERT_TRUE(system.shutdown(patience));
  for (const RunsOn where : {RunsOn::pool, RunsOn::own_thread}) {
    const auto counter = system.spawn_with<Counter>({.runs_on = where});
    ASSERT_TRUE(eventually([&] { return !counter.is_alive(); }));
    EXPECT_EQ(counter.ask<Read>().get(patience).error(), Errc::receiver_gone);
  }
  EXPECT_TRUE(eventually([&] { return system.counters().actors_alive == 0; }));
}

TEST(System, EndsWhileOthersStillSpawn) {
  for (std::size_t round = 0; round < scaled(30); ++round) {
    System system(with_workers(2));
    std::atomic<bool> done{false};
    std::thread spawner([&] {
      while (!done) {
        const auto counter = system.spawn<Counter>();
        counter.send<Add>(1);
      }
    });
    std::this_thread::sleep_for(2ms);
    // It may find one alive at every look; but it must not hang, and must leave none behind.
    static_cast<void>(system.shutdown(40ms));
    done = true;
    spawner.join();
    const Result<void> ended = system.shutdown(patience);
    EXPECT_TRUE(ended) << ended.error().message();
    EXPECT_EQ(system.counters().actors_alive, 0U);
  }
}

TEST(System, MayLiveBesideOthersAndTheirActorsMayTalk) {
  System one(with_workers(1));
  System two(with_workers(1));
  SystemOptions options = stepped();
  System three(options);
  const auto counter = one.spawn<Counter>();
  const auto runner = two.spawn<Runner>();
  const auto stepped_counter = three.spawn<Counter>(1);
  runner.send<Do>([&](ActorBase&) {
    for (int i = 0; i < 100; ++i) counter.send<Add>(1);
  });
  ASSERT_TRUE(eventually([&] { return counter.ask<Read>().get(patience).value() == 100; }));
  EXPECT_EQ(stepped_counter.ask<Read>().get(1s).value(), 1);
}

TEST(System, ComesAndGoesManyTimesUnderOneThread) {
  std::vector<Address<Counter>> kept;
  for (int i = 0; i < 20; ++i) {
    System system(with_workers(2));
    kept.push_back(system.spawn<Counter>());
    kept.back().send<Add>(1);
    for (const auto& address : kept) address.send<Add>(1);
  }
}

TEST(System, NamesItsWorkersAndKeepsSignalsFromThem) {
  System system(with_workers(1));
  std::string name(16, '\0');
  sigset_t mask;
  sigemptyset(&mask);
  std::atomic<bool> done{false};
  system.spawn<Runner>().send<Do>([&](ActorBase&) {
    pthread_getname_np(pthread_self(), name.data(), name.size());
    pthread_sigmask(SIG_SETMASK, nullptr, &mask);
    done = true;
  });
  ASSERT_TRUE(eventually([&] { return done.load(); }));
  EXPECT_STREQ(name.c_str(), "stet-w0");
  EXPECT_EQ(sigismember(&mask, SIGINT), 1);
  sigset_t mine;
  pthread_sigmask(SIG_SETMASK, nullptr, &mine);
  EXPECT_EQ(sigismember(&mine, SIGINT), 0) << "the host's own mask is left as it was";
}

TEST(System, SendsFromThreadsThatComeAndGo) {
  System system(with_workers(2));
  const auto counter = system.spawn<Counter>();
  const std::size_t threads = scaled(100);
  for (std::size_t i = 0; i < threads; ++i) {
    std::thread([&] {
      for (int k = 0; k < 100; ++k) counter.send<Add>(1);
    }).join();
  }
  EXPECT_EQ(counter.ask<Read>().get(patience).value(), static_cast<std::int64_t>(100 * threads));
}

}  // namespace stet::test::system_test
