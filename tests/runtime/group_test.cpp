// tests/runtime/group_test.cpp
// Goal    Members of a group never run at the same time and see what the one before wrote; nothing
//         is lost or overtaken; others are not kept waiting.
// Method  Plain shared data without locks, on several workers: ThreadSanitizer would also tell.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>

#include <stet/runtime/group.hpp>

#include "runtime/samples.hpp"
#include "support/scale.hpp"

namespace stet::test::group_test {

struct Shared {
  bool inside = false;
  std::uint64_t entered = 0;  // Not atomic on purpose.
  bool met = false;
};

struct Enter {
  int hops;
};
class Member : public Actor<Member> {
 public:
  explicit Member(Shared& shared) : shared_(shared) {}
  void handle(Enter message) {
    shared_.met = shared_.met || shared_.inside;
    shared_.inside = true;
    ++shared_.entered;
    if (message.hops > 0 && next.is_alive()) next.send<Enter>(message.hops - 1);
    shared_.inside = false;
  }
  void handle(const Address<Member>& other) { next = other; }

 private:
  Shared& shared_;
  Address<Member> next;
};

TEST(Group, MembersNeverRunAtTheSameTime) {
  Shared shared;
  constexpr int members = 8;
  const auto each = static_cast<int>(scaled(20'000));
  {
    System system(with_workers(4));
    const Group group = system.group();
    std::vector<Address<Member>> all;
    for (int i = 0; i < members; ++i) {
      all.push_back(system.spawn_with<Member>({.group = group}, shared));
    }
    std::vector<std::thread> senders;
    for (int i = 0; i < 3; ++i) {
      senders.emplace_back([&, i] {
        for (int k = 0; k < each; ++k) {
          all[static_cast<std::size_t>((k + i) % members)].send<Enter>(0);
        }
      });
    }
    for (std::thread& sender : senders) sender.join();
    ASSERT_TRUE(system.shutdown(patience));
  }
  EXPECT_EQ(shared.entered, static_cast<std::uint64_t>(3 * each));
  EXPECT_FALSE(shared.met);
}

TEST(Group, MembersSendToEachOther) {
  Shared shared;
  {
    System system(with_workers(2));
    const Group group = system.group();
    const auto one = system.spawn_with<Member>({.group = group}, shared);
    const auto two = system.spawn_with<Member>({.group = group}, shared);
    one.send(Address<Member>(two));
    two.send(Address<Member>(one));
    for (int i = 0; i < 10; ++i) one.send<Enter>(1000);
    ASSERT_TRUE(system.shutdown(patience));
  }
  EXPECT_EQ(shared.entered, 10'010U);
  EXPECT_FALSE(shared.met);
}

TEST(Group, KeepsTheOrderOfEachPair) {
  std::vector<int> one;
  std::vector<int> two;
  const auto each = static_cast<int>(scaled(20'000));
  {
    System system(with_workers(3));
    const Group group = system.group();
    const auto first = system.spawn_with<Recorder>({.group = group}, one);
    const auto second = system.spawn_with<Recorder>({.group = group}, two);
    for (int i = 0; i < each; ++i) {
      first.send<Number>(i);
      second.send<Number>(i);
    }
    ASSERT_TRUE(system.shutdown(patience));
  }
  ASSERT_EQ(one.size(), static_cast<std::size_t>(each));
  EXPECT_TRUE(std::is_sorted(one.begin(), one.end()));
  EXPECT_EQ(one, two);
}

TEST(Group, TwoOfThemRunAtTheSameTime) {
  System system(with_workers(2));
  const auto one = system.spawn_with<Runner>({.group = system.group()});
  const auto two = system.spawn_with<Runner>({.group = system.group()});
  std::atomic<int> inside{0};
  const auto meet = [&](ActorBase&) {
    ++inside;
    EXPECT_TRUE(eventually([&] { return inside == 2; }));
  };
  one.send<Do>(meet);
  two.send<Do>(meet);
  EXPECT_TRUE(eventually([&] { return inside == 2; }));
}

struct Again {};
class Restless : public Actor<Restless> {
 public:
  void handle(Again) { self().send<Again>(); }
};

TEST(Group, ThatIsAlwaysBusyKeepsNeitherItsMembersNorOthersWaiting) {
  System system(with_workers(1));
  const Group group = system.group();
  std::vector<Address<Restless>> busy;
  for (int i = 0; i < 3; ++i) {
    busy.push_back(system.spawn_with<Restless>({.group = group}));
    for (int k = 0; k < 100; ++k) busy.back().send<Again>();
  }
  const auto member = system.spawn_with<Counter>({.group = group}, 3);
  const auto other = system.spawn<Counter>(4);
  EXPECT_EQ(member.ask<Read>().get(patience).value(), 3);
  EXPECT_EQ(other.ask<Read>().get(patience).value(), 4);
  for (const auto& actor : busy) actor.stop_now();
}

TEST(Group, EndsOneMemberThatThrowsAndGoesOnWithTheOthers) {
  System system(with_workers(2));
  const Group group = system.group();
  const auto bad = system.spawn_with<Counter>({.group = group});
  const auto good = system.spawn_with<Counter>({.group = group}, 1);
  bad.send<Throw>();
  EXPECT_TRUE(eventually([&] { return !bad.is_alive(); }));
  EXPECT_EQ(good.ask<Read>().get(patience).value(), 1);
}

TEST(Group, MembersMayComeAndGo) {
  System system(with_workers(3));
  Shared shared;
  std::uint64_t sent = 0;
  for (std::size_t i = 0; i < scaled(2000); ++i) {
    Group group = system.group();
    const auto one = system.spawn_with<Member>({.group = group}, shared);
    const auto two = system.spawn_with<Member>({.group = group}, shared);
    group = {};
    one.send<Enter>(0);
    one.stop();
    sent += 1;
    two.stop();
    // Different groups do not exclude each other.
    ASSERT_TRUE(eventually([&] { return !one.is_alive() && !two.is_alive(); }));
  }
  EXPECT_EQ(shared.entered, sent);
}

TEST(Group, OutlivesItsSystem) {
  Group kept;
  Address<Counter> address;
  {
    System system(with_workers(1));
    kept = system.group();
    address = system.spawn_with<Counter>({.group = kept});
  }
  EXPECT_TRUE(kept);
  EXPECT_FALSE(address.is_alive());
}

TEST(Group, LeavesTheOrderOfItsMembersToTheSeedInASteppedSystem) {
  std::set<std::vector<int>> orders;
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    std::vector<int> seen;
    System system(stepped(seed));
    const Group group = system.group();
    const auto one = system.spawn_with<Recorder>({.group = group}, seen);
    const auto two = system.spawn_with<Recorder>({.group = group}, seen);
    one.send<Number>(1);
    one.send<Number>(2);
    two.send<Number>(3);
    system.run_until_idle();
    orders.insert(seen);
  }
  EXPECT_EQ(orders.size(), 3U) << "each order that keeps that of each pair";
}

TEST(Group, OfAHostsLoopRunsThere) {
  SystemOptions options;
  options.host_loop = true;
  System system(options);
  const auto member = system.spawn_with<Counter>({.group = system.group()}, 2);
  EXPECT_EQ(member.ask<Read>().get(patience).value(), 2);
}

TEST(Group, IsTheSameOnlyAsItsCopies) {
  System system(with_workers(1));
  const Group one = system.group();
  Group copy = one;
  EXPECT_EQ(one, copy);
  EXPECT_NE(one, system.group());
  copy = {};
  EXPECT_FALSE(copy);
  EXPECT_TRUE(one);
}

}  // namespace stet::test::group_test
