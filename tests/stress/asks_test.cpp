// tests/stress/asks_test.cpp
// Goal    Every question is answered exactly once though receivers stop, throw, drop promises and
//         shut down at any moment.
// Method  Askers count answers against questions; the answer is itself counted alive and dead.
#include <gtest/gtest.h>

#include <random>
#include <thread>
#include <vector>

#include "runtime/samples.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::asks_test {

struct Query {
  using Reply = std::uint64_t;
  std::uint64_t chance;
};
class Moody : public Actor<Moody> {
 public:
  void handle(Query message, Promise<Query> answer) {
    switch (message.chance % 8) {
      case 0: return;  // Dropped.
      case 1: kept_.push_back(std::move(answer)); return;
      case 2:
        for (auto& one : kept_) one.resolve(2);
        kept_.clear();
        answer.resolve(1);
        return;
      case 3:
        if (message.chance % 64 < 8) throw std::runtime_error("mood");
        answer.fail(Error(Errc::io));
        return;
      case 4:
        if (message.chance % 64 < 8) stop();
        [[fallthrough]];
      default: answer.resolve(message.chance);
    }
  }

 private:
  std::vector<Promise<Query>> kept_;
};

struct Tally {
  std::atomic<std::uint64_t> asked{0};
  std::atomic<std::uint64_t> answered{0};
};
struct AskAll {
  std::uint64_t count;
};
class Asker : public Actor<Asker> {
 public:
  Asker(System& system, Tally& tally, Seed seed)
      : system_(system), tally_(tally), random_(seed.value()) {}
  void handle(AskAll message) {
    if (!moody_ || random_() % 16 == 0) {
      if (moody_) random_() % 2 == 0 ? moody_.stop_now() : moody_.stop();
      moody_ = system_.spawn<Moody>();
    }
    tally_.asked.fetch_add(1);
    moody_.ask<Query>(random_()).then(
        *this, [this](const Result<std::uint64_t>&) { tally_.answered.fetch_add(1); });
    if (message.count > 1) {
      self().send<AskAll>(message.count - 1);
    } else if (moody_) {
      moody_.stop();
    }
  }

 private:
  System& system_;
  Tally& tally_;
  std::mt19937_64 random_;
  Address<Moody> moody_;
};

TEST(Asks, AreAllAnsweredOnceInAStormOfSpawnsAndStops) {
  const Seed seed = Seed::from_environment_or_random();
  Tally tally;
  System system(with_workers(3));
  std::vector<Address<Asker>> askers;
  const std::uint64_t each = scaled(10'000);
  for (std::uint64_t i = 0; i < 8; ++i) {
    askers.push_back(system.spawn<Asker>(system, tally, seed.derive(i)));
    askers.back().send<AskAll>(each);
  }
  EXPECT_TRUE(eventually([&] { return tally.asked == 8 * each; })) << seed;
  // Promises still kept are answered when their actor stops, as each is told to in the end.
  EXPECT_TRUE(eventually([&] { return tally.answered == tally.asked; })) << seed;
  EXPECT_TRUE(system.shutdown(patience)) << seed;
  EXPECT_EQ(tally.answered, 8 * each) << seed;
}

TEST(Asks, OfHostThreadsEndThoughTheReceiverStopsAtAnyMoment) {
  const Seed seed = Seed::from_environment_or_random();
  System system(with_workers(2));
  std::atomic<std::uint64_t> wrong{0};
  for (std::size_t round = 0; round < scaled(200); ++round) {
    const auto moody = system.spawn<Moody>();
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i) {
      threads.emplace_back([&] {
        for (int k = 0; k < 20; ++k) {
          // 2 and 5: answers at once. Whatever else: the answer, or that nobody is there.
          const auto answer = moody.ask<Query>(std::uint64_t{5}).get(patience);
          if (!answer && answer.error().code != Errc::receiver_gone) ++wrong;
        }
      });
    }
    if (round % 2 == 0) std::this_thread::yield();
    moody.stop_now();
    for (std::thread& thread : threads) thread.join();
  }
  EXPECT_EQ(wrong, 0U) << seed;
}

