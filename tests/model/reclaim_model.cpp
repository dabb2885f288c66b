// tests/model/reclaim_model.cpp
// Goal    A cell is freed once, by whoever lets go last, after everybody's last use of it: while mail
//         is delivered, while the actor stops, while somebody walks over all cells. Each message has one
//         holder, and the actor's state goes once.
// Method  Relacy over the shipped references and mailbox. To free a cell is to write it: a thread that
//         is not done races with that. Planted bugs: a last reference without order, an actor that lets
//         go of one that it does not hold, a walker that does not look whether the cell is there.
#include "model.hpp"
//
#include <stet/runtime/detail/references.hpp>
#include <stet/runtime/mailbox.hpp>

// The same header with every acq_rel made relaxed; CMakeLists.txt makes it.
#include "planted/references.hpp"

namespace stet::detail {
struct Node {
  Node* next = nullptr;
  bool stops = false;
  rl::var<int> content;
};
}  // namespace stet::detail

namespace {

using stet::detail::Node;
using stet::model::Expect;
using stet::model::explore;

enum class Bug { none, holds_no_reference, looks_at_nothing };

// An actor, to which each of the first `senders` threads has an address: it sends `each` messages and
// lets the address go. The first message of thread 0 stops the actor. One more thread, if asked for,
// walks over the cells; a cell that was freed is made again, as memory of cells stays one of cells.
template <class References, unsigned senders, int each, bool walks, Bug bug = Bug::none>
struct Ending : rl::test_suite<Ending<References, senders, each, walks, bug>, senders + walks> {
  stet::detail::BasicMailbox<Node> box;
  stet::model::Atomic<std::uint32_t> count;
  rl::var<int> cell;   // The number of the actor that is made of this memory; 0: none.
  rl::var<int> state;  // The actor's own.
  Node nodes[senders][each];
  int owners = 0;
  int handled = 0;
  int undelivered = 0;
  int freed = 0;

  void before() {
    cell($) = 1;
    state($) = 1;
    References::begin(count);
    const unsigned more = bug == Bug::holds_no_reference ? senders - 1 : senders;
    for (unsigned i = 0; i < more; ++i) References::retain(count);
    RL_ASSERT(box.try_park());
  }
  void release() {
    if (!References::release(count)) return;
    RL_ASSERT(++freed == 1);
    cell($) = 0;
    if (!walks) return;
    cell($) = 2;
    References::begin(count);
  }
  void dispose(Node* chain) {
    for (; chain != nullptr; chain = chain->next) {
      RL_ASSERT(chain->content($) == 1);
      ++undelivered;
    }
  }
  // As visit() and end_actor() do it, on the thread that was told to.
  void own() {
    box.acquire();
    do {
      RL_ASSERT(++owners == 1);
      RL_ASSERT(cell($) == 1);
      bool stopping = false;
      Node* chain = stet::detail::reverse_chain(box.take_all());
      while (chain != nullptr && !stopping) {
        RL_ASSERT(chain->content($) == 1);
        state($) = state($) + 1;
        ++handled;
        stopping = chain->stops;
        chain = chain->next;
      }
      --owners;
      if (!stopping) continue;
      Node* const rest = box.close();
      state($) = 0;
      dispose(chain);
      dispose(rest);
      release();
      return;
    } while (!box.try_park());
  }
  void send(Node& node) {
    RL_ASSERT(cell($) == 1);
    node.content($) = 1;
    using Pushed = stet::detail::BasicMailbox<Node>::Pushed;
    switch (box.push(&node)) {
      case Pushed::queued: break;
      case Pushed::must_schedule: own(); break;
      case Pushed::closed:
        RL_ASSERT(box.is_closed());
        ++undelivered;
        break;
    }
  }
  void thread(unsigned index) {
    if (index == senders) {
      if (bug == Bug::looks_at_nothing) {
        References::retain(count);
      } else if (!References::try_retain(count)) {
        return;
      }
      RL_ASSERT(cell($) != 0);
      // Of another actor by now, perhaps: this model makes one, and keeps it.
      if (cell($) == 1) release();
      return;
    }
    for (Node& node : nodes[index]) {
      node.stops = index == 0 && &node == nodes[0];
      send(node);
    }
    release();
  }
  void after() {
    RL_ASSERT(freed == 1);
    RL_ASSERT(handled + undelivered == static_cast<int>(senders) * each);
    RL_ASSERT(state($) == 0);
  }
};

}  // namespace

int main() {
  using namespace stet::model;
  using Shipped = stet::detail::References;
  using Planted = stet::planted::References;
  return verdict({
      explore<Ending<Shipped, 1, 2, false>>("one sends to an actor that stops", all, Expect::clean),
      explore<Ending<Shipped, 2, 1, false>>("two send to an actor that stops", all, Expect::clean),
      explore<Ending<Shipped, 2, 2, false>>("two send twice", preemptions(3), Expect::clean),
      explore<Ending<Shipped, 1, 1, true>>("a walk meets the end", all, Expect::clean),
      explore<Ending<Shipped, 2, 1, true>>("two send, a walk", random(500'000), Expect::clean),
      explore<Ending<Shipped, 3, 1, false>>("three send to an actor that stops", random(500'000),
                                            Expect::clean),
      explore<Ending<Planted, 2, 1, false>>("a last reference without order", all, Expect::caught),
      explore<Ending<Shipped, 2, 1, false, Bug::holds_no_reference>>("an actor without a reference",
                                                                     all, Expect::caught),
      explore<Ending<Shipped, 1, 1, true, Bug::looks_at_nothing>>("a walk that looks at nothing",
                                                                  all, Expect::caught),
  });
}
