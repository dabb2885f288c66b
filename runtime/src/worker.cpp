// runtime/src/worker.cpp - the loop of a pool thread.
#include "worker.hpp"

#include <algorithm>
#include <thread>
#include <utility>

#include "core.hpp"
#include "group.hpp"
#include "visit.hpp"
#include "worker_pool.hpp"

namespace stet::detail {
namespace {

// The injector is looked at after this many visits at the latest, so that threads outside the pool
// are served while the workers keep themselves busy. A prime, to stay out of step with programs.
constexpr std::uint32_t visits_between_injector_looks = 61;
// Time is measured in one visit of so many that about this time lies between, and of this many at
// most: reading the clock twice costs as much as a visit that just passes on a message.
constexpr std::uint64_t sample_every_ns = 10'000;
constexpr std::uint64_t visits_between_samples = 64;
constexpr std::uint32_t failed_sleeps_before_yield = 16;
// A stand-in without work looks this often whether it is still needed.
constexpr std::chrono::nanoseconds stand_in_look{10'000'000};
// Of the actors that have not run yet the oldest is taken, instead of the newest, once in this time:
// so none waits for ever. Each time a branch of a tree stays behind half done, which costs memory: it
// must not be a matter of how many have run.
constexpr std::chrono::nanoseconds oldest_fresh_every{10'000'000};

Visit run_cell(Cell& cell, Context& context, const VisitLimits& limits,
               WorkerCounters& counters) noexcept {
  if (cell.carrier) [[unlikely]]
    return GroupQueue::run_carrier(cell, context, limits, counters);
  return visit(cell, context, limits, counters);
}

}  // namespace

bool Worker::runs_long_messages() const noexcept {
  return counters_.message_ns.get() >= Balance::long_message_ns;
}

void Worker::schedule_here(Cell& cell) noexcept {
  if (!slot_.try_fill(cell)) {
    schedule_behind(cell);
    return;
  }
  // This worker runs it next, nobody is woken for it. But if this turn goes on for long, somebody
  // must notice.
  pool_.ensure_sentinel();
}

void schedule(Cell& cell) noexcept {
  const Context* const context = current_context;
  if (context != nullptr && context->worker != nullptr && cell.executor == &context->worker->pool())
      [[likely]] {
    context->worker->schedule_here(cell);
  } else {
    cell.executor->schedule(cell);
  }
}

void Worker::schedule_behind(Cell& cell) noexcept {
  queue(cell);
  if (!pool_.parking_.anybody_idle(pool_.size())) return;
  if (runs_long_messages() || pool_.balance_.may_spread([this] { return pool_.core->now(); })) {
    pool_.wake_for_work();
  } else {
    pool_.ensure_sentinel();
  }
}

void Worker::queue(Cell& cell) noexcept {
  // Before anything else is read of it: what the last owner wrote.
  cell.mailbox.acquire();
  if (!cell.fresh || !fresh_.push(&cell)) requeue(cell);
}

void Worker::requeue(Cell& cell) noexcept {
  // Full: where any worker finds it, this one at the latest. Whether to wake another for it is up
  // to who calls, as for what is in the queue.
  if (!queue_.push(&cell)) pool_.enqueue(cell);
}

Cell* Worker::take_injected() noexcept {
  if (!pool_.injector_.seems_queued()) return nullptr;
  Cell* const cell = pool_.injector_.try_take();
  if (cell != nullptr) counters_.injected.add(1);
  return cell;
}

Cell* Worker::next() noexcept {
  if (in_trial_ && pool_.balance_.is_over(pool_.core->now())) [[unlikely]] {
    in_trial_ = false;
    pool_.end_trial();
  }
  if (++visits_since_injector_ >= visits_between_injector_looks) [[unlikely]] {
    visits_since_injector_ = 0;
    if (Cell* cell = take_injected()) return cell;
  }
  if (slot_runs_ < pool_.core->live.slot_runs()) {
    if (Cell* cell = slot_.take()) {
      ++slot_runs_;
      return cell;
    }
  }
  slot_runs_ = 0;
  if (Cell* cell = take_waiting()) return cell;
  if (Cell* cell = slot_.take()) return cell;
  return search();
}

// Those that have not run yet in turn with the others.
Cell* Worker::take_waiting() noexcept {
  if (fresh_.size() == 0) return queue_.pop();
  fresh_in_turn_ = !fresh_in_turn_;
  if (!fresh_in_turn_) {
    if (Cell* cell = queue_.pop()) return cell;
  }
  Cell* const cell = std::exchange(oldest_fresh_due_, false) ? fresh_.steal() : fresh_.pop();
  return cell != nullptr ? cell : queue_.pop();
}

Cell* Worker::take_fired() noexcept {
  if (Cell* cell = slot_.take()) return cell;
  return take_waiting();
}

std::chrono::nanoseconds Worker::until_timer() const noexcept {
  const std::int64_t due = timers_.next_deadline();
  const std::chrono::nanoseconds longest = stuck_ == nullptr ? no_timeout : stand_in_look;
  if (due == Timers::never) return longest;
  return std::min(longest, std::chrono::nanoseconds{due} - pool_.core->now());
}

bool Worker::may_go() const noexcept {
  if (stuck_ == nullptr) return false;
  return stuck_->turns() != stuck_turn_ || stuck_->message() == nullptr;
}

Cell* Worker::find_elsewhere() noexcept {
  if (Cell* cell = take_injected()) return cell;
  const std::size_t size = pool_.size();
  const bool spreading = pool_.balance_.may_spread([this] { return pool_.core->now(); });
  for (std::size_t step = 1; step < size; ++step) {
    Worker& victim = pool_.worker((index_ + step) % size);
    const std::size_t waiting = victim.waiting();
    if (waiting == 0 || !(spreading || victim.runs_long_messages())) continue;
    Cell* first = victim.steal_from_queue();
    if (first == nullptr) continue;
    counters_.steals.add(1);
    // Half of what waits there, so that two workers need not meet again for each actor.
    for (std::size_t more = 1; more < waiting / 2; ++more) {
      Cell* cell = victim.steal_from_queue();
      if (cell == nullptr) break;
      counters_.steals.add(1);
      queue(*cell);
    }
    return first;
  }
  return nullptr;
}

Cell* Worker::search() noexcept {
  // acquire: pairs with WorkerPool::stop().
  while (!pool_.stopping_.load(std::memory_order_acquire) && !may_go()) {
    if (!timers_.seems_empty() && timers_.run_due(pool_.core->now().count())) {
      if (Cell* cell = take_fired()) return cell;
    }
    // At most half of the workers search: the rest would only get in their way.
    const std::uint32_t searching = pool_.searchers_.begin();
    if (searching < (pool_.regulars() + 1) / 2) {
      const std::chrono::nanoseconds spin = pool_.core->live.idle_spin();
      const std::chrono::nanoseconds ends = spin.count() == 0 ? spin : pool_.core->now() + spin;
      Cell* cell = nullptr;
      do {
        cell = find_elsewhere();
      } while (cell == nullptr && spin.count() != 0 && pool_.core->now() < ends &&
               // relaxed: the loop above decides.
               !pool_.stopping_.load(std::memory_order_relaxed));
      const std::uint32_t others = pool_.searchers_.end();
      if (cell != nullptr) {
        // The last searcher to find work sends the next one, in case there is more.
        if (others == 0 && (pool_.injector_.queued() || waiting() != 0)) {
          pool_.wake_for_work();
        }
        return cell;
      }
    } else {
      pool_.searchers_.end();
    }
    if (Cell* cell = sleep()) return cell;
  }
  return nullptr;
}

// Until there is something to look for; the sentinel may come back with an actor.
Cell* Worker::sleep() noexcept {
  current_context->cache->flush();
  pool_.parking_.prepare(index_);
  // After the announcement, see WorkerPool::timer_set().
  std::chrono::nanoseconds timeout = until_timer();
  // seq_cst inside: see parking.hpp. acquire: pairs with WorkerPool::stop().
  if (timeout.count() <= 0 || pool_.injector_.queued() ||
      pool_.stopping_.load(std::memory_order_acquire)) {
    pool_.parking_.cancel(index_);
    // Counted and not to be had: its sender is between the two steps, perhaps waiting for this CPU.
    if (++failed_sleeps_ % failed_sleeps_before_yield == 0) std::this_thread::yield();
    return nullptr;
  }
  failed_sleeps_ = 0;
  counters_.parks.add(1);
  // acquire: pairs with the release below by the sentinel before: its notes are read.
  const bool sentinel = pool_.size() > 1 && pool_.look_wanted(*this) &&
                        !pool_.sentinel_.exchange(true, std::memory_order_acquire);
  if (!sentinel) {
    static_cast<void>(pool_.parking_.commit(index_, timeout, timeout != no_timeout));
    return nullptr;
  }
  Cell* found = nullptr;
  for (;;) {
    const auto woken = pool_.parking_.commit(index_, std::min(timeout, pool_.look_interval_), true);
    if (woken == decltype(pool_.parking_)::Woken::by_other) break;
    counters_.looks.add(1);
    found = pool_.look_around(*this);
    if (found != nullptr || may_go() || !pool_.look_wanted(*this)) break;
    pool_.parking_.prepare(index_);
    timeout = until_timer();
    if (timeout.count() <= 0 || pool_.injector_.queued() ||
        pool_.stopping_.load(std::memory_order_acquire)) {  // as above
      pool_.parking_.cancel(index_);
      break;
    }
  }
  // seq_cst: as release it pairs with the claim by the next sentinel; see ensure_watched().
  pool_.sentinel_.store(false, std::memory_order_seq_cst);
  // Who goes to work leaves the watch to another.
  if (found != nullptr) pool_.ensure_sentinel();
  return found;
}

void Worker::run_visit(Cell& cell, Context& context) noexcept {
  const VisitLimits limits = pool_.core->live.visit_limits();
  Visit outcome{};
  // A timer must not wait for a turn that goes on for long.
  if (!timers_.seems_empty()) [[unlikely]]
    pool_.ensure_sentinel();
  if (pool_.watchdog_ != nullptr) [[unlikely]]
    pool_.ensure_watched();
  if (visits_until_sample_ != 0) [[likely]] {
    --visits_until_sample_;
    outcome = run_cell(cell, context, limits, counters_);
  } else {
    outcome = run_sample(cell, context, limits);
  }
  if (outcome == Visit::again) requeue(cell);
}

Visit Worker::run_sample(Cell& cell, Context& context, const VisitLimits& limits) noexcept {
  const std::uint64_t messages = counters_.messages.get();
  const auto began = pool_.core->now();
  const Visit outcome = run_cell(cell, context, limits, counters_);
  const auto ended = pool_.core->now();
  if (timers_.next_deadline() <= ended.count()) timers_.run_due(ended.count());
  if (ended >= next_oldest_fresh_) {
    oldest_fresh_due_ = true;
    next_oldest_fresh_ = ended + oldest_fresh_every;
  }
  const auto took = static_cast<std::uint64_t>((ended - began).count());
  const std::uint64_t handled = std::max<std::uint64_t>(counters_.messages.get() - messages, 1);
  // Running averages with weight 1/8: a few samples after a change of load they are right. The time
  // of a message is the quotient of two averages, so that one message in many that takes long (one
  // that sends a thousand others) does not make all look long.
  const auto average = [](Counter& counter, std::uint64_t sample) {
    const std::uint64_t before = counter.get();
    counter.add((7 * before + sample) / 8 - before);
  };
  average(counters_.visit_ns, took);
  average(counters_.visit_messages_x1024, handled * 1024);
  const std::uint64_t per_visit = std::max<std::uint64_t>(counters_.visit_messages_x1024.get(), 1);
  counters_.message_ns.set(counters_.visit_ns.get() * 1024 / per_visit);
  visits_until_sample_ = static_cast<std::uint32_t>(
      std::min(sample_every_ns / std::max<std::uint64_t>(took, 1), visits_between_samples));
  return outcome;
}

void Worker::run() noexcept {
  BlockCache cache(pool_.core->blocks);
  Context context{pool_.core, &cache, this, &activity_};
  current_context = &context;
  while (Cell* cell = next()) run_visit(*cell, context);
  current_context = nullptr;
}

void Worker::run_as_stand_in(const Activity& stuck, std::uint64_t turn) noexcept {
  BlockCache cache(pool_.core->blocks);
  Context context{pool_.core, &cache, this, &activity_};
  current_context = &context;
  stuck_ = &stuck;
  stuck_turn_ = turn;
  while (!may_go()) {
    Cell* const cell = next();
    if (cell == nullptr) break;
    run_visit(*cell, context);
  }
  while (Cell* const cell = take_fired()) pool_.enqueue(*cell);
  if (std::exchange(in_trial_, false)) pool_.end_trial();
  // Somebody may have counted on this worker, with a wake-up, for these or for others in the
  // injector, or for the watch. seq_cst inside, as in search().
  if (pool_.injector_.queued()) pool_.wake_for_work();
  pool_.ensure_watched();
  current_context = nullptr;
}

}  // namespace stet::detail
