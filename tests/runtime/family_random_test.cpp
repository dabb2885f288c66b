// tests/runtime/family_random_test.cpp
// Goal    Whatever fails in a tree of supervisors, and in whatever order it is carried out: every
//         actor is alive or ended exactly as strategies and limits say, objects of children are
//         gone before those of their parents, no message is lost but of those that ended, and
//         nothing is left over.
// Method  Random trees under random seeds in stepped systems, against a plain model of the tree:
//         one failure at a time, then all at once where only the laws are checked.
#include <gtest/gtest.h>

#include <stet/runtime/supervision.hpp>

#include <algorithm>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "runtime/samples.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::family_random_test {

// One place in the tree, known to model and actors alike.
struct Node {
  int id = 0;
  Supervision how;
  std::vector<std::unique_ptr<Node>> children;
  Node* parent = nullptr;
  // What has become of it.
  int objects = 0;  // Alive now.
  int made = 0;
  int handled = 0;
  bool broke_law = false;
  Address<class Branch> address;
  // The model's.
  bool expected_alive = true;
  int expected_made = 1;
  std::deque<std::int64_t> restarts;
};

class Branch : public Actor<Branch> {
 public:
  explicit Branch(Node* node) : node_(node) {
    ++node_->made;
    if (++node_->objects != 1) node_->broke_law = true;
    if (node_->parent != nullptr && node_->parent->objects != 1) node_->broke_law = true;
    supervise(*this, node_->how);
    for (const auto& child : node_->children) {
      child->address = spawn_child<Branch>(*this, child.get());
    }
  }
  ~Branch() {
    --node_->objects;
    for (const auto& child : node_->children) {
      if (child->objects != 0) node_->broke_law = true;  // Children end before their parents.
    }
  }
  void handle(Throw) { throw std::runtime_error("on purpose"); }
  void handle(Number) { ++node_->handled; }

 private:
  Node* node_;
};

class Tree {
 public:
  explicit Tree(std::mt19937_64& random) : random_(random) { root_ = make(nullptr, 0); }

  [[nodiscard]] Node& root() { return *root_; }
  [[nodiscard]] const std::vector<Node*>& nodes() const { return nodes_; }

  // The model: what one failure of an actor that is alive does.
  void fail(Node& node, std::int64_t now) {
    if (node.parent == nullptr) return end(node);
    Node& parent = *node.parent;
    const std::int64_t begins = now - parent.how.restarts_within.count();
    while (!parent.restarts.empty() && parent.restarts.front() <= begins) {
      parent.restarts.pop_front();
    }
    if (parent.restarts.size() >= parent.how.restarts_max) return fail(parent, now);
    parent.restarts.push_back(now);
    bool after = false;
    for (const auto& sibling : parent.children) {
      after = after || sibling.get() == &node;
      const bool restarted = parent.how.strategy == Strategy::one_for_all ||
                             sibling.get() == &node ||
                             (parent.how.strategy == Strategy::rest_for_one && after);
      if (restarted && sibling->expected_alive) begin_anew(*sibling);
    }
  }
  // Ends for good, as told.
  void end(Node& node) {
    node.expected_alive = false;
    for (const auto& child : node.children) end(*child);
  }

 private:
  void begin_anew(Node& node) {
    node.expected_alive = true;
    ++node.expected_made;
    node.restarts.clear();
    for (const auto& child : node.children) begin_anew(*child);
  }
  std::unique_ptr<Node> make(Node* parent, int depth) {
    auto node = std::make_unique<Node>();
    node->id = static_cast<int>(nodes_.size());
    node->parent = parent;
    node->how.strategy = static_cast<Strategy>(random_() % 3);
    node->how.restarts_max = static_cast<std::uint32_t>(random_() % 4);
    node->how.restarts_within = std::chrono::seconds(1 + random_() % 10);
    if (random_() % 2 == 0) node->how.backoff.min = std::chrono::milliseconds(random_() % 5);
    nodes_.push_back(node.get());
    const std::size_t count = depth == 3 ? 0 : random_() % (depth == 0 ? 4 : 3) + (depth < 2);
    for (std::size_t i = 0; i < count; ++i) node->children.push_back(make(node.get(), depth + 1));
    return node;
  }
  std::mt19937_64& random_;
  std::vector<Node*> nodes_;
  std::unique_ptr<Node> root_;
};

