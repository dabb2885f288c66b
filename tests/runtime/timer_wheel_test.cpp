// tests/runtime/timer_wheel_test.cpp
// Goal    Whatever is set and cancelled, the wheel gives out exactly what is due and nothing early,
//         whether time creeps or jumps.
// Method  Random runs against a multimap that knows the right answer; seeds printed on failure.
#include <gtest/gtest.h>

#include "runtime/src/timer_wheel.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::timer_wheel_test {

struct Node {
  Node* next = nullptr;
  Node** back = nullptr;
  std::int64_t deadline = 0;
};
using Wheel = detail::BasicTimerWheel<Node>;

std::vector<Node*> due(Wheel& wheel, std::int64_t now, std::size_t count_max = 1'000'000) {
  std::vector<Node*> out;
  wheel.take_due(now, count_max, [&](Node& node) { out.push_back(&node); });
  return out;
}

TEST(TimerWheel, GivesOutWhatIsDueAndNothingEarly) {
  const Seed first = Seed::from_environment_or_random();
  SCOPED_TRACE(first);
  for (std::size_t run = 0; run < scaled(40); ++run) {
    SCOPED_TRACE(run);
    std::mt19937_64 random(first.value() + run);
    Wheel wheel;
    std::multimap<std::int64_t, Node*> right;
    std::vector<std::unique_ptr<Node>> nodes;
    // Some runs begin where a host that has been up for long begins.
    std::int64_t now = (random() % 2 == 0) ? 0 : static_cast<std::int64_t>(random() % (1ULL << 60));
    std::size_t given = 0;
    for (int step = 0; step < 400; ++step) {
      const int spread = static_cast<int>(random() % 50);
      for (std::uint64_t count = random() % 8; count != 0; --count) {
        nodes.push_back(std::make_unique<Node>());
        const auto ahead = static_cast<std::int64_t>(random() % (std::uint64_t{1} << spread));
        nodes.back()->deadline = now + ahead;
        wheel.set(*nodes.back());
        right.emplace(now + ahead, nodes.back().get());
      }
      while (!right.empty() && random() % 4 == 0) {  // cancel one
        auto which = std::next(right.begin(), static_cast<std::ptrdiff_t>(random() % right.size()));
        wheel.unlink(*which->second);
        right.erase(which);
      }
      if (!right.empty()) {
        ASSERT_LE(wheel.next_deadline(), right.begin()->first) << "who sleeps until then is late";
      }
      now += static_cast<std::int64_t>(random() % (std::uint64_t{1} << (random() % 52)));
      if (!right.empty() && random() % 3 == 0) now = std::max(now, right.begin()->first);
      std::set<Node*> expected;
      while (!right.empty() && right.begin()->first <= now) {
        expected.insert(right.begin()->second);
        right.erase(right.begin());
      }
      const std::vector<Node*> got = due(wheel, now);
      given += got.size();
      ASSERT_EQ(std::set<Node*>(got.begin(), got.end()), expected) << "at step " << step;
      ASSERT_EQ(got.size(), expected.size()) << "given out twice";
    }
    EXPECT_GT(given, 0U);
  }
}

TEST(TimerWheel, KeepsTheOrderOfEqualDeadlines) {
  Wheel wheel;
  std::vector<Node> nodes(100);
  for (Node& node : nodes) {
    node.deadline = 3'000'000'000;
    wheel.set(node);
  }
  const std::vector<Node*> got = due(wheel, 3'000'000'000);
  ASSERT_EQ(got.size(), nodes.size());
  for (std::size_t at = 0; at < nodes.size(); ++at) EXPECT_EQ(got[at], &nodes[at]);
}

TEST(TimerWheel, GivesOutALotInPortions) {
  Wheel wheel;
  std::vector<Node> nodes(1000);
  for (Node& node : nodes) {
    node.deadline = 1'000'000;
    wheel.set(node);
  }
  std::size_t got = 0;
  for (std::size_t portion = 0; (portion = due(wheel, 2'000'000, 64).size()) != 0;) {
    EXPECT_LE(portion, 64U);
    got += portion;
  }
  EXPECT_EQ(got, nodes.size());
}

TEST(TimerWheel, KnowsTheNextDeadlineExactlyWhereNothingWasCancelled) {
  Wheel wheel;
  EXPECT_EQ(wheel.next_deadline(), Wheel::never);
  std::vector<Node> nodes(3);
  nodes[0].deadline = 86'400'000'000'123;
  nodes[1].deadline = 5'000'001;
  nodes[2].deadline = 5'000'007;
  for (Node& node : nodes) wheel.set(node);
  EXPECT_EQ(wheel.next_deadline(), 5'000'001);
  EXPECT_EQ(due(wheel, 5'000'003).size(), 1U) << "the other one of this tick is not due";
  EXPECT_EQ(wheel.next_deadline(), 5'000'007);
}

TEST(TimerWheel, TakesDeadlinesBeyondItsLastTurn) {
  Wheel wheel;
  Node node;
  node.deadline = Wheel::never - 1;
  wheel.set(node);
  EXPECT_TRUE(due(wheel, 1'000'000'000).empty());
  wheel.unlink(node);
  EXPECT_EQ(wheel.next_deadline(), Wheel::never);
}

}  // namespace stet::test::timer_wheel_test
