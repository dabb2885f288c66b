// tests/runtime/router_test.cpp
// Goal    Each router chooses as it promises, passes over who has stopped, and loses nothing.
// Method  Stepped systems, counts of what each member got; threads that send while members change.
#include <stet/runtime/router.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/samples.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::router_test {

// The example of the header.
struct Size {
  int width = 0;
};
struct Resize {
  using Reply = Size;
  std::string album;
  std::string picture;
};
struct Reload {};
class Resizer : public Actor<Resizer> {
 public:
  Size handle(const Resize& message) {
    return Size{static_cast<int>(message.album.size() + message.picture.size())};
  }
  void handle(Reload) { ++reloads_; }
  std::int64_t handle(Read) { return reloads_; }

 private:
  std::int64_t reloads_ = 0;
};
struct Start {};
class Gallery : public Actor<Gallery> {
 public:
  explicit Gallery(LeastLoaded<Resize> idlest) : idlest_(std::move(idlest)) {}
  void handle(Start) {
    idlest_.ask("album", "picture").then(*this, [this](Result<Size> size) {
      width_ = size ? size->width : -1;
    });
  }
  std::int64_t handle(Read) { return width_; }

 private:
  LeastLoaded<Resize> idlest_;
  std::int64_t width_ = 0;
};

TEST(Router, SendsAsksAndBroadcasts) {
  System system(stepped());
  const std::vector<Address<Resizer>> resizers{system.spawn<Resizer>(), system.spawn<Resizer>()};
  const RoundRobin<Resize> next(system, resizers);
  const LeastLoaded<Resize> idlest(system, resizers);
  const ConsistentHash<Resize> by_album(
      system, [](const Resize& message) { return message.album; }, resizers);
  const Broadcast<Reload> all(system, resizers);
  next.send("album", "picture");
  EXPECT_EQ(next.ask("album", "picture").get(1s).value().width, 12);
  EXPECT_EQ(by_album.ask("album", "picture").get(1s).value().width, 12);
  const auto gallery = system.spawn<Gallery>(idlest);
  gallery.send<Start>();
  system.run_until_idle();
  EXPECT_EQ(gallery.ask<Read>().get(1s).value(), 12);
  EXPECT_EQ(all.send(), 2U);
  for (const auto& resizer : resizers) EXPECT_EQ(resizer.ask<Read>().get(1s).value(), 1);
}

// Members that tell how much they got.
std::vector<Address<Counter>> counters(System& system, int count) {
  std::vector<Address<Counter>> all;
  for (int i = 0; i < count; ++i) all.push_back(system.spawn<Counter>());
  return all;
}
std::vector<std::int64_t> values(const std::vector<Address<Counter>>& all) {
  std::vector<std::int64_t> result;
  for (const auto& one : all) result.push_back(one.ask<Read>().get(patience).value_or(-1));
  return result;
}
using Values = std::vector<std::int64_t>;

TEST(RoundRobin, GivesEachItsTurn) {
  System system(stepped());
  const auto all = counters(system, 3);
  const RoundRobin<Add> router(system, {all[0], Recipient<Add>(all[1]), all[2]});
  for (int i = 0; i < 7; ++i) router.send(1);
  EXPECT_EQ(values(all), (Values{3, 2, 2}));
  const std::vector<RoundRobin<Add>> copies{router};  // A copy shares whose turn it is.
  copies[0].send(10);
  EXPECT_EQ(values(all), (Values{3, 12, 2}));
}

TEST(RoundRobin, PassesOverAndDropsWhoHasStopped) {
  System system(stepped());
  const auto all = counters(system, 3);
  const RoundRobin<Add> router(system, all);
  all[1].stop();
  system.run_until_idle();
  for (int i = 0; i < 6; ++i) router.send(1);
  EXPECT_EQ(router.size(), 2U);
  const Values got = values({all[0], all[2]});
  EXPECT_EQ(got[0] + got[1], 6);
  EXPECT_EQ(system.counters().dead_letters, 0U);
}

TEST(RoundRobin, AddsAndRemoves) {
  System system(stepped());
  const auto all = counters(system, 3);
  const RoundRobin<Add> router(system);
  router.add(all[0]);
  router.add(all[1]);
  router.send(1);
  router.send(1);
  EXPECT_TRUE(router.remove(all[0]));
  EXPECT_FALSE(router.remove(all[0]));
  EXPECT_FALSE(router.remove(all[2]));
  router.send(10);
  router.send(10);
  EXPECT_EQ(values(all), (Values{1, 21, 0}));
}

// All four, with nobody to send to: not one message is lost in silence.
template <class Router>
void expect_nobody(System& system, Letters& letters, const Router& router) {
  const std::size_t before = letters.all().size();
  router.send();
  system.run_until_idle();
  const auto all = letters.all();
  ASSERT_EQ(all.size(), before + 1);
  EXPECT_EQ(all.back().reason, Errc::receiver_gone);
  EXPECT_NE(all.back().receiver_type.find("NoMember"), std::string::npos);
}

