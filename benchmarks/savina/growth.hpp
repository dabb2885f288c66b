// benchmarks/savina/growth.hpp
// Question   What does a message cost among ten actors, among a hundred, ... among a million?
// Measures   ns a hop of one message that goes round a ring in which neighbours lie anywhere in
//            memory; spawning is left out. growth.csv and growth.svg have all sizes in one picture.
// Floor      the same ring on the one-thread loop: what it loses with size are cache misses.
// Expect     Flat while the actors fit a cache (some thousands), then what the floor loses, times
//            the lines that an actor has more.
#pragma once

#include <utility>
#include <vector>

#include "work.hpp"

namespace stet::bench::savina {

template <class Kit>
struct Growth {
  class Node;
  struct Link {
    AddressOf<Kit, Node> next;
  };
  struct Warm {};
  struct Hop {
    std::uint64_t left;
  };
  struct Report {};
  struct Handled {
    std::uint64_t hops;
  };

  // Every node knows it; it outlives them.
  class Goal : public ActorOf<Kit, Goal> {
   public:
    using Messages = Accepts<Warm, Handled>;
    Goal(std::uint64_t nodes, Gate& warm, std::uint64_t& handled, Gate& done)
        : cold_(nodes), warm_(warm), left_(nodes), handled_(handled), done_(done) {}
    void handle(Warm) {
      if (--cold_ == 0) warm_.pass();
    }
    void handle(Handled node) {
      handled_ += node.hops;
      if (--left_ == 0) done_.pass();
    }

   private:
    std::uint64_t cold_;
    Gate& warm_;
    std::uint64_t left_;
    std::uint64_t& handled_;
    Gate& done_;
  };

  class Node : public ActorOf<Kit, Node> {
   public:
    using Messages = Accepts<Link, Hop, Report>;
    Node(const AddressOf<Kit, Goal>& goal, Gate& arrived) : goal_(goal), arrived_(arrived) {}
    void handle(const Link& message) {
      next_ = message.next;
      goal_.template send<Warm>();
    }
    void handle(Hop hop) {
      ++hops_;
      if (hop.left == 0) {
        arrived_.pass();
      } else {
        next_.template send<Hop>(hop.left - 1);
      }
    }
    void handle(Report) { goal_.template send<Handled>(hops_); }

   private:
    const AddressOf<Kit, Goal>& goal_;
    Gate& arrived_;
    std::uint64_t hops_ = 0;
    AddressOf<Kit, Node> next_{};
  };

  static Result<Measurement> run(typename Kit::System& system, const Work& work,
                                 std::uint64_t actors) {
    const std::uint64_t hops = work.count(1'000'000, 100'000);
    std::uint64_t handled = 0;
    Gate warm;
    Gate arrived;
    Gate done;
    const auto goal = system.template spawn<Goal>(actors, warm, handled, done);
    std::vector<AddressOf<Kit, Node>> nodes;
    nodes.reserve(actors);
    for (std::uint64_t i = 0; i < actors; ++i) {
      nodes.push_back(system.template spawn<Node>(goal, arrived));
    }
    // Fisher and Yates: a ring through all, in no order of memory.
    std::uint64_t random = seed_of(0);
    for (std::uint64_t i = actors - 1; i > 0; --i) {
      random = stir(random);
      std::swap(nodes[i], nodes[random % (i + 1)]);
    }
    for (std::uint64_t i = 0; i < actors; ++i) {
      nodes[i].template send<Link>(nodes[(i + 1) % actors]);
      if (i % 64 == 63) Kit::let_run(system);
    }
    Kit::let_run(system);
    warm.wait();

    const std::uint64_t begin = now_ns();
    nodes[0].template send<Hop>(hops);
    Kit::let_run(system);
    arrived.wait();
    const std::uint64_t spent = now_ns() - begin;

    for (const auto& node : nodes) node.template send<Report>();
    Kit::let_run(system);
    done.wait();
    if (handled != hops + 1) return wrong("the message was lost or repeated");
    return Measurement{static_cast<double>(spent) / static_cast<double>(hops)};
  }
};

}  // namespace stet::bench::savina
