// tests/runtime/run_queue_test.cpp
// Goal    Oldest first, bounded, and every element leaves exactly once.
// Method  One thread for the words, thieves beside the owner for the count.
#include "runtime/src/run_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "support/scale.hpp"

namespace stet::detail::run_queue_test {

TEST(RunQueue, GivesTheOldestFirst) {
  BasicRunQueue<int, 4> queue;
  int values[3] = {};
  for (int& value : values) EXPECT_TRUE(queue.push(&value));
  EXPECT_EQ(queue.size(), 3U);
  for (int& value : values) EXPECT_EQ(queue.pop(), &value);
  EXPECT_EQ(queue.pop(), nullptr);
  EXPECT_EQ(queue.size(), 0U);
}

TEST(RunQueue, LeavesTheElementWithTheCallerWhenItIsFull) {
  BasicRunQueue<int, 4> queue;
  int values[5] = {};
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(queue.push(&values[i]));
  EXPECT_FALSE(queue.push(&values[4]));
  EXPECT_EQ(queue.pop(), &values[0]);
  EXPECT_TRUE(queue.push(&values[4]));
  for (int i = 1; i < 5; ++i) EXPECT_EQ(queue.pop(), &values[i]);
}

TEST(RunQueue, LosesAndDoublesNothingWhileOthersSteal) {
  const std::size_t count = test::scaled(300'000);
  std::vector<std::atomic<int>> taken(count);
  BasicRunQueue<std::atomic<int>, 64> queue;
  std::atomic<bool> done{false};
  std::vector<std::thread> thieves;
  for (int i = 0; i < 2; ++i) {
    thieves.emplace_back([&] {
      while (!done) {
        if (auto* element = queue.pop()) {
          ++*element;
        } else {
          std::this_thread::yield();
        }
      }
    });
  }
  for (std::size_t i = 0; i < count; ++i) {
    while (!queue.push(&taken[i])) {
      if (auto* element = queue.pop()) ++*element;
    }
    if (i % 3 == 0) {
      if (auto* element = queue.pop()) ++*element;
    }
  }
  while (auto* element = queue.pop()) ++*element;
  done = true;
  for (std::thread& thief : thieves) thief.join();
  for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(taken[i], 1) << i;
}

}  // namespace stet::detail::run_queue_test
