// tests/runtime/address_test.cpp
// Goal    An address is eight bytes, says nothing false, and loses no message in silence.
// Method  Stepped systems, where a stop is a step of the test's choosing.
#include <gtest/gtest.h>

#include <memory>
#include <unordered_set>
#include <utility>

#include "runtime/samples.hpp"

namespace stet::test::address_test {

static_assert(sizeof(Address<Counter>) == 8);

struct Parcel {
  std::unique_ptr<int> content;
};
class Porter : public Actor<Porter> {
 public:
  void handle(Parcel) {}
};
struct ThrowsWhenMade {
  explicit ThrowsWhenMade(bool really) {
    if (really) throw std::runtime_error("no message today");
  }
};
class Fragile : public Actor<Fragile> {
 public:
  void handle(ThrowsWhenMade) { ++handled; }
  static inline int handled = 0;
};

TEST(Address, OfNobodyIsFalseAndEqualToItsLike) {
  const Address<Counter> nobody;
  EXPECT_FALSE(nobody);
  EXPECT_FALSE(nobody.is_alive());
  EXPECT_EQ(nobody, Address<Counter>());
  EXPECT_EQ(std::hash<Address<Counter>>{}(nobody), std::hash<Address<Counter>>{}({}));
}

TEST(Address, CopiesNameTheSameActor) {
  System system(stepped());
  const auto counter = system.spawn<Counter>();
  const auto other = system.spawn<Counter>();
  // NOLINTNEXTLINE(performance-unnecessary-copy-initialization): copying is what is tested.
  const Address<Counter> copy = counter;
  EXPECT_EQ(copy, counter);
  EXPECT_NE(copy, other);
  EXPECT_NE(copy < other, other < copy);
  std::unordered_set<Address<Counter>> set{counter, copy, other};
  EXPECT_EQ(set.size(), 2U);
  Address<Counter> moved = copy;
  Address<Counter> target = std::move(moved);
  EXPECT_EQ(target, counter);
  target = other;
  EXPECT_EQ(target, other);
  const Address<Counter>& alias = target;
  target = alias;
  EXPECT_EQ(target, other);
}

TEST(Address, LeavesTheMessageWithTheCallerWhenTheReceiverIsGone) {
  System system(stepped());
  const auto porter = system.spawn<Porter>();
  Parcel parcel{std::make_unique<int>(5)};
  EXPECT_TRUE(porter.try_send(parcel));
  EXPECT_EQ(parcel.content, nullptr);
  porter.stop();
  system.run_until_idle();
  EXPECT_FALSE(porter.is_alive());
  parcel.content = std::make_unique<int>(6);
  const Result<void> refused = porter.try_send(parcel);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), Errc::receiver_gone);
  ASSERT_NE(parcel.content, nullptr);
  EXPECT_EQ(*parcel.content, 6);
  EXPECT_EQ(system.counters().dead_letters, 0U);
}

TEST(Address, HandsOutWhatTheMessagesConstructorThrowsAndSendsNothing) {
  System system(stepped());
  const auto fragile = system.spawn<Fragile>();
  EXPECT_THROW(fragile.send<ThrowsWhenMade>(true), std::runtime_error);
  fragile.send<ThrowsWhenMade>(false);
  system.run_until_idle();
  EXPECT_EQ(Fragile::handled, 1);
}

TEST(Address, OutlivesItsSystem) {
  Address<Counter> counter;
  Recipient<Add> recipient;
  {
    System system(with_workers(2));
    counter = system.spawn<Counter>();
    recipient = counter;
    counter.send<Add>(1);
  }
  EXPECT_FALSE(counter.is_alive());
  counter.send<Add>(1);
  recipient.send(1);
  counter.stop();
  counter.stop_now();
  EXPECT_EQ(counter.ask<Read>().get(1s).error(), Errc::receiver_gone);
  Add add{1};
  EXPECT_FALSE(counter.try_send(add));
  const Address<Counter> copy = counter;
  EXPECT_EQ(copy, counter);
}

TEST(Address, StopsTheActorAfterTheMailThatWaits) {
  System system(stepped());
  std::vector<int> out;
  const auto recorder = system.spawn<Recorder>(out);
  recorder.send<Number>(1);
  recorder.send<Number>(2);
  recorder.stop();
  recorder.send<Number>(3);
  system.run_until_idle();
  EXPECT_EQ(out, (std::vector<int>{1, 2}));
  EXPECT_EQ(system.counters().dead_letters, 1U);
}

TEST(Address, StopsTheActorAtOnceWhenToldSo) {
  System system(stepped());
  std::vector<int> out;
  const auto recorder = system.spawn<Recorder>(out);
  recorder.send<Number>(1);
  recorder.send<Number>(2);
  recorder.stop_now();
  system.run_until_idle();
  EXPECT_TRUE(out.empty());
  EXPECT_EQ(system.counters().dead_letters, 2U);
}

TEST(Address, MayBeToldToStopTwice) {
  System system(stepped());
  const auto counter = system.spawn<Counter>();
  counter.stop();
  counter.stop_now();
  counter.stop();
  system.run_until_idle();
  counter.stop();
  counter.stop_now();
  EXPECT_EQ(system.counters().dead_letters, 0U);
}

}  // namespace stet::test::address_test
