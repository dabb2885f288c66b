// tests/model/parking_model.cpp
// Goal    No actor waits while all workers sleep, though the queue may fail to give what it holds;
//         after commit() nobody is announced any more. No sleeper misses a timer or the end of the
//         pool, and nobody works unwatched.
// Method  Relacy over the shipped parking and injector. The queue fails now and then while it is
//         not empty, as moodycamel's does. Sleeping is relacy's futex: a wake-up that is lost shows
//         as a deadlock.
#include "model.hpp"
//
#include <stet/runtime/detail/atomic.hpp>

#include "moody.hpp"
#include "runtime/src/injector.hpp"
#include "runtime/src/parking.hpp"

// The same header with a wake-up left out; CMakeLists.txt makes them.
#include "planted/parking_forgetful.hpp"
#include "planted/parking_mute.hpp"

namespace {

using stet::detail::BasicInjector;
using stet::detail::BasicParking;
using stet::model::Atomic;
using stet::model::Bed;
using stet::model::bed;
using stet::model::MoodyQueue;
using stet::model::Sleep;

struct Item {
  rl::var<int> content;
  int taken = 0;
};

enum class Bug {
  none,
  no_look,       // Sleeps without looking at the count after the announcement.
  trusts_empty,  // Looks by trying to take, and believes a queue that says it is empty.
  count_late,    // The producer raises the count after it looked for sleepers.
  no_wake,       // The producer wakes nobody.
};

// Thread 0 queues `items` actors and wakes; thread 1 is the worker: search, announce, look, sleep.
template <Bug bug, int items, template <class, std::size_t> class Parking = BasicParking>
struct Worker : rl::test_suite<Worker<bug, items, Parking>, 2> {
  Bed place;
  Parking<Sleep, 1> parking{1};
  BasicInjector<Item, MoodyQueue> injector;
  Item all_items[items];
  int taken = 0;

  void before() { bed = &place; }

  void run(Item* item) {
    RL_ASSERT(item->content($) == 1);
    RL_ASSERT(++item->taken == 1);
    ++taken;
  }
  void produce() {
    for (Item& item : all_items) {
      item.content($) = 1;
      if (bug == Bug::count_late) {
        parking.wake_one(1);
        RL_ASSERT(injector.put(&item));
      } else {
        RL_ASSERT(injector.put(&item));
        if (bug != Bug::no_wake) parking.wake_one(1);
      }
    }
  }
  void work() {
    while (taken < items) {
      if (Item* item = injector.try_take()) {
        run(item);
        continue;
      }
      parking.prepare(0);
      if (bug == Bug::trusts_empty) {
        if (Item* item = injector.try_take()) {
          parking.cancel(0);
          run(item);
          continue;
        }
      } else if (bug != Bug::no_look && injector.queued()) {
        parking.cancel(0);
        rl::yield(1, $);
        continue;
      }
      parking.commit(0, std::chrono::nanoseconds::max(), false);
      RL_ASSERT(!parking.is_idle(0));
    }
  }
  void thread(unsigned index) { index == 0 ? produce() : work(); }
  void after() { RL_ASSERT(taken == items); }
};

// Two workers, one actor, one producer: whoever is awake must take it, whoever sleeps must not
// matter. A worker that is told to end (the actor was handled) ends.
struct TwoWorkers : rl::test_suite<TwoWorkers, 3> {
  Bed place;
  BasicParking<Sleep, 2> parking{2};
  BasicInjector<Item, MoodyQueue> injector;
  Atomic<int> done;
  Item item;

  void before() { bed = &place; }
  void thread(unsigned index) {
    if (index == 2) {
      item.content($) = 1;
      RL_ASSERT(injector.put(&item));
      parking.wake_one(2);
      return;
    }
    while (done.load(std::memory_order_seq_cst) == 0) {
      if (Item* taken = injector.try_take()) {
        RL_ASSERT(taken->content($) == 1);
        RL_ASSERT(++taken->taken == 1);
        done.store(1, std::memory_order_seq_cst);
        parking.wake_at_place(0);
        parking.wake_at_place(1);
        return;
      }
      parking.prepare(index);
      if (injector.queued() || done.load(std::memory_order_seq_cst) != 0) {
        parking.cancel(index);
        rl::yield(1, $);
        continue;
      }
      parking.commit(index, std::chrono::nanoseconds::max(), false);
      RL_ASSERT(!parking.is_idle(index));
    }
  }
  void after() { RL_ASSERT(item.taken == 1); }
};

// The pool ends: it says so and wakes the worker by its place, with nothing queued. The word that says
// so is ordered by the token alone.
template <template <class, std::size_t> class Parking>
struct Stop : rl::test_suite<Stop<Parking>, 2> {
  Bed place;
  Parking<Sleep, 1> parking{1};
  Atomic<int> stopping;

