// tests/runtime/fresh_stack_test.cpp
// Goal    Newest first for the owner, oldest first for others, bounded, and every element leaves once.
// Method  One thread for the words, thieves beside the owner for the count.
#include "runtime/src/fresh_stack.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "support/scale.hpp"

namespace stet::detail::fresh_stack_test {

TEST(FreshStack, GivesItsOwnerTheNewestAndOthersTheOldest) {
  BasicFreshStack<int, 4> stack;
  int values[4] = {};
  for (int& value : values) EXPECT_TRUE(stack.push(&value));
  EXPECT_EQ(stack.size(), 4U);
  EXPECT_EQ(stack.pop(), &values[3]);
  EXPECT_EQ(stack.steal(), &values[0]);
  EXPECT_EQ(stack.pop(), &values[2]);
  EXPECT_EQ(stack.steal(), &values[1]);
  EXPECT_EQ(stack.pop(), nullptr);
  EXPECT_EQ(stack.steal(), nullptr);
  EXPECT_EQ(stack.size(), 0U);
}

TEST(FreshStack, LeavesTheElementWithTheCallerWhenItIsFull) {
  BasicFreshStack<int, 4> stack;
  int values[5] = {};
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(stack.push(&values[i]));
  EXPECT_FALSE(stack.push(&values[4]));
  EXPECT_EQ(stack.steal(), &values[0]);
  EXPECT_TRUE(stack.push(&values[4]));
  for (int i = 4; i > 0; --i) EXPECT_EQ(stack.pop(), &values[i]);
  EXPECT_EQ(stack.pop(), nullptr);
}

TEST(FreshStack, LosesAndDoublesNothingWhileOthersSteal) {
  const std::size_t count = test::scaled(300'000);
  std::vector<std::atomic<int>> taken(count);
  BasicFreshStack<std::atomic<int>, 64> stack;
  std::atomic<bool> done{false};
  std::vector<std::thread> thieves;
  for (int i = 0; i < 2; ++i) {
    thieves.emplace_back([&] {
      while (!done) {
        if (auto* element = stack.steal()) {
          ++*element;
        } else {
          std::this_thread::yield();
        }
      }
    });
  }
  for (std::size_t i = 0; i < count; ++i) {
    while (!stack.push(&taken[i])) {
      if (auto* element = stack.pop()) ++*element;
    }
    // Mostly down to the last one, where owner and thief meet.
    if (i % 3 != 0) {
      if (auto* element = stack.pop()) ++*element;
    }
  }
  while (auto* element = stack.pop()) ++*element;
  done = true;
  for (std::thread& thief : thieves) thief.join();
  for (std::size_t i = 0; i < count; ++i) ASSERT_EQ(taken[i], 1) << i;
}

}  // namespace stet::detail::fresh_stack_test
