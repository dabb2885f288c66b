// tests/runtime/snapshot_test.cpp
// Goal    A snapshot says what each actor is at, waits for nobody beyond its deadline, changes no
//         stepped run, and is safe while actors come and go.
// Method  Stepped systems with one actor in each state; a pool with a handler that hangs; snapshots
//         while other threads spawn and stop.
#include <gtest/gtest.h>

#include <stet/runtime/snapshot.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/samples.hpp"
#include "support/scale.hpp"

namespace stet::test::snapshot_test {

ActorSnapshot of(const SystemSnapshot& snapshot, std::string_view name) {
  for (const ActorSnapshot& actor : snapshot.actors) {
    if (actor.name == name) return actor;
  }
  ADD_FAILURE() << "no actor " << name;
  return {};
}

TEST(Snapshot, SaysWhatEachActorIsAt) {
  System system(stepped());
  auto idle = system.spawn_with<Counter>({.name = "idle"});
  auto busy = system.spawn_with<Counter>({.name = "busy"});
  auto asker = system.spawn_with<Runner>({.name = "asker"});
  auto unborn = system.nascent<Counter>({.name = "unborn"});
  asker.send<Do>(
      [&](ActorBase& self) { busy.ask<Read>().await(self, [](const Result<std::int64_t>&) {}); });
  system.step();
  for (int i = 0; i < 3; ++i) busy.send<Add>(1);
  const auto messages = system.counters().messages;
  const SystemSnapshot seen = take_snapshot(system).value();
  EXPECT_EQ(system.counters().messages, messages) << "it must step nothing";
  ASSERT_EQ(seen.actors.size(), 4U);
  EXPECT_EQ(of(seen, "idle").state, ActorState::idle);
  EXPECT_EQ(of(seen, "idle").depth, 0U);
  EXPECT_EQ(of(seen, "idle").type, "stet::test::Counter");
  EXPECT_EQ(of(seen, "busy").state, ActorState::queued);
  EXPECT_EQ(of(seen, "busy").depth, 4U) << "the question too";
  EXPECT_EQ(of(seen, "unborn").state, ActorState::unborn);
  EXPECT_EQ(of(seen, "asker").state, ActorState::paused);
  EXPECT_EQ(of(seen, "asker").waits_for, std::vector<std::string>{"stet::test::Counter 'busy'"});
  EXPECT_NE(to_text(seen).find("'asker': paused, waits for stet::test::Counter 'busy'\n"),
            std::string::npos);
  system.run_until_idle();
  EXPECT_TRUE(of(take_snapshot(system).value(), "asker").waits_for.empty());
}

TEST(Snapshot, WaitsForNobodyBeyondItsDeadline) {
  System system(with_workers(2));
  std::atomic<bool> inside{false};
  std::atomic<bool> go_on{false};
  auto stuck = system.spawn_with<Runner>({.name = "stuck"});
  auto calm = system.spawn_with<Counter>({.name = "calm"});
  stuck.send<Do>([&](ActorBase&) {
    inside = true;
    while (!go_on) std::this_thread::sleep_for(1ms);
  });
  ASSERT_TRUE(eventually([&] { return inside.load(); }));
  const SystemSnapshot seen = take_snapshot(system, {.deadline = 200ms}).value();
  EXPECT_EQ(of(seen, "stuck").state, ActorState::running);
  EXPECT_EQ(of(seen, "stuck").message, "stet::test::Do");
  EXPECT_FALSE(of(seen, "stuck").described);
  EXPECT_TRUE(of(seen, "calm").described);
  go_on = true;  // Its answer now comes too late, to a round that nobody looks at.
  EXPECT_TRUE(eventually([&] { return of(take_snapshot(system).value(), "stuck").described; }));
}

TEST(Snapshot, ShowsMailThatWaitsInAPausedActor) {
  System system(with_workers(1));
  auto paused = system.spawn_with<Runner>({.name = "paused"});
  std::atomic<bool> inside{false};
  ActorPause pause;
  paused.send<Do>([&](ActorBase&) {
    pause = Turn::pause_actor();
    inside = true;
  });
  ASSERT_TRUE(eventually([&] { return inside.load(); }));
  for (int i = 0; i < 5; ++i) paused.send<Do>([](ActorBase&) {});
  EXPECT_TRUE(eventually([&] {
    const ActorSnapshot seen = of(take_snapshot(system, {.deadline = patience}).value(), "paused");
    return seen.state == ActorState::paused && seen.depth == 5;
  }));
  pause = ActorPause();
}

TEST(Snapshot, IsRefusedInsideOfATurnAndBoundedInActors) {
  System system(stepped());
  auto runner = system.spawn<Runner>();
  Errc told{};
  runner.send<Do>([&](ActorBase&) { told = take_snapshot(system).error().code; });
  system.run_until_idle();
  EXPECT_EQ(told, Errc::would_deadlock);
  for (int i = 0; i < 9; ++i) static_cast<void>(system.spawn<Counter>());
  const SystemSnapshot seen = take_snapshot(system, {.actors_max = 4}).value();
  EXPECT_EQ(seen.actors.size(), 4U);
  EXPECT_EQ(seen.left_out, 6U);
}

TEST(Snapshot, IsSafeWhileActorsComeAndGo) {
  System system(with_workers(2));
  auto keeper = system.spawn_with<Counter>({.name = "keeper"});
  const std::uint64_t actors = scaled(20'000);
  std::atomic<bool> done{false};
  std::thread spawner([&] {
    for (std::uint64_t i = 0; i < actors; ++i) {
      auto counter = system.spawn_with<Counter>({.name = "fly"});
      counter.send<Add>(1);
      if (i % 2 == 0) {
        counter.stop();
      } else {
        counter.stop_now();
      }
    }
    done = true;
  });
  std::size_t rounds = 0;
  do {
    const SystemSnapshot seen = take_snapshot(system, {.deadline = 5ms}).value();
    EXPECT_EQ(of(seen, "keeper").type, "stet::test::Counter");
    ++rounds;
  } while (!done);
  spawner.join();
  EXPECT_GT(rounds, 0U);
  EXPECT_TRUE(eventually([&] { return take_snapshot(system).value().actors.size() == 1; }));
}

}  // namespace stet::test::snapshot_test
