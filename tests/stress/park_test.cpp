// tests/stress/park_test.cpp
// Goal    No wake-up is ever lost: a message to a system at rest is handled, a million times over.
// Method  A host thread sends single messages with tiny random gaps, so that sends meet workers in
//         every stage of going to sleep; a deadline far away stands for a hang.
#include <gtest/gtest.h>

#include <random>

#include "runtime/samples.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::park_test {

struct Poke {};
class Poked : public Actor<Poked> {
 public:
  explicit Poked(std::atomic<std::uint64_t>& count) : count_(count) {}
  // release: pairs with the test's look.
  void handle(Poke) { count_.fetch_add(1, std::memory_order_release); }

 private:
  std::atomic<std::uint64_t>& count_;
};

void poke_again_and_again(unsigned workers, RunsOn where, std::size_t count) {
  const Seed seed = Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  std::atomic<std::uint64_t> handled{0};
  System system(with_workers(workers));
  const auto one = system.spawn_with<Poked>({.runs_on = where}, handled);
  const auto two = system.spawn_with<Poked>({.runs_on = where}, handled);
  for (std::uint64_t i = 1; i <= count; ++i) {
    (random() % 2 == 0 ? one : two).send<Poke>();
    for (std::uint64_t gap = random() % 64; gap > 0; --gap)
      std::atomic_signal_fence(std::memory_order_seq_cst);
    // Now and then it waits, so that the workers come to rest; the rest of the time it races them.
    if (random() % 4 != 0) continue;
    std::uint64_t looks = 0;
    while (handled.load(std::memory_order_acquire) != i) {
      if (++looks < 10'000) {
        std::this_thread::yield();
        continue;
      }
      ASSERT_TRUE(eventually([&] { return handled == i; })) << "hangs at " << i << ", " << seed;
    }
  }
  EXPECT_TRUE(eventually([&] { return handled == count; })) << seed;
}

TEST(Park, LosesNoWakeUpWithOneWorker) { poke_again_and_again(1, RunsOn::pool, scaled(1'000'000)); }
TEST(Park, LosesNoWakeUpWithTwoWorkers) {
  poke_again_and_again(2, RunsOn::pool, scaled(1'000'000));
}
TEST(Park, LosesNoWakeUpWithManyWorkers) { poke_again_and_again(8, RunsOn::pool, scaled(200'000)); }
TEST(Park, LosesNoWakeUpOfAnActorsOwnThread) {
  poke_again_and_again(1, RunsOn::own_thread, scaled(300'000));
}

}  // namespace stet::test::park_test
