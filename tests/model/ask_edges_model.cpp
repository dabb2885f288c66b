// tests/model/ask_edges_model.cpp
// Goal    Of exclusive questions that wait for each other one at least is told of the cycle, however
//         the askers interleave; and nobody is told of a cycle that never was.
// Method  Relacy over the shipped header. Planted bugs weaken the order in which an edge is stored
//         and believe what was read once.
#include "model.hpp"
//
#include <stet/runtime/detail/ask_edges.hpp>

// The same header with a bug in each; CMakeLists.txt makes them.
#include "planted/ask_edges_once.hpp"
#include "planted/ask_edges_release.hpp"

namespace {

using stet::model::Expect;
using stet::model::explore;

template <template <class> class Edges>
struct Actor {
  stet::model::Atomic<std::uint32_t> refs;
  rl::var<int> name;  // Written when an actor is made of the memory, and when it goes.
  Edges<Actor> edges;
};

template <class Node>
struct Graph {
  static bool try_retain(Node& node) {
    std::uint32_t count = node.refs.load(std::memory_order_relaxed);
    while (count != 0) {
      if (node.refs.compare_exchange_weak(count, count + 1, std::memory_order_acquire,
                                          std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }
  static void release(Node& node) {
    if (node.refs.fetch_sub(1, std::memory_order_acq_rel) == 1) node.name($) = 0;
  }
  static auto* edges(Node& node) {
    RL_ASSERT(node.name($) != 0);
    return &node.edges;
  }
};

// Made and ended inside of an execution: relacy's allocator is in charge there, and only there.
template <class Node, unsigned count>
class Nodes {
 public:
  void make() {
    for (unsigned i = 0; i < count; ++i) {
      Node* const node = ::new (static_cast<void*>(memory_ + i * sizeof(Node))) Node;
      node->refs.store(1, std::memory_order_relaxed);
      node->name($) = 1;
    }
  }
  void end() {
    for (unsigned i = 0; i < count; ++i) std::destroy_at(&(*this)[i]);
  }
  Node& operator[](unsigned i) { return *reinterpret_cast<Node*>(memory_ + i * sizeof(Node)); }

 private:
  alignas(Node) unsigned char memory_[count * sizeof(Node)];
};

template <template <class> class Edges, template <class, class> class Walk, class Node>
bool ask(Node& asker, Node& receiver) {
  asker.edges.claim().set(receiver);
  Walk<Node, Graph<Node>> walk;
  return walk.find(asker, receiver);
}

// Each asks the next, all at the same moment.
template <template <class> class Edges, template <class, class> class Walk, unsigned actors>
struct Ring : rl::test_suite<Ring<Edges, Walk, actors>, actors> {
  using Node = Actor<Edges>;
  Nodes<Node, actors> nodes;
  int told = 0;

  void before() { nodes.make(); }
  void thread(unsigned index) {
    told += ask<Edges, Walk>(nodes[index], nodes[(index + 1) % actors]) ? 1 : 0;
  }
  void after() {
    RL_ASSERT(told >= 1);
    nodes.end();
  }
};

// Actor 0 asks 1, who waits for 2. Meanwhile 2 answers, and asks 0: no cycle at any moment.
template <template <class> class Edges, template <class, class> class Walk>
struct Answered : rl::test_suite<Answered<Edges, Walk>, 2> {
  using Node = Actor<Edges>;
  Nodes<Node, 3> nodes;
  bool told = false;
  bool told_other = false;

  void before() {
    nodes.make();
    nodes[1].edges.claim().set(nodes[2]);
  }
  void thread(unsigned index) {
    if (index == 0) {
      told = ask<Edges, Walk>(nodes[0], nodes[1]);
    } else {
      typename Edges<Node>::Cursor(&nodes[1].edges).next()->clear();
      told_other = ask<Edges, Walk>(nodes[2], nodes[0]);
    }
  }
  void after() {
    RL_ASSERT(!told && !told_other);
    nodes.end();
  }
};

// As before, but 2 ends once it has answered, and another actor is made of its memory.
template <template <class> class Edges, template <class, class> class Walk>
struct Reused : rl::test_suite<Reused<Edges, Walk>, 2> {
  using Node = Actor<Edges>;
  Nodes<Node, 3> nodes;
  bool told = false;
  bool told_other = false;

  void before() {
    nodes.make();
    nodes[1].edges.claim().set(nodes[2]);
  }
  void thread(unsigned index) {
    if (index == 0) {
      told = ask<Edges, Walk>(nodes[0], nodes[1]);
      return;
    }
    typename Edges<Node>::Cursor(&nodes[1].edges).next()->clear();
    std::uint32_t last = 1;
    // Where the walk is just counted the memory is not free yet, and no other actor is made of it.
    if (!nodes[2].refs.compare_exchange_strong(last, 0, std::memory_order_acq_rel,
                                               std::memory_order_relaxed)) {
      Graph<Node>::release(nodes[2]);
      return;
    }
    nodes[2].name($) = 2;
    nodes[2].refs.store(1, std::memory_order_release);
    told_other = ask<Edges, Walk>(nodes[2], nodes[0]);
  }
  void after() {
    RL_ASSERT(!told && !told_other);
    nodes.end();
  }
};

// Actor 0 asks 1, who waits for 2. The time for that is up, and somebody is about to say so; 2 ends
// meanwhile, and another actor is made of its memory, which asks 0. The edge still leads to that
// memory, unless the question keeps it; that it does not is a planted bug.
template <template <class> class Edges, template <class, class> class Walk, bool keeps>
struct Late : rl::test_suite<Late<Edges, Walk, keeps>, 3> {
  using Node = Actor<Edges>;
  Nodes<Node, 3> nodes;
  bool told = false;
  bool told_other = false;

  void before() {
    nodes.make();
    nodes[1].edges.claim().set(nodes[2]);
    if (keeps) nodes[2].refs.fetch_add(1, std::memory_order_relaxed);
  }
  void let_go() {
    if (nodes[2].refs.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
    nodes[2].name($) = 2;
    nodes[2].refs.store(1, std::memory_order_release);
    told_other = ask<Edges, Walk>(nodes[2], nodes[0]);
  }
  void thread(unsigned index) {
    if (index == 0) {
      told = ask<Edges, Walk>(nodes[0], nodes[1]);
    } else if (index == 1) {
      typename Edges<Node>::Cursor(&nodes[1].edges).next()->clear();
      if (keeps) let_go();
    } else {
      let_go();
    }
  }
  void after() {
    RL_ASSERT(!told && !told_other);
    nodes.end();
  }
};

// Two ask each other; one of them has so many questions open that its edge is in a chunk of its own.
template <template <class> class Edges, template <class, class> class Walk>
struct Grown : rl::test_suite<Grown<Edges, Walk>, 2> {
  using Node = Actor<Edges>;
  Nodes<Node, 3> nodes;
  int told = 0;

  void before() {
    nodes.make();
    for (int i = 0; i < 2; ++i) nodes[0].edges.claim().set(nodes[2]);
  }
  void thread(unsigned index) { told += ask<Edges, Walk>(nodes[index], nodes[1 - index]) ? 1 : 0; }
  void after() {
    RL_ASSERT(told >= 1);
    nodes.end();
  }
};

// Actor 0 asks 1, who waits for 2, who waits for 3. Meanwhile 3 answers 2 and asks 0; then 2, who has
// heard of it, answers 1 and asks 3 again. There are four edges in a circle, but never at a moment.
template <template <class> class Edges, template <class, class> class Walk>
struct Reasked : rl::test_suite<Reasked<Edges, Walk>, 2> {
  using Node = Actor<Edges>;
  Nodes<Node, 4> nodes;
  bool told = false;

  void before() {
    nodes.make();
    nodes[1].edges.claim().set(nodes[2]);
    nodes[2].edges.claim().set(nodes[3]);
  }
  static void answer(Node& asker) { typename Edges<Node>::Cursor(&asker.edges).next()->clear(); }
  void thread(unsigned index) {
    if (index == 0) {
      told = ask<Edges, Walk>(nodes[0], nodes[1]);
      return;
    }
    answer(nodes[2]);
    nodes[3].edges.claim().set(nodes[0]);
    answer(nodes[1]);
    nodes[2].edges.claim().set(nodes[3]);
  }
  void after() {
    RL_ASSERT(!told);
    nodes.end();
  }
};

// Who holds the question of 0 passes it on, who gets it answers; 0 finds the edge free, and asks
// again.
template <template <class> class Edges>
struct Delegated : rl::test_suite<Delegated<Edges>, 3> {
  using Node = Actor<Edges>;
  Nodes<Node, 3> nodes;
  stet::model::Atomic<int> passed_on;

  typename Edges<Node>::Edge& first() {
    return *typename Edges<Node>::Cursor(&nodes[0].edges).next();
  }
  void before() {
    nodes.make();
    nodes[0].edges.claim().set(nodes[1]);
  }
  void thread(unsigned index) {
    if (index == 1) {
      first().set(nodes[2]);
      passed_on.store(1, std::memory_order_release);
    } else if (index == 2) {
      if (passed_on.load(std::memory_order_acquire) != 0) first().clear();
    } else {
      nodes[0].edges.claim().set(nodes[1]);
    }
  }
  void after() {
    // Each question had a number of its own.
    const auto serial = first().serial.load(std::memory_order_relaxed);
    auto* const to = first().to.load(std::memory_order_relaxed);
    RL_ASSERT(serial == (to == &nodes[1] ? 3 : 2));
    nodes.end();
  }
};

}  // namespace

int main() {
  using namespace stet::model;
  namespace good = stet::detail;
  namespace release = stet::planted_release;
  namespace once = stet::planted_once;
  return verdict({
      explore<Ring<good::BasicAskEdges, good::BasicAskWalk, 2>>("two ask each other",
                                                                preemptions(3), Expect::clean),
      explore<Ring<good::BasicAskEdges, good::BasicAskWalk, 3>>("three ask in a ring",
                                                                random(50'000), Expect::clean),
      explore<Answered<good::BasicAskEdges, good::BasicAskWalk>>("an answer on the way",
                                                                 preemptions(3), Expect::clean),
      explore<Reused<good::BasicAskEdges, good::BasicAskWalk>>("an actor ends on the way",
                                                               preemptions(3), Expect::clean),
      explore<Grown<good::BasicAskEdges, good::BasicAskWalk>>("two ask, one in a second chunk",
                                                              preemptions(2), Expect::clean),
      explore<Reasked<good::BasicAskEdges, good::BasicAskWalk>>("answered and asked again",
                                                                preemptions(3), Expect::clean),
      explore<Delegated<good::BasicAskEdges>>("passed on, answered, asked again", preemptions(3),
                                              Expect::clean),
      explore<Late<good::BasicAskEdges, good::BasicAskWalk, true>>(
          "an actor ends, its question does not", preemptions(3), Expect::clean),
      explore<Late<good::BasicAskEdges, good::BasicAskWalk, false>>("a question that keeps nobody",
                                                                    preemptions(3), Expect::caught),
      explore<Ring<release::BasicAskEdges, release::BasicAskWalk, 2>>(
          "an edge stored by release", preemptions(3), Expect::caught),
      explore<Answered<once::BasicAskEdges, once::BasicAskWalk>>("edges read once", preemptions(3),
                                                                 Expect::caught),
      explore<Reused<once::BasicAskEdges, once::BasicAskWalk>>("edges of another actor, read once",
                                                               preemptions(3), Expect::caught),
  });
}
