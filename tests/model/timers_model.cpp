// tests/model/timers_model.cpp
// Goal    A timer fires or is cancelled, never both; who cancels is told which; no request to a
//         taken wheel is lost; every reference is released once, and nothing is touched after that;
//         who sleeps until the next one is due is told when another comes before it.
// Method  Relacy over the shipped timers and wheel, with a timer of the model's own. Planted bugs:
//         releases made relaxed, a holder that leaves without a look at requests, one that fires
//         what was cancelled, a caller who requests and leaves what is free, one that forgets to tell
//         what it has carried out for others.
#include "model.hpp"
//
#include "runtime/src/timers.hpp"

// The same header with a bug in each; CMakeLists.txt makes them.
#include "planted/timers.hpp"
#include "planted/timers_blind.hpp"
#include "planted/timers_meek.hpp"
#include "planted/timers_mute.hpp"
#include "planted/timers_stubborn.hpp"

namespace {

// Who wants to know that the next timer is due earlier.
struct Bell {
  virtual void ring() noexcept = 0;

 protected:
  ~Bell() = default;
};
Bell* bell = nullptr;

}  // namespace

void stet::detail::TimerFiring::earlier() const noexcept {
  if (bell != nullptr) bell->ring();
}

namespace {

using stet::detail::TimerFiring;
using stet::detail::TimerNode;
using stet::detail::TimerOps;
using stet::model::Expect;
using stet::model::explore;

constexpr std::int64_t due = 10;
constexpr std::int64_t now = 100;
constexpr std::int64_t later = std::int64_t{1} << 40;

std::int64_t fire(TimerNode& timer, std::int64_t) noexcept {
  RL_ASSERT(timer.content($) == 1);
  ++timer.times_fired;
  if (!timer.ops->is_periodic) timer.content($) = 2;
  return later;
}
void drop(TimerNode& timer) noexcept {
  RL_ASSERT(timer.content($) == 1);
  timer.content($) = 3;
  ++timer.times_dropped;
}
constexpr TimerOps once{&fire, &drop, false};
constexpr TimerOps again{&fire, &drop, true};

// As the runtime does it.
template <class Timers>
bool cancel(Timers& timers, TimerNode& timer) {
  using Cancelled = typename Timers::Cancelled;
  const Cancelled cancelled = timers.cancel(timer);
  if (cancelled == Cancelled::pending || cancelled == Cancelled::out) drop(timer);
  if (cancelled == Cancelled::out) stet::detail::release(timer);
  return cancelled != Cancelled::no;
}

void prepare(TimerNode& timer, bool periodic) {
  timer.back = nullptr;
  timer.deadline = due;
  timer.request_next = nullptr;
  timer.ops = periodic ? &again : &once;
  timer.content($) = 1;
}

// Each of the first `setters` threads sets a timer of its own, and cancels it or not. The others
// run what is due. At the end nothing is in flight, and nobody is there to carry out a request.
template <template <class, class> class Timers, unsigned setters, unsigned runners, bool cancels,
          bool periodic = false>
struct Setting
    : rl::test_suite<Setting<Timers, setters, runners, cancels, periodic>, setters + runners> {
  Timers<TimerNode, TimerFiring> timers;
  TimerNode nodes[setters];
  int told[setters] = {};

  void before() {
    std::int64_t when = due;
    for (TimerNode& node : nodes) {
      prepare(node, periodic);
      node.deadline = when++;
    }
  }
  void thread(unsigned index) {
    if (index >= setters) {
      timers.run_due(now);
      return;
    }
    TimerNode& node = nodes[index];
    timers.set(node);
    if (cancels) told[index] = cancel(timers, node) ? 1 : 0;
    stet::detail::release(node);
  }
  void after() {
    if (!cancels && runners == 0) RL_ASSERT(timers.next_deadline() == due);
    timers.run_due(now);
    if (periodic) timers.close();
    for (unsigned i = 0; i < setters; ++i) {
      const TimerNode& node = nodes[i];
      RL_ASSERT(node.times_freed == 1);
      if (periodic) {
        RL_ASSERT(node.times_fired <= 1 && node.times_dropped == 1);
        RL_ASSERT(told[i] == 1 || !cancels);
      } else {
        RL_ASSERT(node.times_fired + node.times_dropped == 1);
        RL_ASSERT(node.times_dropped == told[i]);
      }
    }
  }
};

// Set already; one cancels, the others cancel as well or run what is due.
template <template <class, class> class Timers, unsigned cancellers, unsigned runners>
struct Cancelling : rl::test_suite<Cancelling<Timers, cancellers, runners>, cancellers + runners> {
  Timers<TimerNode, TimerFiring> timers;
  TimerNode node;
  int told = 0;

