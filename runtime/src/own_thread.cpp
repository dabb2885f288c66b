// runtime/src/own_thread.cpp - the loop of a thread with one actor.
#include "own_thread.hpp"

#include "core.hpp"
#include "thread_start.hpp"
#include "visit.hpp"

namespace stet::detail {

void OwnThread::start() {
  thread_ = start_thread("stet-own", [this] { run(); });
}

void OwnThread::schedule(Cell& cell) noexcept {
  // relaxed: published by token_.
  cell_.store(&cell, std::memory_order_relaxed);
  // seq_cst: as release it pairs with await_mail(); also read by is_quiet(). Only who was told
  // must_schedule comes here, so the token was 0.
  token_.store(1, std::memory_order_seq_cst);
  Futex::wake_one(token_);
}

bool OwnThread::wake_at(Cell&, std::chrono::nanoseconds when) noexcept {
  // A constructor that spawn() calls runs on another thread.
  if (std::this_thread::get_id() != thread_.get_id()) return false;
  wake_at_ = when;
  return true;
}

void OwnThread::join() noexcept {
  if (thread_.joinable()) thread_.join();
}

// Sleeps until this thread owns the cell: mail came, or the time to wake has come.
void OwnThread::await_mail() noexcept {
  for (;;) {
    // acquire: pairs with schedule().
    if (token_.load(std::memory_order_acquire) != 0) {
      // seq_cst, in this order: see is_quiet().
      busy_.store(true, std::memory_order_seq_cst);
      token_.store(0, std::memory_order_seq_cst);
      return;
    }
    if (wake_due_) {
      // Somebody else has rung the bell and will schedule.
      Futex::wait(token_, 0, no_timeout);
      continue;
    }
    const std::chrono::nanoseconds timeout =
        wake_at_ == no_timeout ? no_timeout : wake_at_ - core->now();
    if (timeout.count() > 0) {
      Futex::wait(token_, 0, timeout);
      continue;
    }
    wake_at_ = no_timeout;
    wake_due_ = true;
    // relaxed: set before this thread ran the actor for the first time, which asked to be woken.
    Cell& cell = *cell_.load(std::memory_order_relaxed);
    // The cell is parked, and any sender may become the one who schedules it: so this thread must
    // ask like one.
    if (cell.mailbox.ring() == Mailbox::Pushed::must_schedule) {
      // seq_cst: see is_quiet().
      busy_.store(true, std::memory_order_seq_cst);
      return;
    }
  }
}

void OwnThread::run() noexcept {
  BlockCache cache(core->blocks);
  Context context{core, &cache, nullptr, &activity_};
  current_context = &context;
  Visit outcome = Visit::parked;
  while (outcome != Visit::ended) {
    await_mail();
    // relaxed: await_mail() has acquired the token.
    Cell& cell = *cell_.load(std::memory_order_relaxed);
    do {
      if (wake_due_ || (wake_at_ != no_timeout && wake_at_ <= core->now())) {
        wake_due_ = false;
        wake_at_ = no_timeout;
        visit_wake(cell, context, counters_);
      }
      // Nobody waits for this thread: no limit on time.
      const VisitLimits limits{core->live.visit_limits().messages_max, std::chrono::nanoseconds{0}};
      outcome = visit(cell, context, limits, counters_);
    } while (outcome == Visit::again);
    // seq_cst: see is_quiet(). After parking: a sender's token may be there already.
    busy_.store(false, std::memory_order_seq_cst);
  }
  current_context = nullptr;
  // release: pairs with has_ended().
  ended_.store(true, std::memory_order_release);
}

OwnThread& OwnThreads::add(Core& core) {
  join_ended();
  const std::lock_guard lock(mutex_);
  OwnThread& thread = threads_.emplace_back(core);
  try {
    thread.start();
  } catch (...) {
    threads_.pop_back();
    throw;
  }
  return thread;
}

bool OwnThreads::is_quiet() const noexcept {
  const std::lock_guard lock(mutex_);
  for (const OwnThread& thread : threads_) {
    if (!thread.is_quiet()) return false;
  }
  return true;
}

void OwnThreads::join_ended() noexcept {
  const std::lock_guard lock(mutex_);
  for (auto thread = threads_.begin(); thread != threads_.end();) {
    if (thread->has_ended()) thread->join();
    if (thread->may_go()) {
      add_block(gone_, thread->counters());
      thread = threads_.erase(thread);
    } else {
      ++thread;
    }
  }
}

void OwnThreads::join_all() noexcept {
  const std::lock_guard lock(mutex_);
  for (OwnThread& thread : threads_) thread.join();
}

void OwnThreads::add_to(CounterTotals& totals) const noexcept {
  const std::lock_guard lock(mutex_);
  totals.visits += gone_.visits;
  totals.messages += gone_.messages;
  totals.throws += gone_.throws;
  for (const OwnThread& thread : threads_) add_block(totals, thread.counters());
}

}  // namespace stet::detail
