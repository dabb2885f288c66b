// tests/runtime/topic_test.cpp
// Goal    What is published reaches all who are subscribed then, once, in their publisher's order;
//         nobody who has left, and nobody is kept.
// Method  Stepped systems with seeds; publishers and subscribers that come and go on real threads.
#include <stet/runtime/topic.hpp>

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/samples.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::topic_test {

// The example of the header.
struct PriceChanged {
  std::string item;
  std::int64_t cents;
};
struct PriceOf {
  using Reply = std::int64_t;
  std::string item;
};
class Till : public Actor<Till> {
 public:
  explicit Till(const Topic<PriceChanged>& prices) : subscription_(prices.subscribe(self())) {}
  void handle(const PriceChanged& change) { prices_[change.item] = change.cents; }
  std::int64_t handle(const PriceOf& question) { return prices_[question.item]; }

 private:
  std::map<std::string, std::int64_t> prices_;
  Subscription subscription_;
};

TEST(Topic, ReachesAllWhoSubscribe) {
  System system(stepped());
  const Topic<PriceChanged> prices;
  EXPECT_EQ(prices.publish("tea", 100), 0U);
  const auto first = system.spawn<Till>(prices);
  const auto second = system.spawn<Till>(prices);
  EXPECT_EQ(prices.size(), 2U);
  EXPECT_EQ(prices.publish("tea", 250), 2U);
  EXPECT_EQ(first.ask<PriceOf>("tea").get(1s).value(), 250);
  EXPECT_EQ(second.ask<PriceOf>("tea").get(1s).value(), 250);
}

TEST(Topic, DropsASubscriberThatStops) {
  System system(stepped());
  const Topic<PriceChanged> prices;
  const auto first = system.spawn<Till>(prices);
  const auto second = system.spawn<Till>(prices);
  first.stop();
  system.run_until_idle();
  EXPECT_EQ(prices.size(), 1U) << "its Subscription went with it";
  EXPECT_EQ(prices.publish("tea", 1), 1U);
}

TEST(Topic, DropsASubscriberWhoseSubscriptionIsStillHeld) {
  System system(stepped());
  const Topic<Add> topic;
  const auto counter = system.spawn<Counter>();
  const Subscription held = topic.subscribe(counter);
  counter.stop();
  system.run_until_idle();
  EXPECT_EQ(topic.size(), 1U);
  EXPECT_EQ(topic.publish(1), 0U);
  EXPECT_EQ(topic.size(), 0U);
  EXPECT_EQ(system.counters().dead_letters, 0U);
}

TEST(Topic, EndsASubscriptionWithItsOwner) {
  System system(stepped());
  const Topic<Add> topic;
  const auto counter = system.spawn<Counter>();
  {
    const Subscription one = topic.subscribe(counter);
    const Subscription two = topic.subscribe(counter);
    EXPECT_EQ(topic.publish(1), 2U);
  }
  EXPECT_EQ(topic.publish(1), 0U);
  EXPECT_EQ(counter.ask<Read>().get(1s).value(), 2);
}

TEST(Topic, MovesASubscription) {
  System system(stepped());
  const Topic<Add> topic;
  const auto counter = system.spawn<Counter>();
  Subscription first = topic.subscribe(counter);
  Subscription second = std::move(first);
  EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that it is empty is the point.
  EXPECT_TRUE(second);
  first.end();
  EXPECT_EQ(topic.publish(1), 1U);
  second = topic.subscribe(counter);
  EXPECT_EQ(topic.size(), 1U);
  second = Subscription();
  EXPECT_EQ(topic.size(), 0U);
}

TEST(Topic, IsFreedWithItsLastHandle) {
  System system(stepped());
  const auto counter = system.spawn<Counter>();
  std::optional<Subscription> late;
  {
    const Topic<Add> topic;
    const std::vector<Topic<Add>> copies{topic};
    EXPECT_EQ(topic, copies[0]);
    EXPECT_NE(topic, Topic<Add>());
    late = copies[0].subscribe(counter);
    EXPECT_EQ(topic.publish(1), 1U);
  }
  late.reset();  // After the handles: the leak checker says whether it was freed.
}

TEST(Topic, ThrowsWhatACopyThrowsAndGoesOn) {
  struct Fragile {
    int* left;
    explicit Fragile(int* copies) : left(copies) {}
    Fragile(const Fragile& other) : left(other.left) {
      if ((*left)-- == 0) throw std::runtime_error("no more copies");
    }
    Fragile(Fragile&& other) noexcept = default;
  };
  class Taker : public Actor<Taker> {
   public:
    void handle(const Fragile&) {}
  };
  System system(stepped());
  const Topic<Fragile> topic;
  std::vector<Subscription> held;
  for (int i = 0; i < 3; ++i) held.push_back(topic.subscribe(system.spawn<Taker>()));
  int copies = 2;
  EXPECT_THROW(topic.publish(&copies), std::runtime_error);
  system.run_until_idle();
  EXPECT_EQ(system.counters().messages, 2U);
  copies = 3;
  EXPECT_EQ(topic.publish(&copies), 3U);
}

// What one publisher publishes and what it sends arrive in one order.
struct Speak {
  int left;
};
class Speaker : public Actor<Speaker> {
 public:
  Speaker(Topic<Number> topic, Address<Recorder> to, int base)
      : topic_(std::move(topic)), to_(std::move(to)), next_(base) {}
  void handle(Speak message) {
    topic_.publish(next_++);
    to_.send<Number>(next_++);
    if (message.left > 1) self().send<Speak>(message.left - 1);
  }

 private:
  Topic<Number> topic_;
  Address<Recorder> to_;
  int next_;
};

TEST(Topic, KeepsTheOrderOfEachPublisher) {
  const Seed seed = Seed::from_environment_or_random();
  for (std::uint64_t round = 0; round < 20; ++round) {
    System system(stepped(seed.derive(round).value()));
    const Topic<Number> topic;
    std::vector<int> out;
    const auto recorder = system.spawn<Recorder>(out);
    const Subscription held = topic.subscribe(recorder);
    for (int base = 0; base < 300; base += 100) {
      system.spawn<Speaker>(topic, recorder, base).send<Speak>(10);
    }
    system.run_until_idle();
    ASSERT_EQ(out.size(), 60U) << seed << " round " << round;
    for (int base = 0; base < 300; base += 100) {
      int next = base;
      for (const int value : out) {
        if (value / 100 * 100 != base) continue;
        ASSERT_EQ(value, next++) << seed << " round " << round;
      }
    }
  }
}

TEST(Topic, IsChangedInsideHandlers) {
  System system(stepped());
  const Topic<Add> topic;
  const auto counter = system.spawn<Counter>();
  const auto runner = system.spawn<Runner>();
  Subscription held;
  runner.send<Do>([&](ActorBase&) {
    held = topic.subscribe(counter);
    topic.publish(1);
    held.end();
    topic.publish(1);
  });
  system.run_until_idle();
  EXPECT_EQ(counter.ask<Read>().get(1s).value(), 1);
}

// Subscribed all the time: everything, in order. Subscribed for a while: a run without gaps.
struct Tick {
  std::uint32_t publisher;
  std::uint64_t number;
};
struct Seen {
  using Reply = std::uint64_t;
};
class Listener : public Actor<Listener> {
 public:
  explicit Listener(bool from_the_start) : from_the_start_(from_the_start) {}
  void handle(Tick tick) {
    const std::uint64_t next = next_[tick.publisher];
    const bool first = next == 0 && !from_the_start_;
    if (!first && tick.number != next) ++gaps_;
    next_[tick.publisher] = tick.number + 1;
    ++seen_;
  }
  std::uint64_t handle(Seen) { return gaps_ == 0 ? seen_ : ~std::uint64_t{0}; }

 private:
  bool from_the_start_;
  std::uint64_t next_[4] = {};
  std::uint64_t seen_ = 0;
  std::uint64_t gaps_ = 0;
};

TEST(Topic, ReachesThoseWhoStayWhileOthersComeAndGo) {
  System system(with_workers(2));
  const Topic<Tick> topic;
  const std::uint64_t each = scaled(20'000);
  const auto steady = system.spawn<Listener>(true);
  const Subscription held = topic.subscribe(steady);
  std::atomic<int> publishing{2};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (std::uint32_t p = 0; p < 2; ++p) {
    threads.emplace_back([&, p] {
      for (std::uint64_t i = 0; i < each; ++i) topic.publish(p, i);
      --publishing;
    });
  }
  for (std::uint32_t c = 0; c < 2; ++c) {
    threads.emplace_back([&, c] {
      for (std::uint64_t n = 0; publishing != 0; ++n) {
        const auto guest = system.spawn<Listener>(false);
        Subscription visit = topic.subscribe(guest);
        topic.publish(2 + c, n);
        if (guest.ask<Seen>().get(patience).value_or(0) == 0) ++wrong;
        visit.end();
        const auto after = guest.ask<Seen>().get(patience).value_or(~std::uint64_t{0});
        if (after == ~std::uint64_t{0}) ++wrong;
        guest.stop();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(topic.size(), 1U);
  EXPECT_EQ(wrong, 0);
  ASSERT_TRUE(eventually([&] { return system.is_quiet(); }));
  EXPECT_GE(steady.ask<Seen>().get(patience).value(), 2 * each);
}

}  // namespace stet::test::topic_test
