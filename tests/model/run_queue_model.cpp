// tests/model/run_queue_model.cpp
// Goal    Every element leaves a worker's queue, or its slot, once, and whoever gets it sees it
//         whole, also when places are used again.
// Method  Relacy over the shipped ring of two places: the owner pushes and pops, a thief pops. That a
//         place is not written again while it is being read, see reused_place.hpp.
#include "model.hpp"
//
#include "reused_place.hpp"

namespace {

struct Element {
  rl::var<int> content;
  int taken = 0;
};

}  // namespace

template <>
class stet::model::Atomic<Element*> : public stet::model::ReusedPlace<Element> {};

#include <stet/runtime/detail/atomic.hpp>

#include "runtime/src/run_queue.hpp"
#include "runtime/src/slot.hpp"

// The same headers with every release made relaxed; CMakeLists.txt makes them.
#include "planted/run_queue.hpp"
#include "planted/slot.hpp"
// One whose taker gives the place back without release.
#include "planted/run_queue_early.hpp"

namespace {

template <template <class, std::size_t> class Queue, int pushes, int steals>
struct Stealing : rl::test_suite<Stealing<Queue, pushes, steals>, 2> {
  Queue<Element, 2> queue;
  Element elements[pushes];

  void take(Element* element) {
    stet::model::ReusedPlace<Element>::taken();
    RL_ASSERT(element->content($) == 1);
    element->content($) = 2;
    RL_ASSERT(++element->taken == 1);
  }
  void thread(unsigned index) {
    if (index == 1) {
      for (int i = 0; i < steals; ++i) {
        if (Element* element = queue.pop()) take(element);
      }
      return;
    }
    for (Element& element : elements) {
      element.content($) = 1;
      while (!queue.push(&element)) {
        if (Element* oldest = queue.pop()) take(oldest);
      }
    }
    while (Element* element = queue.pop()) take(element);
  }
  void after() {
    for (Element& element : elements) RL_ASSERT(element.taken == 1);
  }
};

// The slot beside the queue: its owner fills it twice, the sentinel takes what it finds.
struct Actor {
  rl::var<int> content;
  int taken = 0;
};
template <template <class> class Slot>
struct StealingTheNext : rl::test_suite<StealingTheNext<Slot>, 2> {
  Slot<Actor> slot;
  Actor actors[2];

  static void take(Actor* actor) {
    if (actor == nullptr) return;
    RL_ASSERT(actor->content($) == 1);
    actor->content($) = 2;
    RL_ASSERT(++actor->taken == 1);
  }
  void thread(unsigned index) {
    if (index == 1) {
      take(slot.take());
      return;
    }
    for (Actor& actor : actors) {
      actor.content($) = 1;
      if (!slot.try_fill(actor)) take(&actor);
    }
    take(slot.take());
  }
  void after() {
    for (const Actor& actor : actors) RL_ASSERT(actor.taken == 1);
  }
};

}  // namespace

int main() {
  using stet::detail::BasicRunQueue;
  using namespace stet::model;
  namespace early = stet::planted_early;
  return verdict({
      explore<Stealing<BasicRunQueue, 1, 1>>("one pushed, one theft", all, Expect::clean),
      explore<Stealing<BasicRunQueue, 3, 2>>("three through two places, two thefts", preemptions(3),
                                             Expect::clean),
      explore<Stealing<BasicRunQueue, 5, 4>>("five through two places, four thefts",
                                             random(2'000'000), Expect::clean),
      explore<Stealing<BasicRunQueue, 3, 1>>("places used again", preemptions(3), Expect::clean),
      explore<StealingTheNext<stet::detail::BasicSlot>>("a theft from the slot", all,
                                                        Expect::clean),
      explore<StealingTheNext<stet::planted::BasicSlot>>("a slot filled without release", all,
                                                         Expect::caught),
      explore<Stealing<stet::planted::BasicRunQueue, 1, 1>>("push without release", all,
                                                            Expect::caught),
      explore<Stealing<early::BasicRunQueue, 3, 1>>("a place given back without release",
                                                    preemptions(3), Expect::caught),
  });
}
