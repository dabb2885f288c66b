// stet/runtime/system.hpp - System: the actors of one host, and the threads that run them.
//
//   stet::System system;                        // as many workers as this process may use
//   auto counter = system.spawn<Counter>(0);
//   counter.send<Add>(1);
//   auto value = counter.ask<Read>().get(1s);   // Result<std::int64_t>
//   system.shutdown(5s);                        // or leave it to the destructor
//
// Threads    All members: any thread, but step(), run_until_idle(), advance(): the one thread that
//            drives a stepped system; run_one(), run_for(): one thread at a time; and the destructor.
// Progress   spawn() is lock-free once a block is at hand; shutdown() blocks up to its deadline.
// Errors     The constructor throws std::system_error when no thread can be started.
// Manners    Workers block all signals and are named "stet-w0", ... Nothing is printed, no file or
//            environment is read but the cgroup's CPU quota when `workers` is 0. Several Systems
//            may live in one process. After fork() a System is of no use in the child.
// Lifetime   The destructor shuts down with shutdown_timeout and then waits for handlers that still
//            run. Addresses may outlive the System.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <stet/runtime/address.hpp>
#include <stet/runtime/counters.hpp>
#include <stet/runtime/dead_letter.hpp>
#include <stet/runtime/detail/birth.hpp>
#include <stet/runtime/group.hpp>
#include <stet/runtime/log.hpp>
#include <stet/runtime/nascent.hpp>
#include <stet/runtime/recipient.hpp>
#include <stet/runtime/result.hpp>
#include <stet/runtime/watchdog.hpp>

namespace stet {

class Options;

enum class IdleStrategy : std::uint8_t {
  park,      // Sleep at once when there is nothing to do.
  adaptive,  // Look for idle_spin first, but not with two or fewer usable CPUs.
  spin,      // Look for idle_spin first, always.
};

struct SystemOptions {
  unsigned workers = 0;  // 0: CPUs this process may use, by affinity mask and cgroup quota.
  std::uint32_t turn_messages = 64;  // Handled in one visit of a worker to an actor.
  std::chrono::nanoseconds turn_time{
      0};                        // Longest visit before others get the worker; 0: no limit.
  std::uint32_t slot_runs = 16;  // Visits from the slot before the queue is looked at.
  IdleStrategy idle_strategy = IdleStrategy::adaptive;
  std::chrono::nanoseconds idle_spin{0};
  std::chrono::nanoseconds shutdown_timeout = std::chrono::seconds(5);  // For the destructor.

  // Stepped: no threads; the host runs one message at a time with step(), in an order drawn from
  // the seed, on a virtual clock. The same seed gives the same run.
  bool stepped = false;
  std::uint64_t seed = 0;

  // No workers: the host's own loop runs the actors, see run_for(). `workers` is not looked at.
  bool host_loop = false;

  // Of actors spawned with RunsOn::elastic: the most threads there may be, and how long one sleeps
  // unneeded before it ends. The last one stays.
  unsigned elastic_threads_max = 64;
  std::chrono::nanoseconds elastic_idle = std::chrono::seconds(10);

  WatchdogOptions watchdog = {};  // Reports handlers that run for too long; off unless asked for.

  DeadLetterHandler dead_letters = {};
  LogHook log = {};
  CounterMemory counter_memory = {};

  // From the option table (runtime.* keys).
  [[nodiscard]] static SystemOptions from(const Options& options);
};

class System {
 public:
  explicit System(SystemOptions options = {});
  ~System();
  System(const System&) = delete;
  System& operator=(const System&) = delete;

