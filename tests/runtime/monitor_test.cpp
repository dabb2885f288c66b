// tests/runtime/monitor_test.cpp
// Goal    Whoever monitors is told exactly once that, and why, the other has ended, after all that
//         the other has sent; and not at all once it has cancelled, been restarted, or ended.
// Method  Stepped systems over seeds; every kind of end; both orders of end and monitor.
#include <gtest/gtest.h>

#include <stet/runtime/monitor.hpp>
#include <stet/runtime/supervision.hpp>

#include <memory>
#include <string>
#include <vector>

#include "runtime/samples.hpp"

namespace stet::test::monitor_test {

class Target : public Actor<Target> {
 public:
  using ActorBase::stop;
  void handle(const Do& message) { message.body(*this); }
  void handle(Throw message) { throw std::runtime_error(message.what); }
  void handle(Add) { stop(); }
};

class Watcher : public Actor<Watcher> {
 public:
  using Actor<Watcher>::self;
  explicit Watcher(std::vector<std::string>& told) : told_(told) {}
  void handle(const Do& message) { message.body(*this); }
  void handle(const Down& down) {
    told_.push_back(down.name + " " + down.reason.message());
    last = down;
  }
  void handle(Number message) { told_.push_back(std::to_string(message.value)); }
  void handle(Throw message) { throw std::runtime_error(message.what); }

  std::vector<Monitor> monitors;
  Down last;

 private:
  std::vector<std::string>& told_;
};

using Told = std::vector<std::string>;

template <class Body>
void in(const Address<Watcher>& watcher, Body body) {
  watcher.send<Do>([body](ActorBase& self) { body(static_cast<Watcher&>(self)); });
}

void end_in_some_way(const Address<Target>& target, int way) {
  switch (way) {
    case 0: target.stop(); break;
    case 1: target.send<Add>(); break;
    case 2: target.stop_now(); break;
    default: target.send<Throw>("out of paper"); break;
  }
}
std::string reason_of(int way) { return way < 2 ? "normal" : way == 2 ? "killed" : "failed"; }

TEST(Monitor, TellsOnceHowTheOtherEnded) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    for (int way = 0; way < 4; ++way) {
      Told told;
      System system(stepped(seed));
      const auto target = system.spawn_with<Target>({.name = "bob"});
      const auto watcher = system.spawn<Watcher>(told);
      bool is_of = false;
      in(watcher, [&](Watcher& self) { self.monitors.push_back(monitor(self, target)); });
      system.run_until_idle();
      end_in_some_way(target, way);
      system.run_until_idle();
      in(watcher,
         [&](Watcher& self) { is_of = self.last.is_of(target) && !self.last.is_of(self.self()); });
      system.run_until_idle();
      ASSERT_EQ(told.size(), 1U);
      EXPECT_TRUE(told[0].starts_with("bob " + reason_of(way))) << told[0];
      if (way == 3) {
        EXPECT_NE(told[0].find("handler_threw"), std::string::npos) << told[0];
        EXPECT_NE(told[0].find("out of paper"), std::string::npos) << told[0];
      }
      EXPECT_TRUE(is_of);
      EXPECT_EQ(system.counters().dead_letters, 0U);
    }
  }
}

TEST(Monitor, TellsOfOneThatWasGoneAlreadyOrEndsMeanwhile) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    for (int way = 0; way < 4; ++way) {
      Told told;
      System system(stepped(seed));
      const auto target = system.spawn_with<Target>({.name = "bob"});
      const auto watcher = system.spawn<Watcher>(told);
      end_in_some_way(target, way);
      if (seed % 2 == 0) system.run_until_idle();
      in(watcher, [&](Watcher& self) { self.monitors.push_back(monitor(self, target)); });
      system.run_until_idle();
      ASSERT_EQ(told.size(), 1U);
      EXPECT_TRUE(told[0].starts_with("bob " + reason_of(way))) << told[0];
    }
  }
}

TEST(Monitor, TellsAfterAllThatTheOtherHasSent) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Told told;
    System system(stepped(seed));
    const auto target = system.spawn<Target>();
    const auto watcher = system.spawn<Watcher>(told);
    in(watcher, [&](Watcher& self) { self.monitors.push_back(monitor(self, target)); });
    target.send<Do>([&](ActorBase&) { watcher.send<Number>(1); });
    target.send<Do>([&](ActorBase& self) {
      watcher.send<Number>(2);
      static_cast<Target&>(self).stop();
    });
    system.run_until_idle();
    ASSERT_EQ(told.size(), 3U);
    EXPECT_EQ(told, (Told{"1", "2", " normal"})) << "seed " << seed;
  }
}

