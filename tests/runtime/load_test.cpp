// tests/runtime/load_test.cpp
// Goal    A LeastLoaded router counts what waits and is handled, exactly and however it ends.
// Method  Stepped systems.
#include <stet/runtime/detail/load.hpp>

#include <gtest/gtest.h>

#include <vector>

#include <stet/runtime/router.hpp>

#include "runtime/samples.hpp"

namespace stet::test::load_test {

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

TEST(LeastLoaded, CountsWhatWaitsAndIsHandled) {
  System system(stepped());
  const auto all = counters(system, 2);
  const LeastLoaded<Add> router(system, all);
  for (int i = 0; i < 10; ++i) router.send(1);
  EXPECT_EQ(router.load(), 10U);
  EXPECT_TRUE(system.step());
  EXPECT_EQ(router.load(), 9U);
  system.run_until_idle();
  EXPECT_EQ(router.load(), 0U);
  EXPECT_EQ(values(all), (Values{5, 5}));
}

TEST(LeastLoaded, ChoosesWhoHasLeast) {
  System system(stepped());
  const auto busy = system.spawn<Counter>();
  const auto idle = system.spawn<Counter>();
  const LeastLoaded<Add> router(system, {busy});
  for (int i = 0; i < 4; ++i) router.send(1);
  router.add(idle);
  for (int i = 0; i < 4; ++i) router.send(100);
  system.run_until_idle();
  EXPECT_EQ(values({busy, idle}), (Values{4, 400}));
}

TEST(LeastLoaded, CountsDownHoweverAMessageEnds) {
  System system(stepped());
  const LeastLoaded<Throw> thrown(system, {system.spawn<Counter>()});
  thrown.send("on purpose");
  thrown.send("never read");
  const LeastLoaded<Read> asked(system, {system.spawn<Counter>()});
  { [[maybe_unused]] auto never_sent = asked.ask(); }
  EXPECT_EQ(asked.load(), 0U);
  auto sent = asked.ask();
  EXPECT_EQ(asked.load(), 1U);
  EXPECT_TRUE(sent.get(1s));
  EXPECT_EQ(asked.load(), 0U);
  EXPECT_EQ(thrown.load(), 0U);
  EXPECT_EQ(system.counters().dead_letters, 1U);
}

TEST(LeastLoaded, MayGoBeforeItsMessages) {
  System system(stepped());
  const auto all = counters(system, 2);
  {
    const LeastLoaded<Add> router(system, all);
    for (int i = 0; i < 10; ++i) router.send(1);
  }
  system.run_until_idle();
  EXPECT_EQ(values(all), (Values{5, 5}));
}

}  // namespace stet::test::load_test
