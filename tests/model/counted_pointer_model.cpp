// tests/model/counted_pointer_model.cpp
// Goal    Who follows the pointer finds a whole node that nobody frees meanwhile, and each replaced
//         node is freed once, by whoever was last.
// Method  Relacy over the shipped header. To free a node is to write it: a reader that is not done
//         races with that. Planted bugs: releases made relaxed, a reader that is not counted, a
//         replacer that frees at once, a last reader that does not free.
#include "model.hpp"
//
#include <stet/runtime/detail/counted_pointer.hpp>

// The same header with every release made relaxed; CMakeLists.txt makes it.
#include "planted/counted_pointer.hpp"

namespace {

using stet::model::Expect;
using stet::model::explore;

struct alignas(64) Node {
  stet::model::Atomic<std::int64_t> left;
  rl::var<int> value;
  int number = 0;
  int freed = 0;
};

enum class Bug { none, uncounted, frees_at_once, never_frees };

// Thread 0 replaces, the others follow.
template <template <class> class Pointer, unsigned readers, int replaced, int reads,
          Bug bug = Bug::none>
struct Follow : rl::test_suite<Follow<Pointer, readers, replaced, reads, bug>, readers + 1> {
  // Relacy's own allocator does not look at alignments, and its own heap is not ours.
  unsigned char memory[(replaced + 2) * sizeof(Node)];
  Node* nodes[replaced + 1];
  alignas(Pointer<Node>) unsigned char pointer_memory[sizeof(Pointer<Node>)];
  Pointer<Node>* pointer;

  void before() {
    const auto start = (reinterpret_cast<std::uintptr_t>(memory) + 63) & ~std::uintptr_t{63};
    for (int i = 0; i <= replaced; ++i) {
      nodes[i] = ::new (reinterpret_cast<void*>(start + sizeof(Node) * i)) Node;
      nodes[i]->number = i;
    }
    nodes[0]->value($) = 0;
    pointer = ::new (static_cast<void*>(pointer_memory)) Pointer<Node>(nodes[0]);
  }
  void free(Node* node) {
    RL_ASSERT(++node->freed == 1);
    node->value($) = -1;
  }
  void thread(unsigned index) {
    if (index == 0) {
      for (int i = 1; i <= replaced; ++i) {
        nodes[i]->value($) = i;
        const auto old = pointer->replace(nodes[i]);
        if (old.is_free || bug == Bug::frees_at_once) free(old.node);
      }
      return;
    }
    for (int i = 0; i < reads; ++i) {
      Node* node = bug == Bug::uncounted ? pointer->get() : pointer->acquire();
      RL_ASSERT(node->value($) == node->number);
      if (bug == Bug::uncounted) continue;
      if (pointer->release(node) && bug != Bug::never_frees) free(node);
    }
  }
  void after() {
    RL_ASSERT(pointer->get() == nodes[replaced]);
    for (int i = 0; i < replaced; ++i) RL_ASSERT(nodes[i]->freed == 1);
    RL_ASSERT(nodes[replaced]->freed == 0);
    std::destroy_at(pointer);
    for (Node* node : nodes) node->~Node();
  }
};

template <class T>
using Shipped = stet::detail::CountedPointer<T>;
template <class T>
using Planted = stet::planted::CountedPointer<T>;

}  // namespace

int main() {
  using stet::model::all;
  using stet::model::preemptions;
  using stet::model::random;
  return stet::model::verdict({
      explore<Follow<Shipped, 1, 1, 1>>("follow, replaced once", all, Expect::clean),
      explore<Follow<Shipped, 1, 2, 1>>("follow, replaced twice", all, Expect::clean),
      explore<Follow<Shipped, 1, 2, 2>>("follow twice, replaced twice", preemptions(3),
                                        Expect::clean),
      explore<Follow<Shipped, 2, 1, 1>>("two follow, replaced once", preemptions(3), Expect::clean),
      explore<Follow<Shipped, 2, 2, 2>>("two follow twice, replaced twice", random(300'000),
                                        Expect::clean),
      explore<Follow<Planted, 1, 1, 1>>("releases made relaxed", all, Expect::caught),
      explore<Follow<Shipped, 1, 1, 1, Bug::uncounted>>("a reader that is not counted", all,
                                                        Expect::caught),
      explore<Follow<Shipped, 1, 1, 1, Bug::frees_at_once>>("a replacer that frees at once", all,
                                                            Expect::caught),
      explore<Follow<Shipped, 1, 1, 1, Bug::never_frees>>("a last reader that does not free", all,
                                                          Expect::caught),
  });
}
