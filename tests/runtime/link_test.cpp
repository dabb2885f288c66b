// tests/runtime/link_test.cpp
// Goal    Linked actors end together, but for ends that are normal and for those that would rather
//         be told; a link that was undone does nothing.
// Method  Stepped systems over seeds; both sides of each link; both orders of end and link.
#include <gtest/gtest.h>

#include <stet/runtime/link.hpp>
#include <stet/runtime/monitor.hpp>
#include <stet/runtime/supervision.hpp>

#include <string>
#include <vector>

#include "runtime/samples.hpp"

namespace stet::test::link_test {

class Twin : public Actor<Twin> {
 public:
  using ActorBase::stop;
  void handle(const Do& message) { message.body(*this); }
  void handle(Throw message) { throw std::runtime_error(message.what); }
};
class Survivor : public Actor<Survivor> {
 public:
  explicit Survivor(std::vector<std::string>& told) : told_(told) {}
  void handle(const Do& message) { message.body(*this); }
  void handle(Number message) { told_.push_back(std::to_string(message.value)); }
  void handle(const Exit& exit) { told_.push_back(exit.name + " " + exit.reason.message()); }
  void handle(const Down& down) { told_.push_back(down.name + " " + down.reason.message()); }

 private:
  std::vector<std::string>& told_;
};

template <class A, class Body>
void in(const Address<A>& actor, Body body) {
  actor.template send<Do>([body](ActorBase& self) { body(static_cast<A&>(self)); });
}

TEST(Link, EndsBothUnlessTheEndIsNormal) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    for (int way = 0; way < 3; ++way) {
      System system(stepped(seed));
      const auto a = system.spawn<Twin>();
      const auto b = system.spawn<Twin>();
      in(a, [&](Twin& self) { link(self, b); });
      if (seed % 3 == 0) in(b, [&](Twin& self) { link(self, a); });
      if (seed % 2 == 0) system.run_until_idle();
      const auto& first = seed % 4 < 2 ? a : b;
      if (way == 0) first.stop();
      if (way == 1) first.stop_now();
      if (way == 2) first.send<Throw>();
      system.run_until_idle();
      // Told to end before it could be linked, the first may have ended alone.
      const bool linked = seed % 2 == 0;
      if (linked) {
        EXPECT_EQ(a.is_alive() || b.is_alive(), way == 0) << "seed " << seed << " way " << way;
      }
      EXPECT_FALSE(first.is_alive());
    }
  }
}

TEST(Link, HandsTheReasonOn) {
  std::vector<std::string> told;
  System system(stepped());
  const auto a = system.spawn_with<Twin>({.name = "a"});
  const auto b = system.spawn_with<Twin>({.name = "b"});
  const auto watcher = system.spawn<Survivor>(told);
  in(watcher, [&](Survivor& self) { static_cast<void>(monitor(self, b)); });
  in(a, [&](Twin& self) { link(self, b); });
  system.run_until_idle();
  a.send<Throw>("out of luck");
  system.run_until_idle();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_TRUE(told[0].starts_with("b failed: handler_threw")) << told[0];
  EXPECT_NE(told[0].find("out of luck"), std::string::npos) << told[0];
}

TEST(Link, TellsWhoWouldRatherKnowAfterTheMailBeforeIt) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    for (const bool from_twin : {false, true}) {
      std::vector<std::string> told;
      System system(stepped(seed));
      const auto twin = system.spawn_with<Twin>({.name = "twin"});
      const auto survivor = system.spawn<Survivor>(told);
      if (from_twin) {
        in(twin, [&](Twin& self) { link(self, survivor); });
      } else {
        in(survivor, [&](Survivor& self) { link(self, twin); });
      }
      system.run_until_idle();
      in(twin, [&](Twin&) { survivor.send<Number>(1); });
      twin.send<Throw>("alas");
      system.run_until_idle();
      EXPECT_TRUE(survivor.is_alive());
      ASSERT_EQ(told.size(), 2U);
      EXPECT_EQ(told[0], "1");
      EXPECT_TRUE(told[1].starts_with("twin failed")) << told[1];
    }
  }
}

TEST(Link, ToOneThatIsGoneCountsAsItsEndNow) {
  for (const bool normal : {false, true}) {
    System system(stepped());
    const auto a = system.spawn<Twin>();
    const auto b = system.spawn<Twin>();
    normal ? b.stop() : b.stop_now();
    system.run_until_idle();
    in(a, [&](Twin& self) { link(self, b); });
    system.run_until_idle();
    EXPECT_EQ(a.is_alive(), normal);
  }
}

TEST(Link, ThatIsUndoneOrToOneselfDoesNothing) {
  System system(stepped());
  const auto a = system.spawn<Twin>();
  const auto b = system.spawn<Twin>();
  in(a, [&](Twin& self) {
    link(self, b);
    link(self, b);
    link(self, a);
  });
  system.run_until_idle();
  in(b, [&](Twin& self) { unlink(self, a); });
  system.run_until_idle();
  a.stop_now();
  system.run_until_idle();
  EXPECT_FALSE(a.is_alive());
  EXPECT_TRUE(b.is_alive());
}

TEST(Link, OfAChildIsAFailureForItsSupervisor) {
  System system(stepped());
  const auto root = system.spawn<Supervisor>();
  const auto child = spawn_child<Twin>(root);
  const auto other = system.spawn<Twin>();
  in(child, [&](Twin& self) { link(self, other); });
  system.run_until_idle();
  other.send<Throw>();
  system.run_until_idle();
  EXPECT_TRUE(child.is_alive());
  EXPECT_EQ(system.counters().restarts, 1U);
}

}  // namespace stet::test::link_test
