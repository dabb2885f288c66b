// tests/testing/explore_test.cpp
// Goal    A race between two messages is found by trying seeds, told with the seed, and found again
//         by that seed alone, however the body says that it failed.
// Method  Two actors write to a third: who is last depends on the order drawn.
#include <gtest/gtest.h>

#include <stet/testing/explore.hpp>

#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "runtime/samples.hpp"

namespace stet::test::explore_test {

using stet::testing::Exploration;
using stet::testing::explore;
using stet::testing::ExploreOptions;
using stet::testing::TestSystem;

struct Go {};
class Writer : public Actor<Writer> {
 public:
  Writer(int value, Address<Recorder> to) : value_(value), to_(std::move(to)) {}
  void handle(Go) { to_.send<Number>(value_); }

 private:
  int value_;
  Address<Recorder> to_;
};

// What is written last: 1 or 2, as the order is drawn.
int race(TestSystem& test) {
  std::vector<int> seen;
  auto recorder = test.spawn<Recorder>(seen);
  test.spawn<Writer>(1, recorder).send<Go>();
  test.spawn<Writer>(2, recorder).send<Go>();
  test.run_until_idle();
  return seen.size() == 2 ? seen[1] : 0;
}

struct Told {
  std::ostringstream out;
  ExploreOptions options{.out = &out, .seed_variable = nullptr};
};

TEST(Explore, FindsTheOrderThatFailsAndSaysHowToRunItAgain) {
  Told told;
  const Exploration found = explore(
      100, [](TestSystem& test) { return race(test) == 2; }, told.options);
  ASSERT_FALSE(found);
  EXPECT_EQ(told.out.str(), found.message() + "\n");
  EXPECT_NE(found.message().find("STET_TEST_SEED=" + std::to_string(found.seed)),
            std::string::npos);
  TestSystem again(found.seed);
  EXPECT_EQ(race(again), 1);
}

TEST(Explore, RunsAllSeedsWhereNoneFails) {
  Told told;
  int last[3] = {};
  const Exploration all = explore(
      50,
      [&](TestSystem& test) {
        const int winner = race(test);
        ++last[winner];
        return winner != 0;
      },
      told.options);
  EXPECT_TRUE(all) << all.message();
  EXPECT_EQ(all.runs, 50U);
  EXPECT_GT(last[1], 5);
  EXPECT_GT(last[2], 5);
  EXPECT_EQ(told.out.str(), "");
}

TEST(Explore, HearsEachWayToFail) {
  const auto why = [](auto body) {
    Told told;
    return explore(1, body, told.options).why;
  };
  EXPECT_EQ(why([](TestSystem&) {}), "");
  EXPECT_EQ(why([](TestSystem&) { return std::string("cold"); }), "cold");
  EXPECT_EQ(why([](TestSystem&) { return Result<void>(Error(Errc::io, "disk")); }), "io: disk");
  EXPECT_EQ(why([](TestSystem&) { throw std::runtime_error("oops"); }), "it threw: oops");
  EXPECT_EQ(why([](TestSystem&) { throw 7; }), "it threw what is no std::exception");
  EXPECT_EQ(why([](TestSystem& test) { test.expect<Number>(); }),
            "expected stet::test::Number 1 times, but it came 0 times\n");
}

TEST(Explore, RunsOnlyTheSeedThatTheEnvironmentNames) {
  Told told;
  told.options.seed_variable = "STET_EXPLORE_TEST_SEED";
  std::vector<std::uint64_t> seeds;
  const auto note = [&](TestSystem& test) { seeds.push_back(test.seed()); };
  ASSERT_EQ(setenv("STET_EXPLORE_TEST_SEED", "4711", 1), 0);
  EXPECT_TRUE(explore(100, note, told.options));
  EXPECT_EQ(seeds, std::vector<std::uint64_t>{4711});
  ASSERT_EQ(setenv("STET_EXPLORE_TEST_SEED", "12x", 1), 0);
  EXPECT_FALSE(explore(100, note, told.options));
  EXPECT_EQ(seeds.size(), 1U);
  ASSERT_EQ(unsetenv("STET_EXPLORE_TEST_SEED"), 0);
}

}  // namespace stet::test::explore_test
