// tests/stress/mixed_test.cpp
// Goal    All kinds of messages at once, millions of them, lose nothing and race with nothing: what was
//         sent was handled or is a dead letter, each question was answered once, each timer fired or was
//         cancelled, what was stored is what was sent.
// Method  Tokens pass between actors at random; on its way each asks, publishes, sets and cancels timers,
//         fills bounded mailboxes, makes and ends actors and deposits in a store. Host threads do some of
//         it from outside. Everybody counts for himself, and adds up at the end. Mostly for the thread
//         sanitizer: ten million messages at a scale of 10, a hundred million at 100.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <thread>
#include <vector>

#include <stet/persistence/spawn_persistent.hpp>
#include <stet/runtime/timer.hpp>
#include <stet/runtime/topic.hpp>

#include "runtime/samples.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::mixed_test {

#if defined(__SANITIZE_THREAD__)
constexpr std::size_t messages = 100'000'000;
#else
constexpr std::size_t messages = 50'000'000;
#endif
constexpr std::size_t players = 64;
constexpr std::size_t tokens = 48;
constexpr std::size_t listeners = 4;
constexpr std::size_t hosts = 2;
// One in this many messages is a round of a host thread.
constexpr std::size_t messages_per_host_round = 1'000;

enum Kind { token, question, news, item, tick, chore, deposit, kinds };

// What one actor or thread has counted; added up when it ends.
struct Counts {
  std::array<std::uint64_t, kinds> sent{};
  std::array<std::uint64_t, kinds> handled{};
  std::uint64_t answered = 0;
  std::uint64_t cancelled = 0;
};
struct Sums {
  std::array<std::atomic<std::uint64_t>, kinds> sent{};
  std::array<std::atomic<std::uint64_t>, kinds> handled{};
  std::atomic<std::uint64_t> answered{0};
  std::atomic<std::uint64_t> cancelled{0};

  // relaxed, all: who reads them has seen all others end.
  void add(const Counts& counts) {
    for (std::size_t kind = 0; kind < kinds; ++kind) {
      sent[kind].fetch_add(counts.sent[kind], std::memory_order_relaxed);
      handled[kind].fetch_add(counts.handled[kind], std::memory_order_relaxed);
    }
    answered.fetch_add(counts.answered, std::memory_order_relaxed);
    cancelled.fetch_add(counts.cancelled, std::memory_order_relaxed);
  }
};

struct Token {
  std::uint64_t left;
  std::uint64_t random;
};
struct Question {
  using Reply = std::uint64_t;
  std::uint64_t value;
};
struct News {
  std::uint64_t value;
};
struct Item {};
struct Tick {};
struct Chore {};
struct Deposit {};
struct Balance {
  using Reply = std::uint64_t;
};
struct Account {
  std::uint64_t cents = 0;
};

class Listener : public Actor<Listener> {
 public:
  Listener(Sums& sums, const Topic<News>& topic)
      : sums_(sums), subscription_(topic.subscribe(self())) {}
  ~Listener() { sums_.add(counts_); }
  void handle(News) { ++counts_.handled[news]; }

 private:
  Sums& sums_;
  Counts counts_;
  Subscription subscription_;
};

class Sink : public Actor<Sink> {
 public:
  explicit Sink(Sums& sums) : sums_(sums) {}
  ~Sink() { sums_.add(counts_); }
  void handle(Item) { ++counts_.handled[item]; }

 private:
  Sums& sums_;
  Counts counts_;
};

// Lives for a few messages.
class Helper : public Actor<Helper> {
 public:
  explicit Helper(Sums& sums) : sums_(sums) {}
  ~Helper() { sums_.add(counts_); }
  void handle(Chore) { ++counts_.handled[chore]; }

 private:
  Sums& sums_;
  Counts counts_;
};

class Bank : public Actor<Bank> {
 public:
  Bank(Persistable<Account> account, Sums* sums) : account_(std::move(account)), sums_(*sums) {}
  ~Bank() { sums_.add(counts_); }
  void handle(Deposit) {
    ++counts_.handled[deposit];
    account_.mutate([](Account& account) { ++account.cents; });
  }
  std::uint64_t handle(Balance) { return account_->cents; }

 private:
  Persistable<Account> account_;
  Sums& sums_;
  Counts counts_;
};

class Player;
struct World {
  explicit World(System& whose) : system(whose) {}
  System& system;
  Sums sums;
  std::atomic<std::size_t> done{0};
  Topic<News> topic;
  // Constant once the first token is on its way.
  std::vector<Address<Player>> players;
  std::vector<Address<Sink>> sinks;
  Address<Bank> bank;
};

// Makes an actor, gives it some chores, and ends it; orderly, or before all is done.
void make_and_end_helper(World& world, Counts& counts, bool orderly) {
  const auto helper = world.system.spawn<Helper>(world.sums);
  for (int i = 0; i < 4; ++i) helper.send<Chore>();
  counts.sent[chore] += 4;
  orderly ? helper.stop() : helper.stop_now();
}

class Player : public Actor<Player> {
 public:
  explicit Player(World& world) : world_(world) {}
  ~Player() {
    if (timer_.cancel()) ++counts_.cancelled;
    world_.sums.add(counts_);
  }
  void handle(Token it) {
    ++counts_.handled[token];
    if (it.left == 0) {
      world_.done.fetch_add(1, std::memory_order_release);  // release: pairs with the test's look.
      return;
    }
    // Xorshift: chance that travels with the token.
    it.random ^= it.random << 13;
    it.random ^= it.random >> 7;
    it.random ^= it.random << 17;
    do_more(it.random >> 8);
    ++counts_.sent[token];
    world_.players[it.random % players].send<Token>(it.left - 1, it.random);
  }
  std::uint64_t handle(Question it) {
    ++counts_.handled[question];
    return it.value + 1;
  }
  void handle(Tick) { ++counts_.handled[tick]; }

