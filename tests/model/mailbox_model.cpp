// tests/model/mailbox_model.cpp
// Goal    Mail arrives once and in order, one caller alone schedules, no ring is lost, the next
//         owner sees what the last one wrote, and nothing is used before it was published.
// Method  Relacy over the shipped mailbox. Planted bugs weaken it through the a changed copy or
//         leave a step out; each must be caught.
#include "model.hpp"
//
#include <stet/runtime/mailbox.hpp>

// The same header with every release made relaxed; CMakeLists.txt makes it.
#include "planted/mailbox.hpp"
// A ring that leaves waiting mail as it is.
#include "planted/mailbox_silent.hpp"

namespace stet::detail {
struct Node {
  Node* next = nullptr;
  int sender = 0;
  rl::var<int> number;
};
}  // namespace stet::detail

namespace {

using stet::detail::Node;
using stet::model::Expect;
using stet::model::explore;

// How an owner takes mail: all of it, or as visit() does: one message alone is left where it is until
// it has been handled. The planted bug then uses its node again before it is out of the mailbox.
enum class Takes { all, in_place };

// Two senders push to a parked actor; who is told to schedule it becomes its owner and works until
// it parks. In a real system the owner is a worker; here the sender does its work, which is the
// same hand-over.
// `acquires`: the owner looks at the actor's state before it takes the mail, as visit() does; that
// it does so without acquire() is a planted bug.
template <template <class> class Box, int each, Takes takes = Takes::all, bool acquires = true>
struct Senders : rl::test_suite<Senders<Box, each, takes, acquires>, 2> {
  Box<Node> box;
  Node nodes[2][each];
  rl::var<int> state;  // The actor's own: written by every owner.
  int expected[2] = {0, 0};
  int handled = 0;
  int owners = 0;

  void before() {
    state($) = 0;
    RL_ASSERT(box.try_park());
  }
  void handle(Node& node) {
    RL_ASSERT(node.number($) == expected[node.sender]++);
    state($) = state($) + 1;
    ++handled;
  }
  void handle_all(Node* chain) {
    chain = stet::detail::reverse_chain(chain);
    while (chain != nullptr) {
      Node* node = chain;
      chain = chain->next;
      handle(*node);
    }
  }
  void own() {
    RL_ASSERT(++owners == 1);
    if (acquires) box.acquire();
    RL_ASSERT(state($) == handled);
    for (;;) {
      Node* const only = takes == Takes::all ? nullptr : box.peek_only();
      if (only != nullptr) {
        handle(*only);
        --owners;
        if (box.try_park_after(only)) return;
        RL_ASSERT(++owners == 1);
        handle_all(box.take_rest(only));
      } else {
        handle_all(box.take_all());
      }
      --owners;
      if (box.try_park()) return;
      RL_ASSERT(++owners == 1);
    }
  }
  void thread(unsigned index) {
    for (int i = 0; i < each; ++i) {
      Node& node = nodes[index][i];
      node.sender = static_cast<int>(index);
      node.number($) = i;
      if (box.push(&node) == Box<Node>::Pushed::must_schedule) own();
    }
  }
  void after() {
    RL_ASSERT(handled == 2 * each);
    RL_ASSERT(state($) == 2 * each);
  }
};

// A node that is pushed again while it still lies in the mailbox is taken for itself: the actor is
// parked, and the second message lost. So its memory must not be given back before.
template <bool keeps>
struct Reused : rl::test_suite<Reused<keeps>, 2> {
  stet::detail::BasicMailbox<Node> box;
  Node node;
  stet::model::Atomic<int> is_free;
  int handled = 0;

