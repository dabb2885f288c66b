// tests/runtime/registry_test.cpp
// Goal    A name leads to the living actor of the asked type that holds it, and to nobody else.
// Method  Stepped systems; a seeded run against a plain map; threads that put, find and stop.
#include <stet/runtime/registry.hpp>

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "runtime/samples.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::registry_test {

// The example of the header.
struct Print {
  std::string text;
};
class Printer : public Actor<Printer> {
 public:
  void handle(Print message) { last_ = std::move(message.text); }
  std::int64_t handle(Read) { return static_cast<std::int64_t>(last_.size()); }

 private:
  std::string last_;
};

TEST(Registry, FindsByTypeAndName) {
  System system(stepped());
  const auto printer = system.spawn<Printer>();
  Registry registry;
  ASSERT_TRUE(registry.put<Printer>("lobby", printer));
  auto found = registry.find<Printer>("lobby");
  ASSERT_TRUE(found);
  found->send<Print>("hello");
  EXPECT_EQ(printer.ask<Read>().get(1s).value(), 5);
  EXPECT_EQ(*found, printer);
  EXPECT_EQ(registry.size(), 1U);
}

TEST(Registry, SaysWhichTypesHoldTheName) {
  System system(stepped());
  const Registry registry;
  ASSERT_TRUE(registry.put<Printer>("lobby", system.spawn<Printer>()));
  ASSERT_TRUE(registry.put<Read>("lobby", system.spawn<Counter>()));
  const auto wrong = registry.find<Counter>("lobby");
  ASSERT_EQ(wrong.error(), Errc::not_found);
  EXPECT_NE(wrong.error().text.find("Counter is named \"lobby\""), std::string::npos);
  EXPECT_NE(wrong.error().text.find("registry_test::Printer"), std::string::npos);
  EXPECT_NE(wrong.error().text.find("test::Read"), std::string::npos);
  const auto none = registry.find<Counter>("cellar");
  ASSERT_EQ(none.error(), Errc::not_found);
  EXPECT_EQ(none.error().text.find("held by"), std::string::npos);
}

TEST(Registry, TakesOneNameOncePerType) {
  System system(stepped());
  const Registry registry;
  const auto first = system.spawn<Counter>(1);
  const auto second = system.spawn<Counter>(2);
  ASSERT_TRUE(registry.put<Counter>("one", first));
  EXPECT_EQ(registry.put<Counter>("one", second).error(), Errc::already_exists);
  EXPECT_EQ(registry.put<Counter>("one", first).error(), Errc::already_exists);
  EXPECT_EQ(registry.find<Counter>("one").value(), first);
  EXPECT_TRUE(registry.put<Counter>("two", second));
  EXPECT_TRUE(registry.put<Printer>("one", system.spawn<Printer>()));
  EXPECT_EQ(registry.size(), 3U);
}

TEST(Registry, FindsWhoeverAcceptsAMessage) {
  System system(stepped());
  const Registry registry;
  const auto counter = system.spawn<Counter>(7);
  ASSERT_TRUE(registry.put<Read>("meter", counter));
  EXPECT_EQ(registry.find<Read>("meter").value().ask().get(1s).value(), 7);
  EXPECT_FALSE(registry.find<Add>("meter"));
  EXPECT_FALSE(registry.remove<Read>("meter", system.spawn<Counter>()));
  EXPECT_TRUE(registry.remove<Read>("meter", counter));
  EXPECT_FALSE(registry.find<Read>("meter"));
}

TEST(Registry, ForgetsWhoHasStopped) {
  System system(stepped());
  const Registry registry;
  const auto first = system.spawn<Counter>();
  ASSERT_TRUE(registry.put<Counter>("name", first));
  first.stop();
  system.run_until_idle();
  EXPECT_EQ(registry.find<Counter>("name").error(), Errc::not_found);
  EXPECT_EQ(registry.size(), 0U);
  const auto second = system.spawn<Counter>();
  ASSERT_TRUE(registry.put<Counter>("name", second));
  second.stop();
  system.run_until_idle();
  const auto third = system.spawn<Counter>();
  ASSERT_TRUE(registry.put<Counter>("name", third));  // Without a look in between.
  EXPECT_EQ(registry.find<Counter>("name").value(), third);
}

TEST(Registry, RemovesOnlyWhomItIsTold) {
  System system(stepped());
  const Registry registry;
  const auto first = system.spawn<Counter>();
  const auto second = system.spawn<Counter>();
  EXPECT_FALSE(registry.remove<Counter>("name"));
  ASSERT_TRUE(registry.put<Counter>("name", second));
  EXPECT_FALSE(registry.remove<Counter>("name", first));
  EXPECT_TRUE(registry.find<Counter>("name"));
  EXPECT_TRUE(registry.remove<Counter>("name", second));
  EXPECT_FALSE(registry.find<Counter>("name"));
}