 private:
  void do_more(std::uint64_t random) {
    if (random % 32 == 0) ask(random >> 5);
    if (random % 64 == 1) {
      ++counts_.sent[item];
      world_.sinks[(random >> 6) % world_.sinks.size()].send<Item>();
    }
    if (random % 128 == 2) counts_.sent[news] += world_.topic.publish(random);
    if (random % 128 == 3) {
      if (timer_.cancel()) ++counts_.cancelled;
      ++counts_.sent[tick];
      timer_ = send_after<Tick>(self(), std::chrono::microseconds((random >> 7) % 300));
    }
    if (random % 512 == 4) make_and_end_helper(world_, counts_, (random & 1024) != 0);
    if (random % 2048 == 5) {
      ++counts_.sent[deposit];
      world_.bank.send<Deposit>();
    }
  }
  void ask(std::uint64_t value) {
    ++counts_.sent[question];
    auto asked = world_.players[value % players].ask<Question>(value);
    const auto check = [this, value](const Result<std::uint64_t>& answer) {
      ++counts_.answered;
      if (answer ? *answer != value + 1 : answer.error().code != Errc::timed_out) ADD_FAILURE();
    };
    if ((value >> 8) % 8 != 0) {
      std::move(asked).then(*this, check);
    } else {
      std::move(asked).within(std::chrono::microseconds(value >> 11 & 127)).then(*this, check);
    }
  }

  World& world_;
  Counts counts_;
  Timer timer_;
};

// What a thread of the host does meanwhile.
void play_from_outside(World& world, std::uint64_t rounds, Seed seed) {
  std::mt19937_64 random(seed.value());
  Counts counts;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    const auto& player = world.players[random() % players];
    ++counts.sent[item];
    world.sinks[round % world.sinks.size()].send<Item>();
    if (round % 4 == 0) {
      ++counts.sent[question];
      // Often too soon: then the answer comes late.
      const auto answer = player.ask<Question>(round).get(
          round % 8 == 0 ? std::chrono::nanoseconds(patience) : 20us);
      ++counts.answered;
      if (answer ? *answer != round + 1 : answer.error().code != Errc::timed_out) ADD_FAILURE();
    }
    if (round % 16 == 0) counts.sent[news] += world.topic.publish(round);
    if (round % 16 == 8) make_and_end_helper(world, counts, random() % 2 == 0);
  }
  world.sums.add(counts);
}

TEST(Mixed, LoadLosesNothing) {
  const Seed seed = Seed::from_environment_or_random();
  const std::uint64_t hops = scaled(messages) / tokens + 1;
  const auto long_enough = std::chrono::hours(2);
  System system(with_workers(3));
  const Store store = Store::open(system, {.engine = EngineChoice::memory()}).value();
  const auto repository = Repository<Account>{DataStore{store}.base("//mixed").scope("bank")};
  World world(system);
  world.bank = spawn_persistent<Bank>(system, repository, &world.sums);
  for (const WhenFull policy : {WhenFull::reject, WhenFull::drop_oldest, WhenFull::wait}) {
    SpawnOptions options;
    options.mailbox = {.capacity = 32, .when_full = policy, .wait_max = 1ms};
    world.sinks.push_back(system.spawn_with<Sink>(options, world.sums));
  }
  for (std::size_t i = 0; i < listeners; ++i) {
    static_cast<void>(system.spawn<Listener>(world.sums, world.topic));
  }
  for (std::size_t i = 0; i < players; ++i) world.players.push_back(system.spawn<Player>(world));
  for (std::size_t i = 0; i < tokens; ++i) {
    world.players[i % players].send<Token>(hops, seed.derive(i).value() | 1);
  }
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < hosts; ++i) {
    threads.emplace_back(&play_from_outside, std::ref(world),
                         hops * tokens / messages_per_host_round / hosts, seed.derive(tokens + i));
  }
  for (std::thread& thread : threads) thread.join();
  // acquire: pairs with the last hop of each token.
  ASSERT_TRUE(
      eventually([&] { return world.done.load(std::memory_order_acquire) == tokens; }, long_enough))
      << seed;
  const std::uint64_t balance = world.bank.ask<Balance>().get(patience).value();
  ASSERT_TRUE(system.shutdown(patience).has_value()) << seed;

  Sums& sums = world.sums;
  const CounterTotals totals = system.counters();
  EXPECT_GE(totals.messages, scaled(messages));
  RecordProperty("messages", std::to_string(totals.messages));
  EXPECT_EQ(sums.handled[token], hops * tokens + tokens) << seed;
  EXPECT_EQ(sums.sent[token] + tokens, sums.handled[token]) << seed;
  EXPECT_EQ(sums.sent[question], sums.handled[question]) << seed;
  EXPECT_EQ(sums.sent[question], sums.answered) << seed;
  EXPECT_EQ(sums.sent[news], sums.handled[news]) << seed;
  EXPECT_EQ(sums.sent[deposit], sums.handled[deposit]) << seed;
  EXPECT_EQ(sums.sent[deposit], balance) << seed;
  // A timer that has fired sends, and what it has sent may be lost with an actor that ends.
  const std::uint64_t lost = sums.sent[item] - sums.handled[item] + sums.sent[chore] -
                             sums.handled[chore] + sums.sent[tick] - sums.handled[tick] -
                             sums.cancelled;
  EXPECT_EQ(lost, totals.dead_letters) << seed;
  for (std::size_t kind = 0; kind < kinds; ++kind) EXPECT_GT(sums.handled[kind], 0U) << kind;
  EXPECT_GT(sums.cancelled, 0U);
}

}  // namespace stet::test::mixed_test