void settle(System& system) {
  // As many pauses as restarts may follow one another.
  for (int i = 0; i < 200; ++i) {
    system.run_until_idle();
    system.advance(1ms);
  }
  system.run_until_idle();
}

TEST(FamilyRandom, OneFailureAtATimeDoesWhatTheStrategiesSay) {
  const Seed seed = Seed::from_environment_or_random();
  for (std::size_t round = 0; round < scaled(60); ++round) {
    std::mt19937_64 random(seed.derive(round).value());
    Tree tree(random);
    {
      System system(stepped(random()));
      tree.root().address = system.spawn<Branch>(&tree.root());
      settle(system);
      for (int failure = 0; failure < 12; ++failure) {
        std::vector<Node*> alive;
        for (Node* node : tree.nodes()) {
          if (node->expected_alive) alive.push_back(node);
        }
        if (alive.empty()) break;
        Node& chosen = *alive[random() % alive.size()];
        if (random() % 8 == 0) {
          tree.end(chosen);
          random() % 2 == 0 ? chosen.address.stop() : chosen.address.stop_now();
        } else {
          tree.fail(chosen, system.now().count());
          chosen.address.send<Throw>();
        }
        settle(system);
        for (Node* node : tree.nodes()) {
          const int handled = node->handled;
          node->address.send<Number>(1);
          system.run_until_idle();
          const std::string where = "node " + std::to_string(node->id) + " round " +
                                    std::to_string(round) + " failure " + std::to_string(failure);
          ASSERT_EQ(node->address.is_alive(), node->expected_alive) << where << " " << seed;
          ASSERT_EQ(node->handled - handled, node->expected_alive ? 1 : 0) << where << " " << seed;
          ASSERT_EQ(node->made, node->expected_made) << where << " " << seed;
          ASSERT_EQ(node->objects, node->expected_alive ? 1 : 0) << where << " " << seed;
          ASSERT_FALSE(node->broke_law) << where << " " << seed;
        }
        system.advance(std::chrono::milliseconds(random() % 4000));
        settle(system);
      }
    }
    for (Node* node : tree.nodes()) ASSERT_EQ(node->objects, 0) << seed;
  }
}

TEST(FamilyRandom, AllAtOnceKeepsTheLaws) {
  const Seed seed = Seed::from_environment_or_random();
  for (std::size_t round = 0; round < scaled(150); ++round) {
    std::mt19937_64 random(seed.derive(round).value());
    Tree tree(random);
    std::uint64_t restarts = 0;
    {
      System system(stepped(random()));
      tree.root().address = system.spawn<Branch>(&tree.root());
      for (int action = 0; action < 200; ++action) {
        Node& node = *tree.nodes()[random() % tree.nodes().size()];
        if (!node.address) continue;  // Not spawned yet.
        switch (random() % 16) {
          case 0: node.address.send<Throw>(); break;
          case 1: random() % 4 == 0 ? node.address.stop() : node.address.send<Number>(1); break;
          case 2: random() % 4 == 0 ? node.address.stop_now() : node.address.send<Number>(1); break;
          case 3: system.advance(1ms); break;
          default: node.address.send<Number>(1); break;
        }
        for (std::uint64_t steps = random() % 6; steps > 0; --steps) system.step();
      }
      settle(system);
      for (Node* node : tree.nodes()) {
        ASSERT_FALSE(node->broke_law) << "node " << node->id << " round " << round << " " << seed;
        const bool alive = node->address && node->address.is_alive();
        ASSERT_EQ(node->objects, alive ? 1 : 0) << "round " << round << " " << seed;
        if (alive && node->parent != nullptr) {
          ASSERT_TRUE(node->parent->address.is_alive());
        }
      }
      restarts = system.counters().restarts;
      ASSERT_TRUE(system.shutdown(1s));
      ASSERT_EQ(system.counters().actors_alive, 0U);
    }
    std::uint64_t made = 0;
    for (Node* node : tree.nodes()) {
      ASSERT_EQ(node->objects, 0) << "node " << node->id << " round " << round << " " << seed;
      ASSERT_FALSE(node->broke_law) << "node " << node->id << " round " << round << " " << seed;
      made += static_cast<std::uint64_t>(node->made);
    }
    ASSERT_LE(restarts, made) << seed;
  }
}

}  // namespace stet::test::family_random_test