TEST(Registry, RefusesWhatIsNoNameOrNobody) {
  System system(stepped());
  const Registry registry;
  const auto counter = system.spawn<Counter>();
  EXPECT_EQ(registry.put<Counter>("", counter).error(), Errc::invalid_argument);
  EXPECT_EQ(registry.put<Counter>(std::string(256, 'x'), counter).error(), Errc::invalid_argument);
  EXPECT_TRUE(registry.put<Counter>(std::string(255, 'x'), counter));
  EXPECT_EQ(registry.put<Counter>("nobody", Address<Counter>()).error(), Errc::invalid_argument);
  counter.stop();
  system.run_until_idle();
  EXPECT_EQ(registry.put<Counter>("late", counter).error(), Errc::receiver_gone);
}

TEST(Registry, IsSweptByPutsAndOnDemand) {
  System system(stepped());
  const Registry registry;
  constexpr int many = 1000;
  for (int i = 0; i < many; ++i) {
    const auto short_lived = system.spawn<Counter>();
    ASSERT_TRUE(registry.put<Counter>("short " + std::to_string(i), short_lived));
    short_lived.stop();
    system.run_until_idle();
    // 16 parts, each swept by every 16th put: what has stopped cannot pile up.
    ASSERT_LE(registry.size(), 200U) << i;
  }
  const auto living = system.spawn<Counter>();
  ASSERT_TRUE(registry.put<Counter>("living", living));
  const std::size_t before = registry.size();
  EXPECT_EQ(registry.sweep(), before - 1);
  EXPECT_EQ(registry.size(), 1U);
  EXPECT_TRUE(registry.find<Counter>("living"));
}

TEST(Registry, MayOutliveItsSystem) {
  const Registry registry;
  {
    System system(stepped());
    ASSERT_TRUE(registry.put<Counter>("name", system.spawn<Counter>()));
  }
  EXPECT_FALSE(registry.find<Counter>("name"));
}

TEST(Registry, AgreesWithAPlainMap) {
  const Seed seed = Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  System system(stepped(seed.value()));
  const Registry registry;
  std::map<std::string, Address<Counter>> expected;
  for (std::size_t i = 0; i < scaled(5'000); ++i) {
    const std::string name = std::to_string(random() % 50);
    const auto known = expected.find(name);
    switch (random() % 4) {
      case 0: {
        const auto who = system.spawn<Counter>();
        const bool put = bool(registry.put<Counter>(name, who));
        ASSERT_EQ(put, known == expected.end()) << seed;
        if (put) {
          expected.emplace(name, who);
        } else {
          who.stop();
        }
        break;
      }
      case 1: {
        const auto found = registry.find<Counter>(name);
        ASSERT_EQ(found.has_value(), known != expected.end()) << seed;
        if (found) {
          ASSERT_EQ(*found, known->second) << seed;
        }
        break;
      }
      case 2:
        ASSERT_EQ(registry.remove<Counter>(name), known != expected.end()) << seed;
        if (known != expected.end()) expected.erase(known);
        break;
      default:
        if (known == expected.end()) break;
        known->second.stop();
        system.run_until_idle();
        expected.erase(known);
    }
  }
  registry.sweep();
  EXPECT_EQ(registry.size(), expected.size()) << seed;
}

// Of all who try for a name at the same time one gets it; who is found had that name.
TEST(Registry, GivesANameToOneOfManyThreads) {
  const Seed seed = Seed::from_environment_or_random();
  System system(with_workers(2));
  const Registry registry;
  constexpr std::uint64_t names = 8;
  std::atomic<std::uint64_t> holders[names] = {};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937_64 random(seed.derive(t).value());
      for (std::size_t i = 0; i < scaled(3'000); ++i) {
        const std::uint64_t n = random() % names;
        const std::string name = std::to_string(n);
        const auto who = system.spawn<Counter>(static_cast<std::int64_t>(n));
        if (registry.put<Counter>(name, who)) {
          if (holders[n].fetch_add(1) != 0) ++wrong;
          const auto found = registry.find<Counter>(name);
          if (!found || *found != who) ++wrong;
          holders[n].fetch_sub(1);
          // Three ways to let it go, all of which free the name.
          if (i % 2 == 0 && !registry.remove<Counter>(name, who)) ++wrong;
        } else if (const auto other = registry.find<Counter>(name)) {
          if (i % 16 == 0) {
            const auto value = other->ask<Read>().get(patience);
            if (value && *value != static_cast<std::int64_t>(n)) ++wrong;
          }
        }
        who.stop();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0) << seed;
  ASSERT_TRUE(eventually([&] { return system.is_quiet(); })) << seed;
  registry.sweep();
  EXPECT_EQ(registry.size(), 0U) << seed;
}

}  // namespace stet::test::registry_test
