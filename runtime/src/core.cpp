// runtime/src/core.cpp - the parts of a System, put together.
#include "core.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include "usable_cpus.hpp"
#include "watchers.hpp"

namespace stet::detail {
namespace {

constexpr auto workers_max = static_cast<unsigned>(WorkerPool::workers_max);

SystemOptions with_workers(SystemOptions options) {
  if (options.stepped || options.host_loop) {
    options.workers = 0;
  } else if (options.workers == 0) {
    options.workers = usable_cpus();
  }
  options.workers = std::min(options.workers, workers_max);
  return options;
}

unsigned stand_ins_of(const SystemOptions& options) noexcept {
  if (options.workers == 0 || options.watchdog.limit.count() <= 0) return 0;
  return std::min(options.watchdog.stand_ins_max, workers_max - options.workers);
}

}  // namespace

Core::Core(SystemOptions given)
    : live(given),
      workers_given(given.workers),
      options(with_workers(std::move(given))),
      elastic(*this, options.elastic_threads_max) {
  const unsigned stand_ins = stand_ins_of(options);
  timer_homes_ = std::max(options.workers, 1U);
  counter_blocks_ = timer_homes_ + stand_ins;
  const std::size_t bytes = counter_blocks_ * sizeof(WorkerCounters);
  std::byte* memory = options.counter_memory ? options.counter_memory(bytes) : nullptr;
  if (memory == nullptr) {
    own_counter_memory_ = std::make_unique<std::byte[]>(bytes + alignof(WorkerCounters));
    auto address = reinterpret_cast<std::uintptr_t>(own_counter_memory_.get());
    address = (address + alignof(WorkerCounters) - 1) & ~(alignof(WorkerCounters) - 1);
    memory = reinterpret_cast<std::byte*>(address);
  }
  STET_ASSERT(reinterpret_cast<std::uintptr_t>(memory) % alignof(WorkerCounters) == 0);
  counters_ = reinterpret_cast<WorkerCounters*>(memory);
  for (std::size_t block = 0; block < counter_blocks_; ++block) {
    ::new (static_cast<void*>(counters_ + block)) WorkerCounters;
  }
  timers_ = std::make_unique<Timers[]>(timer_homes_);
  for (std::size_t home = 0; home < timer_homes_; ++home) {
    TimerFiring firing;
    firing.core = this;
    firing.home = home;
    timers_[home].attach(firing);
  }
  if (options.stepped) {
    stepper = std::make_unique<Stepper>(*this, options.seed);
  } else if (options.host_loop) {
    host_loop = std::make_unique<HostLoop>(*this);
  } else {
    pool = std::make_unique<WorkerPool>(*this, options.workers, stand_ins);
  }
}

Core::~Core() = default;

void Core::install(std::shared_ptr<Observer> observer) {
  const std::lock_guard lock(observers_mutex_);
  if (observer == nullptr) {
    // release: pairs with observer().
    observer_.store(nullptr, std::memory_order_release);
    return;
  }
  if (std::find(observers_.begin(), observers_.end(), observer) == observers_.end()) {
    observers_.push_back(observer);
  }
  // release: pairs with observer().
  observer_.store(observer.get(), std::memory_order_release);
}

Watchers& Core::watchers() {
  const std::lock_guard lock(observers_mutex_);
  if (watchers_ == nullptr) watchers_ = std::make_shared<Watchers>(*this);
  return *watchers_;
}

void show_to_observer(Core& core, Envelope& envelope) noexcept {
  Observer* const observer = core.observer();
  if (observer == nullptr) return;
  const Context* const context = current_context;
  const bool ours = context != nullptr && context->core == &core;
  envelope.stamp = observer->on_send(ours ? context->running : nullptr, envelope);
}

std::size_t Core::timer_home(const Cell& receiver) const noexcept {
  const Context* const context = current_context;
  if (context != nullptr && context->core == this && context->worker != nullptr) {
    return context->worker->timer_home();
  }
  // Any will do; cells lie 64 bytes or more apart.
  return (reinterpret_cast<std::uintptr_t>(&receiver) >> 6) % timer_homes_;
}

void Core::timer_due_earlier(std::size_t home) noexcept {
  if (pool != nullptr) pool->timer_set(home);
  if (host_loop != nullptr) host_loop->timer_set();
}

void TimerFiring::earlier() const noexcept { core->timer_due_earlier(home); }

void Core::close_timers() noexcept {
  for (std::size_t home = 0; home < timer_homes_; ++home) timers_[home].close();
}

std::chrono::nanoseconds Core::now() const noexcept {
  if (stepper != nullptr) return stepper->now();
  return std::chrono::steady_clock::now().time_since_epoch();
}

void Core::log(LogLevel level, std::string_view component, std::string_view text) const noexcept {
  if (options.log) options.log(level, component, text);
}

void Core::count_dead_letter(const Cell& cell, std::string_view message, Errc reason) noexcept {
  // relaxed: a number, read for reports.
  dead_letters_.fetch_add(1, std::memory_order_relaxed);
  if (Observer* const observing = observer()) observing->on_dead_letter(cell);
  if (!options.dead_letters) return;
  options.dead_letters(DeadLetter{message, cell.type->name, cell.name(), reason});
}

void Core::count_restart(Cell& cell) noexcept {
  // relaxed: as above.
  restarts_.fetch_add(1, std::memory_order_relaxed);
  if (Observer* const observing = observer()) observing->on_restart(cell);
}

CounterTotals Core::totals() const noexcept {
  CounterTotals totals;
  for (std::size_t block = 0; block < counter_blocks_; ++block) {
    add_block(totals, counters_[block]);
  }
  own_threads.add_to(totals);
  elastic.add_to(totals);
  // relaxed: as above.
  totals.dead_letters = dead_letters_.load(std::memory_order_relaxed);
  totals.restarts = restarts_.load(std::memory_order_relaxed);
  totals.actors_alive = alive();
  return totals;
}

bool Core::is_quiet() const noexcept {
  if (stepper != nullptr) return stepper->is_quiet();
  // Work may pass from a thread that was not looked at yet to one that was. Who passed it on has
  // made a visit meanwhile, and counted it before it went to sleep.
  const auto done = [this] {
    const CounterTotals now = totals();
    return now.visits + now.messages;
  };
  const std::uint64_t before = done();
  const auto threads = [this] { return own_threads.is_quiet() && elastic.is_quiet(); };
  const bool rest = threads() && (pool != nullptr ? pool->is_quiet() : host_loop->is_quiet());
  return rest && threads() && done() == before;
}

}  // namespace stet::detail