TEST(Asks, GetUnderTightTimeoutsNeitherHangsNorLeaks) {
  System system(with_workers(2));
  const auto counter = system.spawn<Counter>();
  std::uint64_t answers = 0;
  for (std::size_t i = 0; i < scaled(20'000); ++i) {
    const auto answer = counter.ask<Read>().get(std::chrono::microseconds(i % 20));
    if (answer) {
      ++answers;
    } else {
      ASSERT_EQ(answer.error().code, Errc::timed_out);
    }
  }
  EXPECT_TRUE(counter.ask<Read>().get(patience));
  static_cast<void>(answers);
}

// --- Deadlines that race with answers, and exclusive questions that race with each other.

struct Reach {
  using Reply = std::uint64_t;
  Alive alive;
};
struct Go {
  std::uint64_t count;
};
struct Story {
  std::atomic<std::uint64_t> asked{0};
  std::atomic<std::uint64_t> answered{0};
  std::atomic<std::uint64_t> late{0};
  std::atomic<std::uint64_t> cycles{0};
  std::atomic<int> alive{0};
};
// Asks others with short deadlines, interleaved or exclusively, and answers, keeps, delegates.
class Peer : public Actor<Peer> {
 public:
  Peer(const std::vector<Address<Peer>>& all, Story& story, Seed seed)
      : all_(all), story_(story), random_(seed.value()) {}
  void handle(Reach question, Promise<Reach> answer) {
    switch (random_() % 4) {
      case 0: kept_.push_back(std::move(answer)); break;
      case 1: answer.delegate(any(), std::move(question)); break;
      default: answer.resolve(1);
    }
    if (kept_.size() > 4) kept_.erase(kept_.begin());
  }
  void handle(Go message) {
    const auto hear = [this, keeps = Alive(story_.alive)](const Result<std::uint64_t>& answer) {
      story_.answered.fetch_add(1);
      if (answer) return;
      if (answer.error() == Errc::timed_out) story_.late.fetch_add(1);
      if (answer.error() == Errc::ask_cycle) story_.cycles.fetch_add(1);
    };
    story_.asked.fetch_add(1);
    const auto within = std::chrono::microseconds(random_() % 100);
    auto ask = any().ask<Reach>(Alive(story_.alive)).within(within);
    if (random_() % 2 == 0) {
      std::move(ask).await(*this, hear);
    } else {
      std::move(ask).then(*this, hear);
    }
    if (message.count > 1) self().send<Go>(message.count - 1);
  }

 private:
  const Address<Peer>& any() { return all_[random_() % all_.size()]; }
  const std::vector<Address<Peer>>& all_;
  Story& story_;
  std::mt19937_64 random_;
  std::vector<Promise<Reach>> kept_;
};

TEST(Asks, WithDeadlinesThatRaceWithAnswersAndCyclesAreAnsweredOnceAndKeepNothing) {
  const Seed seed = Seed::from_environment_or_random();
  Story story;
  const std::uint64_t each = scaled(5'000);
  {
    std::vector<Address<Peer>> peers;
    System system(with_workers(3));
    for (std::uint64_t i = 0; i < 6; ++i) {
      peers.push_back(system.spawn<Peer>(peers, story, seed.derive(i)));
    }
    for (const auto& peer : peers) peer.send<Go>(each);
    EXPECT_TRUE(eventually([&] { return story.answered == 6 * each; }))
        << seed << " answered " << story.answered << " of " << story.asked;
    EXPECT_TRUE(system.shutdown(patience)) << seed;
  }
  EXPECT_EQ(story.asked, 6 * each) << seed;
  EXPECT_EQ(story.answered, 6 * each) << seed;
  EXPECT_EQ(story.alive, 0) << seed;
  EXPECT_GT(story.late, 0U) << seed;
  EXPECT_GT(story.cycles, 0U) << seed;
}

}  // namespace stet::test::asks_test
