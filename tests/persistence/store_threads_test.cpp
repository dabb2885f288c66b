// tests/persistence/store_threads_test.cpp - the store under real threads, its queue kept short.
// Goal    Nothing is lost, doubled or stuck while actors are paused and host threads wait for room.
// Method  Actors and host threads count as fast as they can over a queue of 64 KiB; then every
//         value must be what was sent, in memory and in the store. For thread sanitizers too.
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <stet/persistence/spawn_persistent.hpp>

#include "support/scale.hpp"
#include "support/temp_dir.hpp"

namespace stet::test {
namespace {

using namespace std::chrono_literals;

struct Steps {
  std::uint64_t count = 0;
  std::string ballast = std::string(200, 'b');  // So that a few hundred changes fill the queue.
};
struct Step {};
struct StepsTaken {
  using Reply = std::uint64_t;
};

class Walker : public Actor<Walker> {
 public:
  explicit Walker(Persistable<Steps> steps) : steps_(std::move(steps)) {}
  void handle(Step) {
    steps_.mutate([](Steps& steps) { ++steps.count; });
  }
  std::uint64_t handle(StepsTaken) { return steps_->count; }

 private:
  Persistable<Steps> steps_;
};

void walk(EngineChoice engine) {
  constexpr std::size_t walkers = 50;
  constexpr std::size_t senders = 2;
  const std::size_t rounds = scaled(200);
  System system({.workers = 4});
  const Store store =
      Store::open(system,
                  {.engine = std::move(engine), .batch_records = 64, .queue_bytes = 64 << 10})
          .value();
  const DataStore base = DataStore{store}.base("//walk");
  const auto repository = [&base](const std::string& name) {
    return Repository<Steps>{base.scope(name)};
  };
  std::vector<Address<Walker>> actors;
  for (std::size_t i = 0; i < walkers; ++i) {
    actors.push_back(spawn_persistent<Walker>(system, repository(std::to_string(i))));
  }
  std::vector<std::thread> threads;
  for (std::size_t sender = 0; sender < senders; ++sender) {
    threads.emplace_back([&actors, rounds] {
      for (std::size_t round = 0; round < rounds; ++round) {
        for (const Address<Walker>& actor : actors) actor.send<Step>();
      }
    });
  }
  threads.emplace_back([&repository, rounds] {
    auto own = Persistable<Steps>::load_or_default(repository("host")).value();
    for (std::size_t round = 0; round < rounds; ++round) {
      const Token token = own.mutate([](Steps& steps) { ++steps.count; });
      ASSERT_EQ(token.refused(), nullptr);
      if (round % 16 == 0) {
        ASSERT_TRUE(token.wait(30s));
      }
    }
  });
  for (std::thread& thread : threads) thread.join();
  for (const Address<Walker>& actor : actors) {
    ASSERT_EQ(actor.ask<StepsTaken>().get(30s).value(), senders * rounds);
  }
  ASSERT_TRUE(store.flush(30s));
  for (std::size_t i = 0; i < walkers; ++i) {
    ASSERT_EQ(repository(std::to_string(i)).read().value().count, senders * rounds);
  }
  EXPECT_EQ(repository("host").read().value().count, rounds);
  EXPECT_EQ(store.stats().queued_bytes, 0U);
  EXPECT_TRUE(system.shutdown(30s));
}

TEST(StoreThreads, NothingIsLostOverAShortQueueInMemory) { walk(EngineChoice::memory()); }

TEST(StoreThreads, NothingIsLostOverAShortQueueOnLmdb) {
  const TempDir directory;
  walk(EngineChoice::lmdb(directory / "store"));
}

}  // namespace
}  // namespace stet::test
