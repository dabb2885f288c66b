// tests/stress/spread_test.cpp
// Goal    Work finds idle workers: behind a handler that blocks, from one parent, in pairs.
// Method  Handlers that block or burn CPU; times are judged by medians and generous bounds, as the
//         machine may be busy with other things.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

#include "runtime/samples.hpp"
#include "support/scale.hpp"

namespace stet::test::spread_test {

using Clock = std::chrono::steady_clock;

// A handler makes another actor runnable, which lands in its worker's slot, and then blocks.
TEST(Spread, FreesAnActorStuckBehindAHandlerThatBlocks) {
  std::vector<Clock::duration> waits;
  System system(with_workers(2));
  const auto blocker = system.spawn<Runner>();
  const auto other = system.spawn<Runner>();
  for (int round = 0; round < 15; ++round) {
    std::atomic<bool> done{false};
    std::atomic<Clock::duration::rep> waited{-1};
    blocker.send<Do>([&](ActorBase&) {
      const auto sent = Clock::now();
      other.send<Do>([&, sent](ActorBase&) { waited = (Clock::now() - sent).count(); });
      std::this_thread::sleep_for(50ms);
      done = true;
    });
    ASSERT_TRUE(eventually([&] { return done && waited >= 0; }));
    waits.emplace_back(waited.load());
  }
  std::sort(waits.begin(), waits.end());
  EXPECT_LT(waits[waits.size() / 2], 20ms);
}

// The same with several: nobody may have to wait for all blockers one after the other.
TEST(Spread, FreesAllActorsStuckBehindAHandlerThatBlocks) {
  System system(with_workers(4));
  const auto blocker = system.spawn<Runner>();
  std::vector<Address<Runner>> others;
  for (int i = 0; i < 6; ++i) others.push_back(system.spawn<Runner>());
  std::vector<Clock::duration> rounds;
  for (int round = 0; round < 5; ++round) {
    std::atomic<int> started{0};
    std::atomic<bool> done{false};
    const auto began = Clock::now();
    std::atomic<Clock::duration::rep> last{0};
    blocker.send<Do>([&](ActorBase&) {
      for (const auto& other : others) {
        other.send<Do>([&](ActorBase&) {
          last = (Clock::now() - began).count();
          ++started;
          std::this_thread::sleep_for(30ms);
        });
      }
      std::this_thread::sleep_for(300ms);
      done = true;
    });
    ASSERT_TRUE(eventually([&] { return done && started == 6; }));
    rounds.emplace_back(last.load());
  }
  std::sort(rounds.begin(), rounds.end());
  // Three free workers, six sleeps of 30 ms: 30 ms where work spreads, 150 ms where one takes all.
  EXPECT_LT(rounds[rounds.size() / 2], 130ms);
}

void burn(std::chrono::nanoseconds time) {
  const auto end = Clock::now() + time;
  while (Clock::now() < end) {
  }
}

// An actor that tells thousands: moving them costs more than what they do. Once they went through
// the queue that all workers share, and woke the other worker each time.
TEST(Spread, KeepsAFanOutOfShortMessagesOnItsWorker) {
  System system(with_workers(2));
  const auto speaker = system.spawn<Runner>();
  std::vector<Address<Counter>> all;
  for (int i = 0; i < 1500; ++i) all.push_back(system.spawn<Counter>());
  const std::size_t rounds = scaled(50);
  for (std::size_t round = 0; round < rounds; ++round) {
    std::atomic<bool> told{false};
    speaker.send<Do>([&](ActorBase&) {
      for (const auto& each : all) each.send<Add>(1);
      told = true;
    });
    ASSERT_TRUE(eventually([&] { return told && system.is_quiet(); }));
  }
  EXPECT_LT(system.counters().injected, all.size() + 10 * rounds);
}

TEST(Spread, RunsHeavyActorsSpawnedByOneOnAllWorkers) {
  constexpr unsigned workers = 2;
  System system(with_workers(workers));
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::atomic<int> left{40};
  system.spawn<Runner>().send<Do>([&](ActorBase&) {
    for (int i = 0; i < 40; ++i) {
      system.spawn<Runner>().send<Do>([&](ActorBase&) {
        burn(2ms);
        {
          const std::lock_guard lock(mutex);
          threads.insert(std::this_thread::get_id());
        }
        --left;
      });
    }
  });
  ASSERT_TRUE(eventually([&] { return left == 0; }));
  EXPECT_EQ(threads.size(), workers);
}

struct Grow {
  int levels;
};
class Branch : public Actor<Branch> {
 public:
  Branch(System& system, std::atomic<int>& alive, std::atomic<int>& most, std::atomic<int>& leaves)
      : system_(system), alive_(alive), most_(most), leaves_(leaves) {
    most_ = std::max(most_.load(), ++alive_);
  }
  ~Branch() { --alive_; }
  void handle(Grow message) {
    if (message.levels == 0) {
      ++leaves_;
    } else {
      for (int i = 0; i < 10; ++i) {
        system_.spawn<Branch>(system_, alive_, most_, leaves_).send<Grow>(message.levels - 1);
      }
    }
    stop();
  }

 private:
  System& system_;
  std::atomic<int>& alive_;
  std::atomic<int>& most_;
  std::atomic<int>& leaves_;
};

// A tree of actors is run branch after branch. Level after level nearly all would be alive at once.
TEST(Spread, RunsATreeOfActorsBranchByBranch) {
  for (const unsigned workers : {1U, 2U}) {
    std::atomic<int> alive{0};
    std::atomic<int> most{0};
    std::atomic<int> leaves{0};
    System system(with_workers(workers));
    system.spawn<Branch>(system, alive, most, leaves).send<Grow>(4);
    ASSERT_TRUE(eventually([&] { return leaves == 10'000 && alive == 0; }));
    EXPECT_LT(most, 3'000) << workers << " workers";
  }
}

struct Ball {
  int left;
};
class Player : public Actor<Player> {
 public:
  Player(std::mutex& mutex, std::set<std::thread::id>& threads, std::atomic<int>& games)
      : mutex_(mutex), threads_(threads), games_(games) {}
  void handle(Address<Player> other) { other_ = std::move(other); }
  void handle(Ball ball) {
    if (ball.left % 1024 == 0) {
      const std::lock_guard lock(mutex_);
      threads_.insert(std::this_thread::get_id());
    }
    if (ball.left == 0) {
      ++games_;
      other_ = {};
      return;
    }
    other_.send<Ball>(ball.left - 1);
  }

 private:
  std::mutex& mutex_;
  std::set<std::thread::id>& threads_;
  std::atomic<int>& games_;
  Address<Player> other_;
};

TEST(Spread, RunsPairsThatTalkToEachOtherOnAllWorkers) {
  constexpr unsigned workers = 2;
  System system(with_workers(workers));
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::atomic<int> games{0};
  const int balls = static_cast<int>(std::max<std::size_t>(scaled(500'000), 200'000));
  std::vector<Address<Player>> players;
  for (unsigned i = 0; i < 4; ++i) {
    auto one = system.spawn<Player>(mutex, threads, games);
    auto two = system.spawn<Player>(mutex, threads, games);
    one.send(two);
    two.send(one);
    players.push_back(one);
  }
  for (const auto& player : players) player.send<Ball>(balls);
  ASSERT_TRUE(eventually([&] { return games == 4; }));
  EXPECT_EQ(threads.size(), workers);
}

}  // namespace stet::test::spread_test