TEST(Router, SendsToTheDeadLettersWhenNobodyIsThere) {
  Letters letters;
  SystemOptions options = stepped();
  options.dead_letters = letters.handler();
  System system(options);
  const auto gone = system.spawn<Counter>();
  gone.stop();
  system.run_until_idle();
  const auto key = [](const Add& message) { return message.amount; };
  expect_nobody(system, letters, RoundRobin<Add>(system));
  expect_nobody(system, letters, LeastLoaded<Add>(system));
  expect_nobody(system, letters, ConsistentHash<Add>(system, key));
  expect_nobody(system, letters, Broadcast<Add>(system));
  expect_nobody(system, letters, RoundRobin<Add>(system, {gone}));
  expect_nobody(system, letters, LeastLoaded<Add>(system, {gone}));
  expect_nobody(system, letters, ConsistentHash<Add>(system, key, {gone}));
  expect_nobody(system, letters, Broadcast<Add>(system, {gone}));
  const auto no_key = [](const Read&) { return 0; };
  EXPECT_EQ(RoundRobin<Read>(system).ask().get(1s).error(), Errc::receiver_gone);
  EXPECT_EQ(LeastLoaded<Read>(system, {gone}).ask().get(1s).error(), Errc::receiver_gone);
  EXPECT_EQ(ConsistentHash<Read>(system, no_key).ask().get(1s).error(), Errc::receiver_gone);
}

struct Parcel {
  std::unique_ptr<int> content;
};
class Shelf : public Actor<Shelf> {
 public:
  void handle(const Parcel& parcel) { sum_ += *parcel.content; }
  std::int64_t handle(Read) { return sum_; }

 private:
  std::int64_t sum_ = 0;
};

TEST(Router, TriesAndLeavesTheMessageWithTheCaller) {
  System system(stepped());
  const auto gone = system.spawn<Shelf>();
  gone.stop();
  system.run_until_idle();
  const auto shelf = system.spawn<Shelf>();
  const auto key = [](const Parcel& parcel) { return *parcel.content; };
  const std::vector<Address<Shelf>> none{gone};
  const std::vector<Address<Shelf>> some{gone, shelf};
  const auto expect = [&](const auto& empty, const auto& router) {
    Parcel parcel{std::make_unique<int>(5)};
    EXPECT_EQ(empty.try_send(parcel).error(), Errc::receiver_gone);
    ASSERT_NE(parcel.content, nullptr);
    EXPECT_TRUE(router.try_send(parcel));
    EXPECT_EQ(parcel.content, nullptr);
    router.send(std::make_unique<int>(1));
  };
  expect(RoundRobin<Parcel>(system, none), RoundRobin<Parcel>(system, some));
  expect(LeastLoaded<Parcel>(system, none), LeastLoaded<Parcel>(system, some));
  expect(ConsistentHash<Parcel>(system, key, none), ConsistentHash<Parcel>(system, key, some));
  EXPECT_EQ(shelf.ask<Read>().get(1s).value(), 18);
}

// Which of the members has each key.
struct Where {
  using Reply = int;
  std::uint64_t key;
};
class Place : public Actor<Place> {
 public:
  explicit Place(int number) : number_(number) {}
  int handle(Where) { return number_; }

 private:
  int number_;
};
constexpr auto key_of_where = [](const Where& where) { return where.key; };
std::vector<int> owners(const ConsistentHash<Where>& router, std::uint64_t keys) {
  std::vector<int> result;
  for (std::uint64_t key = 0; key < keys; ++key) {
    result.push_back(router.ask(key).get(patience).value_or(-1));
  }
  return result;
}

TEST(ConsistentHash, MovesOnlyTheKeysOfWhoComesOrGoes) {
  System system(stepped());
  constexpr std::uint64_t keys = 10'000;
  std::vector<Address<Place>> places;
  for (int i = 0; i < 10; ++i) places.push_back(system.spawn<Place>(i));
  const ConsistentHash<Where> router(system, key_of_where, places);
  const auto before = owners(router, keys);
  for (int i = 0; i < 10; ++i) {
    // 1,000 are expected with a standard deviation of 30.
    EXPECT_NEAR(static_cast<double>(std::count(before.begin(), before.end(), i)), 1000, 150);
  }
  EXPECT_EQ(owners(router, keys), before);

  router.add(system.spawn<Place>(10));
  const auto more = owners(router, keys);
  std::size_t moved = 0;
  for (std::size_t key = 0; key < keys; ++key) {
    if (more[key] == before[key]) continue;
    ++moved;
    EXPECT_EQ(more[key], 10) << key;
  }
  EXPECT_NEAR(static_cast<double>(moved), keys / 11.0, 150);

  places[3].stop();
  system.run_until_idle();
  const auto fewer = owners(router, keys);
  for (std::size_t key = 0; key < keys; ++key) {
    if (more[key] == 3) {
      EXPECT_NE(fewer[key], 3) << key;
    } else {
      EXPECT_EQ(fewer[key], more[key]) << key;
    }
  }
  EXPECT_EQ(router.size(), 10U);

  EXPECT_TRUE(router.remove(places[4]));
  EXPECT_FALSE(router.replace(places[4], system.spawn<Place>(11)));
  const auto without = owners(router, keys);
  EXPECT_TRUE(router.replace(places[5], system.spawn<Place>(12)));
  const auto replaced = owners(router, keys);
  for (std::size_t key = 0; key < keys; ++key) {
    EXPECT_EQ(replaced[key], without[key] == 5 ? 12 : without[key]) << key;
  }
}