  // Constructs an actor on the calling thread and lets it run. What its constructor throws leaves
  // through here. After shutdown() the address is that of a stopped actor.
  template <class A, class... Args>
  Address<A> spawn(Args&&... args) {
    return spawn_cell<A>(nullptr, std::forward<Args>(args)...);
  }
  template <class A, class... Args>
  Address<A> spawn_with(const SpawnOptions& options, Args&&... args) {
    return spawn_cell<A>(&options, std::forward<Args>(args)...);
  }
  // An actor to be constructed later, see Nascent.
  template <class A>
  [[nodiscard]] Nascent<A> nascent(const SpawnOptions& options = {}) {
    detail::Cell* cell = detail::make_cell(*core_, detail::TypeOf<A>::type, &options, false);
    detail::retain(cell);
    Nascent<A> result{Address<A>::adopt(cell)};
    detail::finish_spawn(*cell);
    return result;
  }

  // A new group: see group.hpp.
  [[nodiscard]] Group group();

  // Waits until no actor has mail, then stops all actors, services last, and the threads; nothing
  // can be spawned or sent any more. On success every actor has stopped. timed_out names the actors
  // that are still in a handler or still had mail; what could be stopped has been. A second call
  // waits for what the first left over. On a worker: would_deadlock.
  Result<void> shutdown(std::chrono::nanoseconds deadline);

  // Takes over what of the option table may change while it runs (marked live there): workers go by
  // it from their next visit on. If a value that may not change differs from what runs, that is
  // invalid_argument naming all of them, and nothing is changed. What the host's code has put into
  // SystemOptions by itself counts as running: options that are to match must hold it too.
  Result<void> reconfigure(const Options& options);

  // Steady, since some point in the past; virtual in a stepped system.
  [[nodiscard]] std::chrono::nanoseconds now() const noexcept;
  [[nodiscard]] unsigned workers() const noexcept;
  [[nodiscard]] CounterTotals counters() const;
  // Nobody has mail and nobody runs, as far as one look can tell.
  [[nodiscard]] bool is_quiet() const noexcept;

  // For the host of a stepped system. step() runs one message of one actor; false: nothing is
  // ready.
  bool step();
  // Steps until nothing is ready or the bound is reached; returns the steps taken.
  std::size_t run_until_idle(std::size_t steps_max = 10'000'000);
  // Moves the virtual clock. Actors that asked to be woken by then become ready.
  void advance(std::chrono::nanoseconds by);

  // For the host of a system with host_loop. Handlers run inside these two, and inside get() and
  // shutdown() on the same thread: the one that made the System, or that called these last.
  // run_one() handles one message of one actor. False: nothing was ready. Inside a handler, or
  // while another thread is at it: false.
  bool run_one();
  // Handles what is ready, at most for about this long but at least one visit; does not wait for
  // more. Returns about how many messages there were; 0: nothing was ready.
  std::size_t run_for(std::chrono::nanoseconds limit);
  // To be called, on any thread, when something has become ready (or a timer has been set) after
  // run_one() or run_for() had found nothing left, and when run_for() leaves something. It wakes
  // the loop, say by writing to an eventfd, and returns: it must not send, nor call this System.
  // Once this returns the callback before is not called any more; {}: none.
  void on_ready(std::function<void()> callback);
  // When the next timer is due, on the clock of now(); max(): none is set. The host runs at least
  // one of the above at that time.
  [[nodiscard]] std::chrono::nanoseconds next_deadline() const noexcept;

  // Not for applications.
  [[nodiscard]] detail::Core& core() noexcept { return *core_; }

 private:
  template <class A, class... Args>
  Address<A> spawn_cell(const SpawnOptions* options, Args&&... args) {
    detail::Cell* cell = detail::make_cell(*core_, detail::TypeOf<A>::type, options);
    try {
      detail::construct<A>(*cell, std::forward<Args>(args)...);
    } catch (...) {
      detail::forsake(*cell);
      throw;
    }
    detail::retain(cell);
    Address<A> address = Address<A>::adopt(cell);
    detail::finish_spawn(*cell);
    return address;
  }

  detail::Core* core_;  // Counted: lives until the last cell and the last thread's stock are gone.
};

}  // namespace stet
