// tests/runtime/injector_test.cpp
// Goal    While anything is inside, queued() says so, also when the queue claims to be empty.
// Method  A queue that fails on demand, then the real one.
#include "runtime/src/injector.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <thread>
#include <vector>

#include "runtime/src/shared_queue.hpp"
#include "support/scale.hpp"

namespace stet::detail::injector_test {

bool refuse_put = false;
bool refuse_take = false;

template <class T>
class MoodyQueue {
 public:
  bool put(T element) {
    if (refuse_put) return false;
    elements_.push_back(element);
    return true;
  }
  bool try_take(T& element) {
    if (refuse_take || elements_.empty()) return false;
    element = elements_.front();
    elements_.pop_front();
    return true;
  }

 private:
  std::deque<T> elements_;
};

TEST(Injector, SaysThatSomethingIsQueuedThoughTheQueueFailsToGiveIt) {
  BasicInjector<int, MoodyQueue> injector;
  int value = 0;
  EXPECT_FALSE(injector.queued());
  EXPECT_TRUE(injector.put(&value));
  refuse_take = true;
  EXPECT_EQ(injector.try_take(), nullptr);
  EXPECT_TRUE(injector.queued());
  EXPECT_TRUE(injector.seems_queued());
  refuse_take = false;
  EXPECT_EQ(injector.try_take(), &value);
  EXPECT_FALSE(injector.queued());
}

TEST(Injector, CountsNothingThatCouldNotBeQueued) {
  BasicInjector<int, MoodyQueue> injector;
  int value = 0;
  refuse_put = true;
  EXPECT_FALSE(injector.put(&value));
  refuse_put = false;
  EXPECT_FALSE(injector.queued());
}

TEST(Injector, GivesEveryElementOnceThoughManyThreadsFillAndEmptyIt) {
  const std::size_t each = test::scaled(50'000);
  BasicInjector<std::atomic<int>, SharedQueue> injector;
  std::vector<std::atomic<int>> taken(2 * each);
  std::atomic<std::size_t> left{2 * each};
  std::vector<std::thread> threads;
  for (std::size_t half = 0; half < 2; ++half) {
    threads.emplace_back([&, half] {
      for (std::size_t i = 0; i < each; ++i) {
        while (!injector.put(&taken[half * each + i])) std::this_thread::yield();
      }
    });
    threads.emplace_back([&] {
      while (left != 0) {
        if (auto* element = injector.try_take()) {
          ++*element;
          --left;
        } else {
          std::this_thread::yield();
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::atomic<int>& count : taken) ASSERT_EQ(count, 1);
  EXPECT_FALSE(injector.queued());
}

}  // namespace stet::detail::injector_test
