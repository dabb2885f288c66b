// tests/model/fresh_stack_model.cpp
// Goal    Every element leaves a worker's stack once, and whoever gets it sees it whole, also when
//         owner and thief are after the last one and when places are used again.
// Method  Relacy over the shipped stack of two places: the owner pushes and pops, a thief steals. That
//         a place is not written again while it is being read, see reused_place.hpp.
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

#include "runtime/src/fresh_stack.hpp"

// The same header with every release made relaxed, and with the owner's and the thief's words only
// released and acquired; CMakeLists.txt makes them.
#include "planted/fresh_stack.hpp"
#include "planted/fresh_stack_unordered.hpp"

namespace {

// `each`: how many are pushed before the owner pops one.
template <template <class, std::size_t> class Stack, int pushes, int steals, int each = 1>
struct Stealing : rl::test_suite<Stealing<Stack, pushes, steals, each>, 2> {
  Stack<Element, 2> stack;
  Element elements[pushes];

  void take(Element* element) {
    if (element == nullptr) return;
    stet::model::ReusedPlace<Element>::taken();
    RL_ASSERT(element->content($) == 1);
    element->content($) = 2;
    RL_ASSERT(++element->taken == 1);
  }
  void thread(unsigned index) {
    if (index == 1) {
      for (int i = 0; i < steals; ++i) take(stack.steal());
      return;
    }
    int pushed = 0;
    for (Element& element : elements) {
      element.content($) = 1;
      while (!stack.push(&element)) take(stack.pop());
      if (++pushed % each == 0) take(stack.pop());
    }
    while (stack.size() != 0) take(stack.pop());
  }
  void after() {
    for (Element& element : elements) RL_ASSERT(element.taken == 1);
  }
};

// The owner and two thieves are after two that are there.
template <template <class, std::size_t> class Stack>
struct TwoThieves : rl::test_suite<TwoThieves<Stack>, 3> {
  Stack<Element, 2> stack;
  Element elements[2];

  void take(Element* element) {
    if (element == nullptr) return;
    RL_ASSERT(element->content($) == 1);
    element->content($) = 2;
    RL_ASSERT(++element->taken == 1);
  }
  void before() {
    for (Element& element : elements) {
      element.content($) = 1;
      RL_ASSERT(stack.push(&element));
    }
  }
  void thread(unsigned index) {
    if (index == 0) {
      while (stack.size() != 0) take(stack.pop());
    } else {
      take(stack.steal());
    }
  }
  void after() {
    for (Element& element : elements) RL_ASSERT(element.taken == 1);
  }
};

}  // namespace

int main() {
  using stet::detail::BasicFreshStack;
  using namespace stet::model;
  return verdict({
      explore<Stealing<BasicFreshStack, 1, 1>>("one pushed, one theft", all, Expect::clean),
      explore<Stealing<BasicFreshStack, 2, 2, 2>>("two pushed, two thefts", preemptions(3),
                                                  Expect::clean),
      explore<Stealing<BasicFreshStack, 3, 2>>("three one by one, two thefts", preemptions(3),
                                               Expect::clean),
      explore<Stealing<BasicFreshStack, 5, 4, 3>>("five through two places, four thefts",
                                                  random(1'000'000), Expect::clean),
      explore<TwoThieves<BasicFreshStack>>("two there, two thieves", preemptions(3), Expect::clean),
      explore<Stealing<stet::planted::BasicFreshStack, 1, 1>>("push without release", all,
                                                              Expect::caught),
      explore<Stealing<stet::planted_unordered::BasicFreshStack, 2, 2, 2>>(
          "the owner's word not before its look", preemptions(3), Expect::caught),
  });
}
