// tests/stress/shutdown_test.cpp
// Goal    A system under load ends in time, handles or reports every message, and frees all state.
// Method  Host threads send and spawn until after the end; what was handled and what became a dead
//         letter must add up to what was sent.
#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

#include "runtime/samples.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::shutdown_test {

class Sink : public Actor<Sink> {
 public:
  Sink(std::atomic<int>& alive, std::atomic<std::uint64_t>& handled)
      : alive_(alive), handled_(handled) {}
  void handle(Add) { handled_.fetch_add(1); }

 private:
  Alive alive_;
  std::atomic<std::uint64_t>& handled_;
};

TEST(Shutdown, UnderLoadAddsUp) {
  const Seed seed = Seed::from_environment_or_random();
  for (std::size_t round = 0; round < scaled(20); ++round) {
    std::atomic<int> alive{0};
    std::atomic<std::uint64_t> handled{0};
    std::atomic<std::uint64_t> sent{0};
    std::atomic<bool> done{false};
    System system(with_workers(2));
    std::vector<Address<Sink>> sinks;
    for (int i = 0; i < 16; ++i) {
      sinks.push_back(system.spawn_with<Sink>(
          {.runs_on = i % 8 == 0 ? RunsOn::own_thread : RunsOn::pool}, alive, handled));
    }
    std::vector<std::thread> threads;
    for (std::uint64_t i = 0; i < 2; ++i) {
      threads.emplace_back([&, i] {
        std::mt19937_64 random(seed.derive(2 * round + i).value());
        while (!done) {
          sinks[random() % sinks.size()].send<Add>(1);
          sent.fetch_add(1);
          if (random() % 32 == 0) std::this_thread::sleep_for(50us);
        }
      });
    }
    std::this_thread::sleep_for(5ms);
    const auto began = std::chrono::steady_clock::now();
    const Result<void> ended = system.shutdown(patience / 2);
    EXPECT_LT(std::chrono::steady_clock::now() - began, patience / 2 + 5s) << seed;
    done = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_TRUE(ended) << ended.error().message() << ' ' << seed;
    EXPECT_EQ(alive, 0) << seed;
    EXPECT_EQ(handled + system.counters().dead_letters, sent) << seed;
  }
}

TEST(Shutdown, OfManySystemsAtOnce) {
  for (std::size_t round = 0; round < scaled(20); ++round) {
    std::vector<std::thread> threads;
    for (int i = 0; i < 3; ++i) {
      threads.emplace_back([] {
        System system(with_workers(2));
        for (int k = 0; k < 50; ++k) system.spawn<Counter>().send<Add>(1);
        EXPECT_TRUE(system.shutdown(patience));
      });
    }
    for (std::thread& thread : threads) thread.join();
  }
}

}  // namespace stet::test::shutdown_test