TEST(Monitor, ThatIsCancelledTellsNothing) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Told told;
    System system(stepped(seed));
    const auto target = system.spawn<Target>();
    const auto watcher = system.spawn<Watcher>(told);
    in(watcher, [&](Watcher& self) { self.monitors.push_back(monitor(self, target)); });
    bool cancelled = false;
    if (seed % 3 != 0) target.stop();
    in(watcher, [&](Watcher& self) {
      cancelled = told.empty();
      self.monitors[0].cancel();
      self.monitors[0].cancel();
    });
    system.run_until_idle();
    target.stop();
    system.run_until_idle();
    EXPECT_EQ(told.empty(), cancelled) << "seed " << seed;
  }
}

TEST(Monitor, CountsEachOnOne) {
  Told told;
  System system(stepped());
  const auto target = system.spawn<Target>();
  const auto watcher = system.spawn<Watcher>(told);
  in(watcher, [&](Watcher& self) {
    for (int i = 0; i < 3; ++i) self.monitors.push_back(monitor(self, target));
    self.monitors[1].cancel();
  });
  system.run_until_idle();
  target.stop();
  system.run_until_idle();
  EXPECT_EQ(told.size(), 2U);
}

TEST(Monitor, BelongsToTheObjectThatMadeIt) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Told told;
    System system(stepped(seed));
    const auto target = system.spawn<Target>();
    const auto root = system.spawn<Supervisor>();
    const auto watcher = spawn_child<Watcher>(root, std::ref(told));
    in(watcher, [&](Watcher& self) { self.monitors.push_back(monitor(self, target)); });
    system.run_until_idle();
    watcher.send<Throw>();
    const bool first = seed % 2 == 0;
    if (first) system.run_until_idle();
    target.stop();
    watcher.send<Number>(1);
    system.run_until_idle();
    EXPECT_TRUE(watcher.is_alive());
    if (first) {
      EXPECT_EQ(told, Told{"1"}) << "seed " << seed;
    }
  }
}

TEST(Monitor, ARestartIsNoEnd) {
  Told told;
  System system(stepped());
  const auto root = system.spawn<Supervisor>(Supervision{.restarts_max = 1});
  const auto child = spawn_child_with<Target>(root, {.name = "child"});
  const auto watcher = system.spawn<Watcher>(told);
  in(watcher, [&](Watcher& self) { self.monitors.push_back(monitor(self, child)); });
  child.send<Throw>("once");
  system.run_until_idle();
  EXPECT_EQ(told, Told{});
  child.send<Throw>("twice");
  system.run_until_idle();
  EXPECT_EQ(told, Told{"child shutdown"});  // Its parent failed, and took it along.
}

TEST(Monitor, TellsThePolicyThatStoppedAChild) {
  Told told;
  System system(stepped());
  Supervision how;
  how.decide = [](const Failure&) { return Decision::stop; };
  const auto root = system.spawn<Supervisor>(how);
  const auto child = spawn_child_with<Target>(root, {.name = "child"});
  const auto watcher = system.spawn<Watcher>(told);
  in(watcher, [&](Watcher& self) { self.monitors.push_back(monitor(self, child)); });
  child.send<Throw>("out of ink");
  system.run_until_idle();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(told[0].starts_with("child failed: handler_threw")) << told[0];
  EXPECT_NE(told[0].find("out of ink"), std::string::npos) << told[0];
}

TEST(Monitor, IsNeitherBoundedNorADeadLetter) {
  Told told;
  System system(stepped());
  const auto target = system.spawn<Target>();
  const auto watcher = system.spawn_with<Watcher>(
      {.mailbox = {.capacity = 2, .when_full = WhenFull::drop_newest}}, told);
  in(watcher, [&](Watcher& self) { self.monitors.push_back(monitor(self, target)); });
  system.run_until_idle();
  watcher.send<Number>(1);
  watcher.send<Number>(2);
  target.stop();
  while (target.is_alive()) system.step();
  system.run_until_idle();
  ASSERT_EQ(told.size(), 3U);
  // The bound is as it was.
  for (int i = 0; i < 3; ++i) watcher.send<Number>(3);
  system.run_until_idle();
  EXPECT_EQ(told.size(), 5U);
  EXPECT_EQ(system.counters().dead_letters, 1U);
}

TEST(Monitor, OfASystemThatShutsDownSaysSo) {
  Told told;
  {
    System system(stepped());
    const auto target = system.spawn_with<Target>({.name = "bob"});
    const auto watcher = system.spawn_with<Watcher>({.service = true}, told);
    in(watcher, [&](Watcher& self) { self.monitors.push_back(monitor(self, target)); });
    EXPECT_TRUE(system.shutdown(1s));
  }
  EXPECT_EQ(told, Told{"bob shutdown"});
}

}  // namespace stet::test::monitor_test
