// tests/stress/tokens_test.cpp
// Goal    Nothing is lost, doubled or overtaken, wherever actors run: what each pair sent arrives
//         in order, and what was sent first through a third arrives after.
// Method  Tokens wander at random among pool actors, actors with threads of their own and host
//         threads; every receiver checks the number of every sender.
#include <gtest/gtest.h>

#include <array>
#include <random>
#include <thread>
#include <vector>

#include "runtime/samples.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::tokens_test {

constexpr std::size_t nodes = 24;
constexpr std::size_t hosts = 2;

struct Tally {
  std::atomic<std::uint64_t> sent{0};
  std::atomic<std::uint64_t> received{0};
  std::atomic<std::uint64_t> ended{0};
  std::atomic<std::uint64_t> out_of_order{0};
};
struct Token {
  std::uint32_t sender;
  std::uint32_t hops_left;
  std::uint64_t number;  // Of those this sender sent to this receiver.
};
class Node;
struct Meet {
  std::vector<Address<Node>> all;
};

class Node : public Actor<Node> {
 public:
  Node(Tally& tally, std::uint32_t self, Seed seed)
      : tally_(tally), self_(self), random_(seed.value()) {}
  void handle(Meet message) { all_ = std::move(message.all); }
  void handle(Token token) {
    tally_.received.fetch_add(1, std::memory_order_relaxed);
    if (token.number != got_[token.sender]++) tally_.out_of_order.fetch_add(1);
    if (token.hops_left == 0) {
      tally_.ended.fetch_add(1);
      return;
    }
    const std::size_t to = random_() % nodes;
    tally_.sent.fetch_add(1, std::memory_order_relaxed);
    all_[to].send<Token>(self_, token.hops_left - 1, sent_[to]++);
  }

 private:
  Tally& tally_;
  std::uint32_t self_;
  std::mt19937_64 random_;
  std::vector<Address<Node>> all_;
  std::array<std::uint64_t, nodes> sent_{};
  std::array<std::uint64_t, nodes + hosts> got_{};
};

TEST(Tokens, AreNeitherLostNorDoubledNorOvertaken) {
  const Seed seed = Seed::from_environment_or_random();
  const std::uint64_t tokens_each = scaled(500);
  constexpr std::uint32_t hops = 400;
  Tally tally;
  SystemOptions options = with_workers(3);
  options.turn_messages = 16;
  System system(options);
  std::vector<Address<Node>> all;
  for (std::uint32_t i = 0; i < nodes; ++i) {
    all.push_back(system.spawn_with<Node>(
        {.runs_on = i % 6 == 0 ? RunsOn::own_thread : RunsOn::pool}, tally, i, seed.derive(i)));
  }
  for (const auto& node : all) node.send<Meet>(all);
  std::vector<std::thread> threads;
  for (std::uint32_t host = 0; host < hosts; ++host) {
    threads.emplace_back([&, host] {
      std::mt19937_64 random(seed.derive(100 + host).value());
      std::array<std::uint64_t, nodes> sent{};
      for (std::uint64_t i = 0; i < tokens_each; ++i) {
        const std::size_t to = random() % nodes;
        tally.sent.fetch_add(1);
        all[to].send<Token>(static_cast<std::uint32_t>(nodes + host), hops, sent[to]++);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(eventually([&] { return tally.ended == hosts * tokens_each; })) << seed;
  const Result<void> ended = system.shutdown(patience);
  EXPECT_TRUE(ended) << ended.error().message() << ' ' << seed;
  EXPECT_EQ(tally.ended, hosts * tokens_each) << seed;
  EXPECT_EQ(tally.received, tally.sent) << seed;
  EXPECT_EQ(tally.sent, hosts * tokens_each * (hops + 1)) << seed;
  EXPECT_EQ(tally.out_of_order, 0U) << seed;
  EXPECT_EQ(system.counters().dead_letters, 0U) << seed;
}

// S tells R, then T; T tells R. R must have heard it from S first.
struct News {
  std::uint64_t number;
};
struct Hearsay {
  std::uint64_t number;
};
struct Heard {
  using Reply = std::uint64_t;  // How often hearsay was first.
};
class Hearer : public Actor<Hearer> {
 public:
  void handle(News message) { newest_ = message.number; }
  void handle(Hearsay message) { early_ += message.number > newest_ ? 1 : 0; }
  std::uint64_t handle(Heard) { return early_; }

 private:
  std::uint64_t newest_ = 0;
  std::uint64_t early_ = 0;
};
class Gossip : public Actor<Gossip> {
 public:
  explicit Gossip(Address<Hearer> hearer) : hearer_(std::move(hearer)) {}
  void handle(Hearsay message) { hearer_.send(message); }

 private:
  Address<Hearer> hearer_;
};
struct Tell {
  std::uint64_t left;
};
class Teller : public Actor<Teller> {
 public:
  Teller(Address<Hearer> hearer, Address<Gossip> gossip)
      : hearer_(std::move(hearer)), gossip_(std::move(gossip)) {}
  void handle(Tell message) {
    ++number_;
    hearer_.send<News>(number_);
    gossip_.send<Hearsay>(number_);
    if (message.left > 0) self().send<Tell>(message.left - 1);
  }

 private:
  Address<Hearer> hearer_;
  Address<Gossip> gossip_;
  std::uint64_t number_ = 0;
};

TEST(Tokens, KeepCausalityThroughAThird) {
  for (const RunsOn gossip_runs : {RunsOn::pool, RunsOn::own_thread}) {
    System system(with_workers(3));
    std::vector<Address<Hearer>> hearers;
    for (int i = 0; i < 6; ++i) {
      hearers.push_back(system.spawn<Hearer>());
      const auto gossip = system.spawn_with<Gossip>({.runs_on = gossip_runs}, hearers.back());
      system.spawn<Teller>(hearers.back(), gossip).send<Tell>(scaled(30'000));
    }
    ASSERT_TRUE(eventually([&] { return system.is_quiet(); }));
    for (const auto& hearer : hearers) EXPECT_EQ(hearer.ask<Heard>().get(patience).value(), 0U);
  }
}

}  // namespace stet::test::tokens_test
