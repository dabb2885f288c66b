// tests/runtime/family_threads_test.cpp
// Goal    On real threads too: children end before their parents, every question is answered, every
//         monitor that was not cancelled tells once, linked actors end together, and nothing is
//         left over, whatever fails, ends or is cancelled at the same time.
// Method  Two workers and two host threads that let actors of a living tree fail, stop and watch
//         each other at random, one of them on a thread of its own; conservation laws at the end.
#include <gtest/gtest.h>

#include <stet/runtime/link.hpp>
#include <stet/runtime/monitor.hpp>
#include <stet/runtime/supervision.hpp>
#include <stet/runtime/timer.hpp>

#include <atomic>
#include <memory>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/samples.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::family_threads_test {

struct Tally {
  std::atomic<int> objects{0};
  std::atomic<int> answers{0};
  std::atomic<int> monitors{0};
  std::atomic<int> downs{0};
  std::atomic<int> laws_broken{0};
};

class Leaf : public Actor<Leaf> {
 public:
  Leaf(Tally& tally, std::shared_ptr<std::atomic<int>> siblings)
      : tally_(tally), siblings_(std::move(siblings)) {
    ++tally_.objects;
    ++*siblings_;
    static_cast<void>(send_every<Number>(self(), 1ms, 1));
  }
  ~Leaf() {
    --tally_.objects;
    --*siblings_;
  }
  void handle(const Throw& message) { throw std::runtime_error(message.what); }
  void handle(Number) {}
  std::int64_t handle(Read) { return 1; }

 private:
  Tally& tally_;
  std::shared_ptr<std::atomic<int>> siblings_;
};

class Stem : public Actor<Stem> {
 public:
  Stem(Tally& tally, Strategy strategy) : tally_(tally) {
    ++tally_.objects;
    supervise(*this, {.strategy = strategy,
                      .restarts_max = 20,
                      .restarts_within = 100ms,
                      .backoff = {.min = 100us, .max = 1ms}});
    for (int i = 0; i < 3; ++i) {
      SpawnOptions options;
      if (i == 2) options.runs_on = RunsOn::own_thread;
      leaves_.push_back(spawn_child_with<Leaf>(*this, options, std::ref(tally), alive_));
    }
  }
  ~Stem() {
    --tally_.objects;
    if (*alive_ != 0) ++tally_.laws_broken;
  }
  void handle(const Throw& message) { throw std::runtime_error(message.what); }
  void handle(Number message) {
    const auto& leaf = leaves_[static_cast<std::size_t>(message.value) % leaves_.size()];
    leaf.ask<Read>().then(*this, [this](Result<std::int64_t>) { ++tally_.answers; });
    leaf.send<Throw>();
  }

 private:
  Tally& tally_;
  std::shared_ptr<std::atomic<int>> alive_ = std::make_shared<std::atomic<int>>(0);
  std::vector<Address<Leaf>> leaves_;
};

struct Watch {
  Address<Stem> whom;
};
class Watcher : public Actor<Watcher> {
 public:
  explicit Watcher(Tally& tally) : tally_(tally) {}
  void handle(const Watch& message) {
    ++tally_.monitors;
    Monitor monitor = stet::monitor(*this, message.whom);
    if (tally_.monitors % 3 == 0) {
      monitor.cancel();
      --tally_.monitors;
    }
    link(*this, message.whom);
  }
  void handle(const Down&) { ++tally_.downs; }
  void handle(const Exit&) {}

 private:
  Tally& tally_;
};

TEST(FamilyThreads, KeepTheLaws) {
  const Seed seed = Seed::from_environment_or_random();
  Tally tally;
  for (std::size_t round = 0; round < scaled(10); ++round) {
    System system(with_workers(2));
    std::vector<Address<Watcher>> watchers;
    for (int i = 0; i < 4; ++i) watchers.push_back(system.spawn<Watcher>(tally));
    const auto act = [&](std::uint64_t which) {
      std::mt19937_64 random(seed.derive(round * 2 + which).value());
      const auto root = system.spawn<Supervisor>(
          Supervision{.restarts_max = 1'000'000, .backoff = {.min = 50us, .max = 200us}});
      std::vector<Address<Stem>> stems;
      for (int i = 0; i < 300; ++i) {
        if (stems.size() < 4 || !stems.back().is_alive()) {
          stems.push_back(
              spawn_child<Stem>(root, std::ref(tally), static_cast<Strategy>(random() % 3)));
        }
        const auto& stem = stems[random() % stems.size()];
        switch (random() % 16) {
          case 0: stem.send<Throw>(); break;
          case 1: random() % 2 == 0 ? stem.stop() : stem.stop_now(); break;
          case 2:
          case 3: watchers[random() % watchers.size()].send<Watch>(stem); break;
          case 4: std::this_thread::sleep_for(200us); break;
          default: stem.send<Number>(static_cast<int>(random() % 8)); break;
        }
      }
      for (const auto& stem : stems) stem.stop();
      for (const auto& stem : stems) {
        EXPECT_TRUE(eventually([&] { return !stem.is_alive(); })) << seed;
      }
      root.stop_now();
      EXPECT_TRUE(eventually([&] { return !root.is_alive(); })) << seed;
    };
    std::thread other([&] { act(1); });
    act(0);
    other.join();
    EXPECT_TRUE(eventually([&] { return tally.downs == tally.monitors; }))
        << tally.downs << " of " << tally.monitors << " " << seed;
    ASSERT_TRUE(system.shutdown(patience)) << seed;
    EXPECT_EQ(tally.objects, 0) << seed;
    EXPECT_EQ(tally.laws_broken, 0) << seed;
    EXPECT_EQ(tally.downs, tally.monitors) << seed;
  }
}

TEST(FamilyThreads, AShutdownInTheMiddleOfFailuresEndsAll) {
  const Seed seed = Seed::from_environment_or_random();
  for (std::size_t round = 0; round < scaled(20); ++round) {
    Tally tally;
    {
      System system(with_workers(2));
      std::mt19937_64 random(seed.derive(round).value());
      const auto root = system.spawn<Supervisor>(
          Supervision{.restarts_max = 1000, .backoff = {.min = 1ms, .max = 1s}});
      std::vector<Address<Stem>> stems;
      for (int i = 0; i < 5; ++i) {
        stems.push_back(spawn_child<Stem>(root, std::ref(tally), Strategy::one_for_all));
      }
      for (int i = 0; i < 30; ++i) {
        stems[random() % stems.size()].send<Number>(static_cast<int>(random() % 8));
        if (random() % 4 == 0) stems[random() % stems.size()].send<Throw>();
      }
      const Result<void> ended = system.shutdown(500ms);
      EXPECT_TRUE(ended) << ended.error().message() << " " << seed;
      EXPECT_EQ(system.counters().actors_alive, 0U) << seed;
    }
    EXPECT_EQ(tally.objects, 0) << seed;
    EXPECT_EQ(tally.laws_broken, 0) << seed;
  }
}

}  // namespace stet::test::family_threads_test
