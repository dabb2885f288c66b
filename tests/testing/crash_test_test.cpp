// tests/testing/crash_test_test.cpp
// Goal    explore_crashes() finds what a crash would break, names seed and place, and finds nothing where
//         nothing is wrong.
// Method  A counter, two accounts that must agree, and the same with faults in them.
// Control Each promise is also broken: acknowledged early, two changes in the place of one.
#include <gtest/gtest.h>

#include <cstdint>
#include <sstream>
#include <string>
#include <utility>

#include <stet/persistence/persistable.hpp>
#include <stet/persistence/spawn_persistent.hpp>
#include <stet/testing/crash_test.hpp>

#include "support/scale.hpp"

namespace stet::test::crash_test_test {
namespace {

using namespace std::chrono_literals;
using testing::CrashOptions;
using testing::CrashTest;
using testing::explore_crashes;
using testing::Life;

struct Tally {
  std::int64_t count = 0;
};
struct Add {
  using Reply = Ack;
};
// Answers when the change is durable; or, to see that found, at once.
class Counter : public Actor<Counter> {
 public:
  Counter(Persistable<Tally> tally, bool is_early)
      : tally_(std::move(tally)), is_early_(is_early) {}
  void handle(Add, Promise<Add> answer) {
    Token token = tally_.mutate([](Tally& tally) { ++tally.count; });
    if (is_early_) return answer.resolve(Ack{});
    token.then(*this,
               [answer = std::move(answer)](const Result<Ack>& done) mutable { answer.set(done); });
  }

 private:
  Persistable<Tally> tally_;
  const bool is_early_;
};

Repository<Tally> tally(Life& life) { return Repository<Tally>{life.data().base("//tally")}; }

std::int64_t stored(CrashTest& test) {
  return test.undisturbed([](Life& life) { return tally(life).read().value_or(Tally{}).count; });
}

testing::Exploration count(std::size_t seeds, bool is_early, CrashOptions options) {
  std::ostringstream out;
  options.out = &out;
  options.seed_variable = nullptr;
  return explore_crashes(
      seeds,
      [&](CrashTest& test) -> std::string {
        std::int64_t asked = 0;
        std::int64_t acknowledged = 0;
        for (int i = 0; i < 3; ++i) {
          test.live([&](Life& life) {
            const auto counter = spawn_persistent<Counter>(life.system(), tally(life), is_early);
            for (int n = 0; n < 5; ++n) {
              ++asked;
              if (counter.ask<Add>().get(10s)) ++acknowledged;
            }
          });
        }
        const std::int64_t found = stored(test);
        if (found < acknowledged) return "an acknowledged change is lost";
        return found <= asked ? "" : "more than was asked for";
      },
      options);
}

TEST(CrashTest, FindsNothingWrongWithACounterThatWaitsForItsAcknowledgement) {
  const testing::Exploration found = count(scaled(500), false, {});
  EXPECT_TRUE(found) << found.message();
}

TEST(CrashTest, NorWhereTheDiskFailsTooAndTheStoreGoesOn) {
  CrashOptions options{.full_permille = 50, .poison_permille = 50};
  options.store.failure = FailurePolicy::reopen;
  const testing::Exploration found = count(scaled(500), false, options);
  EXPECT_TRUE(found) << found.message();
}

TEST(CrashTest, NorAtAnyPlaceOfARun) {
  const testing::Exploration found = count(3, false, {.every_point = true});
  EXPECT_TRUE(found) << found.message();
}

TEST(CrashTest, FindsAnAnswerThatComesEarlyAndNamesSeedAndPlace) {
  for (const bool every_point : {false, true}) {
    const testing::Exploration found = count(200, true, {.every_point = every_point});
    ASSERT_FALSE(found);
    EXPECT_NE(found.why.find("an acknowledged change is lost; life "), std::string::npos)
        << found.why;
    // The same seed fails again, at the same place.
    CrashOptions options{.every_point = every_point};
    options.first_seed = found.seed;
    EXPECT_EQ(count(1, true, options).why, found.why);
  }
}

struct Move {};
// Both in one turn, or, to see that found, in two.
class Accounts : public Actor<Accounts> {
 public:
  Accounts(Persistable<Tally> from, Persistable<Tally> to, bool is_torn)
      : from_(std::move(from)), to_(std::move(to)), is_torn_(is_torn) {}
  struct Rest {};
  void handle(Move) {
    from_.mutate([](Tally& tally) { --tally.count; });
    if (is_torn_) return self().send<Rest>();
    handle(Rest());
  }
  void handle(Rest) {
    to_.mutate([](Tally& tally) { ++tally.count; });
  }

 private:
  Persistable<Tally> from_;
  Persistable<Tally> to_;
  const bool is_torn_;
};

TEST(CrashTest, FindsTwoChangesWhereThereShouldBeOne) {
  const auto move = [](std::size_t seeds, bool is_torn) {
    std::ostringstream out;
    CrashOptions options{.every_point = true};
    options.out = &out;
    options.seed_variable = nullptr;
    options.store.batch_records = 1;
    return explore_crashes(
        seeds,
        [&](CrashTest& test) {
          const auto account = [](Life& life, const char* name) {
            return Repository<Tally>{life.data().base("//account").scope(name)};
          };
          test.live([&](Life& life) {
            const auto accounts = spawn_persistent<Accounts>(life.system(), account(life, "from"),
                                                             account(life, "to"), is_torn);
            for (int n = 0; n < 3; ++n) accounts.send<Move>();
          });
          return test.undisturbed([&](Life& life) {
            return account(life, "from").read().value_or(Tally{}).count +
                       account(life, "to").read().value_or(Tally{}).count ==
                   0;
          });
        },
        options);
  };
  const testing::Exploration whole = move(scaled(20), false);
  EXPECT_TRUE(whole) << whole.message();
  EXPECT_FALSE(move(20, true));
}

TEST(CrashTest, ALifeInsideOfAnotherIsTold) {
  std::ostringstream out;
  CrashOptions options;
  options.out = &out;
  options.seed_variable = nullptr;
  const auto found = explore_crashes(
      1, [](CrashTest& test) { test.undisturbed([&](Life&) { test.undisturbed([](Life&) {}); }); },
      options);
  EXPECT_FALSE(found);
  EXPECT_NE(found.why.find("while another one was going on"), std::string::npos) << found.why;
}

}  // namespace
}  // namespace stet::test::crash_test_test
