// tests/model/drop_ring_model.cpp
// Goal    Each node leaves the ring once, whole, and what the owner gets of one sender is in order;
//         also while senders lap each other and are passed by, and when the owner ends.
// Method  Relacy over the shipped ring of one or two places: senders put, the owner takes, what is
//         left is taken at the end.
#include "model.hpp"
//
#include <stet/runtime/detail/atomic.hpp>

#include "runtime/src/drop_ring.hpp"

// The same header with every acq_rel made relaxed; CMakeLists.txt makes it.
#include "planted/drop_ring.hpp"

namespace {

struct Node;
// The node's link as a word that relacy watches.
struct Link {
  rl::var<Node*> node;
  Link& operator=(Node* to) {
    node($) = to;
    return *this;
  }
  operator Node*() const { return const_cast<Link*>(this)->node($); }
};
struct Node {
  Link next;
  rl::var<int> content;
  int sender = 0;
  int number = 0;
  int left = 0;
};

template <template <class> class Ring, unsigned senders, int each, int takes, unsigned places>
struct Dropping : rl::test_suite<Dropping<Ring, senders, each, takes, places>, senders + 1> {
  stet::detail::Atomic<std::uintptr_t> places_of_ring[places];
  Ring<Node> ring{places_of_ring, places};
  Node nodes[senders][each];
  int last[senders] = {};
  unsigned at_end = 0;

  void leave(Node* node) {
    RL_ASSERT(node->content($) == 1);
    node->content($) = 2;
    node->next = nullptr;  // Its memory becomes another's.
    RL_ASSERT(++node->left == 1);
  }
  void take_one() {
    Node* const node = ring.take([&](Node* dropped) { leave(dropped); });
    if (node == nullptr) return;
    leave(node);
    RL_ASSERT(node->number > last[node->sender]);
    last[node->sender] = node->number;
  }
  void thread(unsigned index) {
    if (index == senders) {
      for (int i = 0; i < takes; ++i) take_one();
      return;
    }
    for (int i = 0; i < each; ++i) {
      Node& node = nodes[index][i];
      node.content($) = 1;
      node.sender = static_cast<int>(index);
      node.number = i + 1;
      if (Node* const replaced = ring.put(&node).replaced) leave(replaced);
    }
  }
  void after() {
    for (unsigned i = 0; i <= places; ++i) take_one();
    for (auto& of_one : nodes) {
      for (Node& node : of_one) RL_ASSERT(node.left == 1);
    }
  }
};

// The owner ends: it closes and then takes what is in. A sender rings after it has put; who finds it
// closed takes back what lies in its place. Nothing stays behind.
template <unsigned senders, int each, unsigned places>
struct Ending : rl::test_suite<Ending<senders, each, places>, senders + 1> {
  stet::detail::Atomic<std::uintptr_t> places_of_ring[places];
  stet::detail::BasicDropRing<Node> ring{places_of_ring, places};
  stet::detail::Atomic<unsigned> bell;
  Node nodes[senders][each];

  static void leave(Node* node) {
    RL_ASSERT(node->content($) == 1);
    node->content($) = 2;
    node->next = nullptr;  // Its memory becomes another's.
    RL_ASSERT(++node->left == 1);
  }
  void thread(unsigned index) {
    if (index == senders) {
      // acq_rel: as Mailbox::close().
      bell.fetch_or(1, std::memory_order_acq_rel);
      while (Node* const node = ring.take(&leave)) leave(node);
      return;
    }
    for (Node& node : nodes[index]) {
      node.content($) = 1;
      const auto put = ring.put(&node);
      if (put.replaced != nullptr) leave(put.replaced);
      // release: as Mailbox::ring().
      if ((bell.fetch_add(2, std::memory_order_release) & 1) == 0) continue;
      if (Node* const back = ring.take_back(put.ticket)) leave(back);
    }
  }
  void after() {
    for (auto& of_one : nodes) {
      for (Node& node : of_one) RL_ASSERT(node.left == 1);
    }
  }
};

}  // namespace

int main() {
  using stet::detail::BasicDropRing;
  using namespace stet::model;
  return verdict({
      explore<Dropping<BasicDropRing, 1, 2, 2, 1>>("one sender of two, one place", all,
                                                   Expect::clean),
      explore<Dropping<BasicDropRing, 1, 3, 2, 2>>("one sender of three, two places",
                                                   preemptions(3), Expect::clean),
      explore<Dropping<BasicDropRing, 2, 2, 3, 2>>("two senders of two, two places", preemptions(2),
                                                   Expect::clean),
      explore<Dropping<BasicDropRing, 2, 3, 4, 1>>("two senders of three, one place",
                                                   random(500'000), Expect::clean),
      explore<Dropping<BasicDropRing, 2, 4, 5, 3>>("two senders of four, three places",
                                                   random(500'000), Expect::clean),
      explore<Ending<1, 2, 1>>("the owner ends, one place", all, Expect::clean),
      explore<Ending<2, 1, 1>>("two senders, the owner ends", preemptions(3), Expect::clean),
      explore<Ending<2, 2, 2>>("two senders of two, the owner ends", random(200'000),
                               Expect::clean),
      explore<Dropping<stet::planted::BasicDropRing, 1, 2, 2, 1>>("places without order", all,
                                                                  Expect::caught),
  });
}
