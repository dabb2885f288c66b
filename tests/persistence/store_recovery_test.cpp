// tests/persistence/store_recovery_test.cpp - what is there after a power cut at any moment.
// Goal    D1 to D3: acknowledged is there; what is recovered is a prefix; two Persistables that
//         change together agree.
// Method  Stepped Systems: actors, store and disk on one thread in an order drawn from the seed;
//         the disk loses power after a drawn number of steps, then a new System opens it.
// Control The same check must notice an engine that acknowledges without writing, and one that
//         calls a commit durable at its return.
#include <gtest/gtest.h>

#include <array>
#include <random>

#include <stet/persistence/spawn_persistent.hpp>

#include "lying_engine.hpp"
#include "store_rig.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test {
namespace {

struct Count {
  std::int64_t value = 0;
};
struct Next {};

class PairWriter : public Actor<PairWriter> {
 public:
  PairWriter(Persistable<Count> left, Persistable<Count> right, std::int64_t* acked)
      : left_(std::move(left)), right_(std::move(right)), acked_(acked) {}
  void handle(Next) {
    const auto add = [](Count& count) { ++count.value; };
    left_.mutate(add);
    const std::int64_t now = left_->value;
    right_.mutate(add).then(*this, [this, now](Result<Ack> done) {
      if (done && *acked_ < now) *acked_ = now;
    });
  }

 private:
  Persistable<Count> left_;
  Persistable<Count> right_;
  std::int64_t* acked_;
};

struct Verdict {
  std::string fault;  // Empty: all as promised.
  std::int64_t acked = 0;
};

Verdict run_and_cut(Seed seed, std::optional<LyingEngine::Lie> lie) {
  constexpr std::size_t writers = 4;
  std::mt19937_64 random(seed.value());
  const auto disk = std::make_shared<detail::MemoryDisk>();
  std::array<std::int64_t, writers> acked{};
  std::array<std::int64_t, writers> sent{};
  const auto scope_of = [](const DataStore& data, std::size_t writer, const char* side) {
    return Repository<Count>{data.base("//count").scope(std::to_string(writer)).scope(side)};
  };
  {
    System system({.stepped = true, .seed = seed.value()});
    std::unique_ptr<detail::Engine> engine = detail::make_memory_engine(disk).value();
    if (lie) engine = std::make_unique<LyingEngine>(std::move(engine), seed.value(), *lie);
    const Store store = Store::open(system, {.engine = EngineChoice::given(std::move(engine)),
                                             .batch_records = 1 + random() % 20})
                            .value();
    const DataStore data{store};
    std::vector<Address<PairWriter>> actors;
    for (std::size_t i = 0; i < writers; ++i) {
      actors.push_back(spawn_persistent<PairWriter>(system, scope_of(data, i, "left"),
                                                    scope_of(data, i, "right"), &acked[i]));
    }
    for (std::size_t steps = 20 + random() % 400; steps > 0; --steps) {
      if (random() % 3 == 0) {
        const std::size_t i = random() % writers;
        actors[i].send<Next>();
        ++sent[i];
      }
      system.step();
    }
    using NotYetDurable = detail::MemoryDisk::NotYetDurable;
    disk->lose_power(random() % 2 == 0 ? NotYetDurable::lost : NotYetDurable::kept);
  }
  StoreRig rig({}, disk);
  Verdict verdict;
  for (std::size_t i = 0; i < writers; ++i) {
    const auto read = [&](const char* side) {
      const auto found = scope_of(*rig.data, i, side).read();
      return found ? found->value : 0;
    };
    const std::int64_t left = read("left");
    if (left != read("right")) verdict.fault = "half of a turn was stored";
    if (left < acked[i]) verdict.fault = "an acknowledged change is gone";
    if (left > sent[i]) verdict.fault = "a change nobody made";
    verdict.acked += acked[i];
  }
  return verdict;
}

TEST(StoreRecovery, AcknowledgedIsThereAndEveryTurnIsWhole) {
  const Seed seed = Seed::from_environment_or_random();
  std::int64_t acked = 0;
  for (std::size_t round = 0; round < scaled(300); ++round) {
    const Verdict verdict = run_and_cut(seed.derive(round), std::nullopt);
    ASSERT_EQ(verdict.fault, "") << seed << " round " << round;
    acked += verdict.acked;
  }
  EXPECT_GT(acked, 0) << "nothing was ever acknowledged: the test proves nothing";
}

// Rounds until it is noticed; 0: never.
std::size_t rounds_until_noticed(LyingEngine::Lie lie, Seed seed) {
  for (std::size_t round = 1; round <= 50; ++round) {
    if (!run_and_cut(seed.derive(round), lie).fault.empty()) return round;
  }
  return 0;
}

TEST(StoreRecovery, ControlAnEngineThatForgetsCommitsIsNoticed) {
  const Seed seed = Seed::from_environment_or_random();
  EXPECT_NE(rounds_until_noticed(LyingEngine::Lie::forgets, seed), 0U) << seed;
}

TEST(StoreRecovery, ControlAcknowledgingACommitAtItsReturnIsNoticed) {
  const Seed seed = Seed::from_environment_or_random();
  EXPECT_NE(rounds_until_noticed(LyingEngine::Lie::is_early, seed), 0U) << seed;
}

}  // namespace
}  // namespace stet::test