  void before() { bed = &place; }
  void thread(unsigned index) {
    if (index == 0) {
      stopping.store(1, std::memory_order_relaxed);
      parking.wake_at_place(0);
      return;
    }
    while (stopping.load(std::memory_order_relaxed) == 0) {
      parking.prepare(0);
      if (stopping.load(std::memory_order_relaxed) != 0) {
        parking.cancel(0);
        return;
      }
      parking.commit(0, std::chrono::nanoseconds::max(), false);
    }
  }
};

// A timer is set from outside for a worker that goes to sleep: it sees the timer, or is woken.
struct SetTimer : rl::test_suite<SetTimer, 2> {
  Bed place;
  BasicParking<Sleep, 1> parking{1};
  Atomic<int> timer;

  void before() { bed = &place; }
  void thread(unsigned index) {
    if (index == 0) {
      timer.store(1, std::memory_order_seq_cst);
      if (parking.is_idle(0)) parking.wake_at_place(0);
      return;
    }
    parking.prepare(0);
    if (timer.load(std::memory_order_seq_cst) != 0) {
      parking.cancel(0);
    } else {
      parking.commit(0, std::chrono::nanoseconds::max(), false);
    }
  }
};

// A worker that was announced goes to work and looks whether there is a watch; meanwhile the watch
// ends and looks whether anybody is at work. One of them sees the other.
enum class Goes { cancels, times_out, by_token, woken };
template <Goes way>
struct Watch : rl::test_suite<Watch<way>, way == Goes::woken ? 3 : 2> {
  Bed place;
  BasicParking<Sleep, 1> parking{1};
  Atomic<int> watched;
  bool worker_sees_none = false;
  bool watch_sees_worker = false;

  void before() {
    bed = &place;
    parking.prepare(0);
    if (way == Goes::by_token) parking.wake_at_place(0);
    watched.store(1, std::memory_order_relaxed);
  }
  void thread(unsigned index) {
    if (index == 2) {
      parking.wake_one(1);
    } else if (index == 1) {
      watched.store(0, std::memory_order_seq_cst);
      watch_sees_worker = !parking.is_idle(0);
    } else {
      using namespace std::chrono_literals;
      if (way == Goes::cancels) {
        parking.cancel(0);
      } else {
        parking.commit(0, way == Goes::times_out ? 0ns : std::chrono::nanoseconds::max(),
                       way == Goes::times_out);
      }
      worker_sees_none = watched.load(std::memory_order_seq_cst) == 0;
    }
  }
  void after() { RL_ASSERT(worker_sees_none || watch_sees_worker); }
};

}  // namespace

int main() {
  using namespace stet::model;
  return verdict({
      explore<Worker<Bug::none, 1>>("a producer meets a worker that parks", all, Expect::clean),
      explore<Worker<Bug::none, 2>>("two actors, a queue that fails once", preemptions(3),
                                    Expect::clean),
      explore<TwoWorkers>("two workers", random(2'000'000), Expect::clean),
      explore<Stop<BasicParking>>("the pool ends", all, Expect::clean),
      explore<SetTimer>("a timer meets a worker that parks", all, Expect::clean),
      explore<Watch<Goes::cancels>>("a watch ends, a worker cancels", all, Expect::clean),
      explore<Watch<Goes::times_out>>("a watch ends, a worker's time is up", all, Expect::clean),
      explore<Watch<Goes::by_token>>("a watch ends, a worker has a token", all, Expect::clean),
      explore<Watch<Goes::woken>>("a watch ends, a worker is woken", preemptions(4), Expect::clean),
      explore<Worker<Bug::no_look, 1>>("no look between announcing and sleeping", all,
                                       Expect::caught),
      explore<Worker<Bug::trusts_empty, 1>>("an empty answer is believed", all, Expect::caught),
      explore<Worker<Bug::count_late, 1>>("wakes before it counts", all, Expect::caught),
      explore<Worker<Bug::no_wake, 1>>("wakes nobody", all, Expect::caught),
      explore<Worker<Bug::none, 1, stet::planted_mute::BasicParking>>("a token without a call", all,
                                                                      Expect::caught),
      explore<Worker<Bug::none, 1, stet::planted_forgetful::BasicParking>>(
          "a bit taken without a token", all, Expect::caught),
      explore<Stop<stet::planted_mute::BasicParking>>("the pool ends in silence", all,
                                                      Expect::caught),
  });
}