  void before() { RL_ASSERT(box.try_park()); }
  void own() {
    for (;;) {
      Node* const only = box.peek_only();
      if (only != nullptr) {
        ++handled;
        if (!keeps) is_free.store(1, std::memory_order_release);
        const bool parked = box.try_park_after(only);
        if (keeps) is_free.store(1, std::memory_order_release);
        if (parked) return;
        RL_ASSERT(box.take_rest(only) == nullptr);
      } else {
        RL_ASSERT(box.take_all() == nullptr);
      }
      if (box.try_park()) return;
    }
  }
  void thread(unsigned index) {
    using Pushed = stet::detail::BasicMailbox<Node>::Pushed;
    if (index == 0) {
      if (box.push(&node) == Pushed::must_schedule) own();
    } else if (is_free.load(std::memory_order_acquire) != 0) {
      is_free.store(0, std::memory_order_relaxed);
      if (box.push(&node) == Pushed::must_schedule) own();
    } else {
      ++handled;
    }
  }
  void after() { RL_ASSERT(handled == 2); }
};

// As visit() does it: after every look at the mailbox the system lane is looked at, then the actor
// parks. `looks_too_early` is the planted bug: the lane is looked at before the mailbox, and a message
// that rings between the two is lost.
template <template <class> class Box, Takes takes, bool looks_too_early>
struct Visitor {
  Box<Node> box;
  stet::model::Atomic<int> lane;
  Node mail;
  rl::var<int> news;
  int seen = 0;
  int handled = 0;

  void look() {
    // A mere look first, as in visit(): without the bell's order it may be an old one.
    if (lane.load(std::memory_order_acquire) == 0) return;
    // A plain look first, as in visit(): an exchange would see the newest value in any case.
    if (lane.load(std::memory_order_acquire) == 0) return;
    if (lane.exchange(0, std::memory_order_acquire) != 0) {
      RL_ASSERT(news($) == 1);
      ++seen;
    }
  }
  Node* mail_in_place() {
    if (takes == Takes::all) return nullptr;
    if (looks_too_early && lane.load(std::memory_order_acquire) != 0) return nullptr;
    Node* const only = box.peek_only();
    if (!looks_too_early && lane.load(std::memory_order_acquire) != 0) return nullptr;
    return only;
  }
  void own() {
    do {
      Node* chain = nullptr;
      if (Node* const only = mail_in_place()) {
        ++handled;
        if (box.try_park_after(only)) return;
        chain = box.take_rest(only);
        look();
      } else {
        if (looks_too_early) look();
        chain = box.take_all();
        if (!looks_too_early) look();
      }
      while (chain != nullptr) {
        ++handled;
        chain = chain->next;
      }
    } while (!box.try_park());
  }
  void after() {
    RL_ASSERT(handled == 1);
    RL_ASSERT(seen == 1);
  }
};

// One pushes, one rings; the actor was parked.
template <template <class> class Box, Takes takes, bool looks_too_early, bool rings>
struct Bell : rl::test_suite<Bell<Box, takes, looks_too_early, rings>, 2> {
  Visitor<Box, takes, looks_too_early> actor;

  void before() {
    actor.news($) = 0;
    RL_ASSERT(actor.box.try_park());
  }
  void thread(unsigned index) {
    using Pushed = typename Box<Node>::Pushed;
    Pushed told = Pushed::queued;
    if (index == 0) {
      told = actor.box.push(&actor.mail);
    } else {
      actor.news($) = 1;
      actor.lane.store(1, std::memory_order_release);
      if (rings) told = actor.box.ring();
    }
    if (told == Pushed::must_schedule) actor.own();
  }
  void after() { actor.after(); }
};

// One rings and then pushes, so that the bell is covered; the actor is at work.
template <Takes takes, bool looks_too_early>
struct Covered : rl::test_suite<Covered<takes, looks_too_early>, 2> {
  using Box = stet::detail::BasicMailbox<Node>;
  Visitor<stet::detail::BasicMailbox, takes, looks_too_early> actor;

