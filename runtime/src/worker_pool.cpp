// runtime/src/worker_pool.cpp - starting, waking, watching and stopping workers.
#include "worker_pool.hpp"

#include <string>

#include "core.hpp"
#include "stand_ins.hpp"
#include "thread_start.hpp"
#include "watchdog.hpp"

namespace stet::detail {
namespace {

constexpr std::chrono::nanoseconds look_interval_min{1'000'000};
constexpr std::chrono::nanoseconds look_interval_max{10'000'000};

}  // namespace

WorkerPool::WorkerPool(Core& whose, unsigned workers, unsigned stand_ins)
    : Executor(whose),
      regulars_(workers),
      parking_(workers + stand_ins),
      visits_seen_(workers + stand_ins),
      look_interval_(look_interval_min) {
  workers_.reserve(workers + stand_ins);
  for (unsigned index = 0; index < workers + stand_ins; ++index) {
    const unsigned home = index % workers;
    workers_.push_back(
        std::make_unique<Worker>(*this, index, home, whose.counters(index), whose.timers(home)));
    workers_.back()->set_present(index < workers);
  }
  if (stand_ins != 0) stand_ins_ = std::make_unique<StandIns>(*this, workers, stand_ins);
  const WatchdogOptions& watch = whose.options.watchdog;
  if (watch.limit.count() > 0) watchdog_ = std::make_unique<Watchdog>(*this, watch);
}

WorkerPool::~WorkerPool() { stop(); }

void WorkerPool::start() {
  threads_.reserve(regulars_);
  for (const auto& worker : workers_) {
    if (threads_.size() == regulars_) break;
    const std::string name = "stet-w" + std::to_string(worker->index());
    threads_.push_back(start_thread(name.c_str(), [&worker = *worker] { worker.run(); }));
  }
  if (watchdog_ != nullptr) watchdog_->start();
}

void WorkerPool::stop() noexcept {
  // release: pairs with the workers' loads.
  stopping_.store(true, std::memory_order_release);
  for (std::size_t index = 0; index < workers_.size(); ++index) parking_.wake_at_place(index);
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
  threads_.clear();
  if (watchdog_ != nullptr) watchdog_->stop();
  if (stand_ins_ != nullptr) stand_ins_->stop();
}

void WorkerPool::enqueue(Cell& cell) noexcept {
  // An actor must not be lost for want of memory for the queue's bookkeeping. That memory is
  // bounded by the number of actors and comes free as the workers empty the queue, so waiting ends.
  while (!injector_.put(&cell)) std::this_thread::yield();
}

void WorkerPool::schedule(Cell& cell) noexcept {
  enqueue(cell);
  wake_for_work();
}

void WorkerPool::wake_for_work() noexcept {
  if (searchers_.any()) return;  // See there.
  parking_.wake_one(workers_.size());
}

void WorkerPool::wake_sentinel() noexcept {
  if (workers_.size() == 1) return;
  if (parking_.anybody_idle(workers_.size())) parking_.wake_one(workers_.size());
}

void WorkerPool::ensure_watched() noexcept {
  // seq_cst: a sentinel that ends its watch stores this and then, before it sleeps, looks again
  // whether anybody is at work: one sees the other.
  if (sentinel_.load(std::memory_order_seq_cst)) return;
  if (workers_.size() == 1 || !parking_.wake_one(workers_.size())) watchdog_->wake();
}

bool WorkerPool::needs_watch_thread() const noexcept {
  bool busy = false;
  bool idle = false;
  for (const auto& worker : workers_) {
    if (worker->is_present()) (parking_.is_idle(worker->index()) ? idle : busy) = true;
  }
  // seq_cst: as above.
  return busy && !(idle && sentinel_.load(std::memory_order_seq_cst));
}

void WorkerPool::timer_set(std::size_t index) noexcept {
  const Context* const context = current_context;
  if (context != nullptr && context->worker == workers_[index].get()) {
    ensure_sentinel();  // If this turn goes on for long, another must see to the timer.
  } else if (parking_.is_idle(index)) {
    // It may sleep for longer than that. seq_cst inside: it announces itself before it reads when
    // the next one is due, and that was stored before this.
    parking_.wake_at_place(index);
  }
}

std::uint64_t WorkerPool::messages() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& worker : workers_) sum += worker->counters().messages.get();
  return sum;
}

bool WorkerPool::look_wanted(const Worker& self) const noexcept {
  for (const auto& worker : workers_) {
    if (worker.get() != &self && is_busy(*worker)) return true;
  }
  return false;
}

bool WorkerPool::is_busy(const Worker& worker) const noexcept {
  return worker.is_present() && !parking_.is_idle(worker.index());
}

Cell* WorkerPool::look_around(Worker& self) noexcept {
  Cell* found = nullptr;
  // Whoever is late with its timers is busy with one long turn.
  const std::int64_t now = core->now().count();
  for (const auto& worker : workers_) {
    if (worker->timers().next_deadline() <= now) worker->timers().run_due(now);
  }
  if (watchdog_ != nullptr) watchdog_->look();
  bool backlog = false;
  for (std::size_t index = 0; index < workers_.size(); ++index) {
    Worker& worker = *workers_[index];
    if (&worker == &self) continue;
    const std::uint64_t visits = worker.counters().visits.get();
    const bool stuck = visits == visits_seen_[index];
    visits_seen_[index] = visits;
    if (stuck && found == nullptr) {
      // The same turn at two looks, while others wait for this worker.
      found = worker.steal_from_queue();
      if (found == nullptr) found = worker.steal_slot();
      if (found != nullptr) self.counters().steals.add(1);
    }
    backlog = backlog || worker.waiting() != 0;
  }
  if (found == nullptr) found = self.take_fired();
  // What runs long messages, or came in from outside, is worth taking without a trial.
  if (found == nullptr) found = self.find_elsewhere();
  if (found == nullptr && balance_.look(core->now(), messages(), backlog)) {
    found = self.find_elsewhere();
    if (found != nullptr) {
      self.begin_trial();
    } else {
      end_trial();
    }
  }
  look_interval_ =
      found != nullptr ? look_interval_min : std::min(look_interval_ * 2, look_interval_max);
  return found;
}

void WorkerPool::end_trial() noexcept { balance_.end_trial(core->now(), messages()); }

bool WorkerPool::is_quiet() const noexcept {
  // First: a stand-in that goes leaves its actors to workers that are looked at later. Where it has
  // one to stand in for, that one is busy.
  if (stand_ins_ != nullptr && stand_ins_->count() != 0) return false;
  if (injector_.queued()) return false;
  for (const auto& worker : workers_) {
    if (is_busy(*worker)) return false;
    if (worker->waiting() != 0 || worker->slot_filled()) return false;
  }
  return !injector_.queued();
}

}  // namespace stet::detail