TEST(ConsistentHash, KeepsTheOrderOfEachKey) {
  const Seed seed = Seed::from_environment_or_random();
  System system(stepped(seed.value()));
  std::vector<int> out;
  std::vector<Address<Recorder>> all;
  for (int i = 0; i < 4; ++i) all.push_back(system.spawn<Recorder>(out));
  const ConsistentHash<Number> router(
      system, [](const Number& message) { return message.value % 10; }, all);
  for (int i = 0; i < 1000; ++i) router.send(i);
  system.run_until_idle();
  ASSERT_EQ(out.size(), 1000U);
  std::map<int, int> last;
  for (const int value : out) {
    const auto [known, fresh] = last.emplace(value % 10, value);
    if (fresh) continue;
    EXPECT_LT(known->second, value) << seed;
    known->second = value;
  }
}

TEST(Broadcast, GivesEachItsOwnCopy) {
  System system(stepped());
  const auto all = counters(system, 3);
  const Broadcast<Add> router(system, all);
  EXPECT_EQ(router.send(2), 3U);
  all[1].stop();
  system.run_until_idle();
  EXPECT_EQ(router.send(2), 2U);
  EXPECT_EQ(router.size(), 2U);
  EXPECT_EQ(values({all[0], all[2]}), (Values{4, 4}));
}

// What was sent arrives, once, while members are added and removed (but not stopped).
TEST(Router, LosesNothingWhileMembersChange) {
  const Seed seed = Seed::from_environment_or_random();
  System system(with_workers(2));
  const auto all = counters(system, 8);
  const RoundRobin<Add> next(system, all);
  const LeastLoaded<Add> idlest(system, all);
  const ConsistentHash<Add> hashed(
      system, [](const Add& message) { return message.amount; }, all);
  const std::int64_t each = static_cast<std::int64_t>(scaled(20'000));
  std::atomic<int> sending{3};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      for (std::int64_t i = 0; i < each; ++i) {
        next.send(1);
        idlest.send(1);
        hashed.send(1);
      }
      --sending;
    });
  }
  threads.emplace_back([&] {
    std::mt19937_64 random(seed.value());
    while (sending != 0) {
      // The first always stays: there is a member at all times.
      const auto& one = all[1 + random() % 7];
      if (next.remove(one)) next.add(one);
      if (idlest.remove(one)) idlest.add(one);
      if (hashed.remove(one)) hashed.add(one);
    }
  });
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(eventually([&] { return system.is_quiet(); })) << seed;
  std::int64_t sum = 0;
  for (const std::int64_t value : values(all)) sum += value;
  EXPECT_EQ(sum, 9 * each) << seed;
  EXPECT_EQ(idlest.load(), 0U) << seed;
  EXPECT_EQ(system.counters().dead_letters, 0U) << seed;
}

// Members stop while others send: each message is handled or a dead letter.
TEST(Router, AccountsForEveryMessageWhileMembersStop) {
  System system(with_workers(2));
  std::atomic<std::uint64_t> handled{0};
  class Mortal : public Actor<Mortal> {
   public:
    explicit Mortal(std::atomic<std::uint64_t>& handled) : handled_(handled) {}
    void handle(Add) { handled_.fetch_add(1); }

   private:
    std::atomic<std::uint64_t>& handled_;
  };
  const RoundRobin<Add> next(system);
  const LeastLoaded<Add> idlest(system);
  const std::uint64_t each = scaled(20'000);
  std::atomic<int> sending{2};
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t) {
    threads.emplace_back([&] {
      for (std::uint64_t i = 0; i < each; ++i) {
        next.send(1);
        idlest.send(1);
      }
      --sending;
    });
  }
  while (sending != 0) {
    const auto one = system.spawn<Mortal>(handled);
    next.add(one);
    idlest.add(one);
    std::this_thread::sleep_for(100us);
    one.stop();
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(eventually([&] {
    return handled + system.counters().dead_letters == 4 * each && system.is_quiet();
  })) << handled
      << " handled, " << system.counters().dead_letters << " dead, of " << 4 * each;
}

}  // namespace stet::test::router_test