  void before() { actor.news($) = 0; }
  void thread(unsigned index) {
    if (index == 0) {
      actor.own();
      return;
    }
    actor.news($) = 1;
    actor.lane.store(1, std::memory_order_release);
    if (actor.box.ring() == Box::Pushed::must_schedule) actor.own();
    if (actor.box.push(&actor.mail) == Box::Pushed::must_schedule) actor.own();
  }
  void after() { actor.after(); }
};

// One closes, one pushes twice: each message has exactly one holder afterwards, who sees it whole;
// and a sender that looks again sees what was before the close.
struct Closing : rl::test_suite<Closing, 2> {
  stet::detail::BasicMailbox<Node> box;
  Node nodes[2];
  rl::var<int> reason;
  int with_owner = 0;
  int with_sender = 0;

  void keep(Node* chain) {
    for (; chain != nullptr; chain = chain->next) {
      RL_ASSERT(chain->number($) == 1);
      ++with_owner;
    }
  }
  void thread(unsigned index) {
    if (index == 0) {
      if (const Node* const top = box.peek()) RL_ASSERT(const_cast<Node*>(top)->number($) == 1);
      keep(box.take_all());
      reason($) = 1;
      keep(box.close());
      return;
    }
    for (Node& node : nodes) {
      node.number($) = 1;
      if (box.push(&node) != stet::detail::BasicMailbox<Node>::Pushed::closed) continue;
      ++with_sender;
      if (box.is_closed()) RL_ASSERT(reason($) == 1);
    }
  }
  void after() { RL_ASSERT(with_owner + with_sender == 2); }
};

}  // namespace

int main() {
  using stet::detail::BasicMailbox;
  using namespace stet::model;
  constexpr Takes in_place = Takes::in_place;
  return verdict({
      explore<Senders<BasicMailbox, 1>>("two senders, one message each", all, Expect::clean),
      explore<Senders<BasicMailbox, 2>>("two senders, two messages each", preemptions(3),
                                        Expect::clean),
      explore<Senders<BasicMailbox, 3>>("two senders, three messages each", random(1'000'000),
                                        Expect::clean),
      explore<Senders<BasicMailbox, 1, in_place>>("the same in place, one each", all,
                                                  Expect::clean),
      explore<Senders<BasicMailbox, 2, in_place>>("the same in place, two each", preemptions(3),
                                                  Expect::clean),
      explore<Senders<BasicMailbox, 3, in_place>>("the same in place, three each",
                                                  random(1'000'000), Expect::clean),
      explore<Bell<BasicMailbox, Takes::all, false, true>>("a ring meets a push", all,
                                                           Expect::clean),
      explore<Bell<BasicMailbox, in_place, false, true>>("a ring meets mail in place", all,
                                                         Expect::clean),
      explore<Covered<Takes::all, false>>("a push covers a ring", all, Expect::clean),
      explore<Covered<in_place, false>>("mail in place covers a ring", all, Expect::clean),
      explore<Reused<true>>("a node that is used again", all, Expect::clean),
      explore<Closing>("close meets two pushes", all, Expect::clean),
      explore<Senders<stet::planted::BasicMailbox, 1>>("push and park without release", all,
                                                       Expect::caught),
      explore<Senders<stet::planted::BasicMailbox, 1, in_place>>("in place without release", all,
                                                                 Expect::caught),
      explore<Senders<BasicMailbox, 1, Takes::all, false>>("state read before an acquire", all,
                                                           Expect::caught),
      explore<Bell<BasicMailbox, Takes::all, true, true>>("system lane looked at before the take",
                                                          all, Expect::caught),
      explore<Covered<in_place, true>>("system lane looked at before the peek", all,
                                       Expect::caught),
      explore<Bell<stet::planted_silent::BasicMailbox, in_place, false, true>>(
          "a ring that leaves mail as it is", all, Expect::caught),
      explore<Bell<BasicMailbox, Takes::all, false, false>>("system message without a ring", all,
                                                            Expect::caught),
      explore<Reused<false>>("a node used again before it is out", all, Expect::caught),
  });
}
