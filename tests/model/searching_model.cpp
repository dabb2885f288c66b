// tests/model/searching_model.cpp
// Goal    No actor waits while all workers sleep, though nobody is woken while somebody searches.
// Method  Relacy over the shipped parking, injector and count of searchers, put together as
//         Worker::search() and WorkerPool::wake_for_work() do. The queue fails now and then. Planted
//         bugs: a searcher that goes to sleep without a look at the count, one that is counted while it
//         sleeps, a count without order.
#include "model.hpp"
//
#include <stet/runtime/detail/atomic.hpp>

#include "moody.hpp"
#include "runtime/src/injector.hpp"
#include "runtime/src/parking.hpp"
#include "runtime/src/searchers.hpp"

// The same header with every seq_cst made relaxed; CMakeLists.txt makes it.
#include "planted/searchers.hpp"

namespace {

using stet::detail::BasicInjector;
using stet::detail::BasicParking;
using stet::model::Expect;
using stet::model::explore;

struct Item {
  rl::var<int> content;
  int taken = 0;
};

enum class Bug { none, no_look, counted_asleep };

// The last thread queues `items` actors, one after the other; the others are workers, and end when all
// have been run.
template <class Searchers, unsigned workers, unsigned items, Bug bug = Bug::none>
struct Pool : rl::test_suite<Pool<Searchers, workers, items, bug>, workers + 1> {
  stet::model::Bed place;
  BasicParking<stet::model::Sleep, workers> parking{workers};
  BasicInjector<Item, stet::model::MoodyQueue> injector;
  Searchers searchers;
  stet::model::Atomic<unsigned> done;
  Item all[items];

  void before() { stet::model::bed = &place; }
  void wake_for_work() {
    if (!searchers.any()) parking.wake_one(workers);
  }
  void run(Item& item) {
    RL_ASSERT(item.content($) == 1);
    RL_ASSERT(++item.taken == 1);
    if (done.fetch_add(1, std::memory_order_seq_cst) + 1 != items) return;
    for (unsigned worker = 0; worker < workers; ++worker) parking.wake_at_place(worker);
  }
  bool ended() { return done.load(std::memory_order_seq_cst) == items; }

  void work(unsigned self) {
    while (!ended()) {
      Item* found = nullptr;
      if (searchers.begin() < (workers + 1) / 2) {
        if (injector.seems_queued()) found = injector.try_take();
        if (bug != Bug::counted_asleep) {
          const unsigned others = searchers.end();
          if (found != nullptr) {
            if (others == 0 && injector.queued()) wake_for_work();
            run(*found);
            continue;
          }
        }
      } else if (bug != Bug::counted_asleep) {
        searchers.end();
      }
      if (found == nullptr) {
        parking.prepare(self);
        if ((bug != Bug::no_look && injector.queued()) || ended()) {
          parking.cancel(self);
          rl::yield(1, $);
        } else {
          parking.commit(self, std::chrono::nanoseconds::max(), false);
        }
      } else {
        run(*found);
      }
      if (bug == Bug::counted_asleep) searchers.end();
    }
  }
  void thread(unsigned index) {
    if (index != workers) {
      work(index);
      return;
    }
    for (Item& item : all) {
      item.content($) = 1;
      RL_ASSERT(injector.put(&item));
      wake_for_work();
    }
  }
  void after() {
    for (const Item& item : all) RL_ASSERT(item.taken == 1);
  }
};

}  // namespace

int main() {
  using namespace stet::model;
  using Shipped = stet::detail::Searchers;
  using Planted = stet::planted::Searchers;
  return verdict({
      explore<Pool<Shipped, 1, 1>>("a worker searches while an actor comes", preemptions(4),
                                   Expect::clean),
      explore<Pool<Shipped, 1, 2>>("two actors come", preemptions(3), Expect::clean),
      explore<Pool<Shipped, 2, 2>>("two workers, two actors", random(500'000), Expect::clean),
      explore<Pool<Planted, 1, 1>>("a count without order", preemptions(4), Expect::caught),
      explore<Pool<Shipped, 1, 1, Bug::no_look>>("no look after a search", preemptions(4),
                                                 Expect::caught),
      explore<Pool<Shipped, 1, 1, Bug::counted_asleep>>("counted while asleep", preemptions(4),
                                                        Expect::caught),
  });
}