  void before() {
    prepare(node, false);
    timers.set(node);
  }
  void thread(unsigned index) {
    if (index >= cancellers) {
      timers.run_due(now);
    } else if (cancel(timers, node)) {
      ++told;
    }
  }
  void after() {
    timers.run_due(now);
    stet::detail::release(node);
    RL_ASSERT(node.times_freed == 1);
    RL_ASSERT(node.times_fired + node.times_dropped == 1);
    RL_ASSERT(told == node.times_dropped);
  }
};

// A worker announces that it will sleep and looks when it must wake up; who finds that a timer is
// due earlier looks for sleepers afterwards. One of them sees the other, also if the timer was set
// by a thread that left it to the holder of the wheel.
template <template <class, class> class Timers, unsigned setters>
struct Sleeping final : rl::test_suite<Sleeping<Timers, setters>, setters + 1>, Bell {
  Timers<TimerNode, TimerFiring> timers;
  TimerNode nodes[setters];
  stet::model::Atomic<int> sleeps;
  std::int64_t wakes_at = 0;
  std::int64_t told = 0;

  void before() {
    bell = this;
    std::int64_t when = due;
    for (TimerNode& node : nodes) {
      prepare(node, false);
      node.deadline = when++;
    }
    wakes_at = told = later;
  }
  void ring() noexcept override {
    // Who is woken reads it again.
    if (sleeps.load(std::memory_order_seq_cst) != 0) told = timers.next_deadline();
  }
  void thread(unsigned index) {
    if (index < setters) {
      timers.set(nodes[index]);
    } else {
      sleeps.store(1, std::memory_order_seq_cst);
      wakes_at = timers.next_deadline();
    }
  }
  void after() {
    RL_ASSERT(timers.next_deadline() == due);
    RL_ASSERT(wakes_at <= due || told <= due);
    bell = nullptr;
    timers.close();
    for (TimerNode& node : nodes) {
      stet::detail::release(node);
      RL_ASSERT(node.times_freed == 1 && node.times_dropped == 1);
    }
  }
};

}  // namespace

int main() {
  using stet::detail::BasicTimers;
  using namespace stet::model;
  namespace blind = stet::planted_blind;
  namespace meek = stet::planted_meek;
  namespace mute = stet::planted_mute;
  namespace stubborn = stet::planted_stubborn;
  return verdict({
      explore<Setting<BasicTimers, 1, 1, true>>("set and cancelled while due", preemptions(4),
                                                Expect::clean),
      explore<Cancelling<BasicTimers, 1, 1>>("cancelled while it fires", preemptions(4),
                                             Expect::clean),
      explore<Cancelling<BasicTimers, 2, 0>>("cancelled twice", preemptions(4), Expect::clean),
      explore<Setting<BasicTimers, 2, 0, false>>("two set", preemptions(4), Expect::clean),
      explore<Setting<BasicTimers, 2, 0, true>>("two set and cancel", preemptions(3),
                                                Expect::clean),
      explore<Setting<BasicTimers, 1, 1, true, true>>("periodic, cancelled while it fires",
                                                      preemptions(3), Expect::clean),
      explore<Sleeping<BasicTimers, 1>>("set while a worker goes to sleep", preemptions(4),
                                        Expect::clean),
      explore<Sleeping<BasicTimers, 2>>("two set while a worker goes to sleep", random(200'000),
                                        Expect::clean),
      explore<Setting<BasicTimers, 2, 1, true>>("two set and cancel, one runs", random(300'000),
                                                Expect::clean),
      explore<Cancelling<BasicTimers, 2, 1>>("two cancel, one runs", random(300'000),
                                             Expect::clean),
      explore<Setting<stet::planted::BasicTimers, 2, 0, true>>("a wheel without order",
                                                               preemptions(4), Expect::caught),
      explore<Setting<blind::BasicTimers, 2, 0, false>>("leaves without a look at requests",
                                                        preemptions(4), Expect::caught),
      explore<Setting<meek::BasicTimers, 2, 0, false>>("requests and does not look again",
                                                       preemptions(4), Expect::caught),
      explore<Sleeping<mute::BasicTimers, 2>>("tells only of its own", random(200'000),
                                              Expect::caught),
      explore<Cancelling<stubborn::BasicTimers, 1, 1>>("fires what was cancelled", preemptions(4),
                                                       Expect::caught),
  });
}
