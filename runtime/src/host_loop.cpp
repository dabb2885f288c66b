// runtime/src/host_loop.cpp - one turn after the other on the host's thread.
#include "host_loop.hpp"

#include <algorithm>
#include <utility>

#include "core.hpp"
#include "later.hpp"

namespace stet {
namespace detail {

class HostLoop::LoopSeat final : public Seat {
 public:
  LoopSeat(Core& whose, HostLoop& loop) noexcept : Seat(whose), loop_(loop) {}
  void schedule(Cell& which) noexcept override {
    take(which);
    loop_.schedule(*this);
  }
  void cell_freed() noexcept override { delete this; }

 private:
  HostLoop& loop_;
};

// The calling thread runs actors as long as this is there, if entered().
class HostLoop::Pumping {
 public:
  explicit Pumping(HostLoop& loop) noexcept
      : loop_(loop),
        context_{&loop.core_, &loop.cache_, nullptr, &loop.activity_},
        // acquire: pairs with the destructor: what the list was left like. Not inside a handler.
        entered_(current_context == nullptr &&
                 !loop.pumping_.exchange(true, std::memory_order_acquire)) {
    if (!entered_) return;
    current_context = &context_;
    // relaxed: compared with one's own address only.
    loop_.context_.store(&context_, std::memory_order_relaxed);
    // seq_cst: see the header. Nobody needs to be told meanwhile.
    loop_.state_.store(active, std::memory_order_seq_cst);
  }
  ~Pumping() {
    if (!entered_) return;
    loop_.cache_.flush();
    loop_.context_.store(nullptr, std::memory_order_relaxed);  // as above
    current_context = nullptr;
    // release: pairs with the next one.
    loop_.pumping_.store(false, std::memory_order_release);
  }
  Pumping(const Pumping&) = delete;
  Pumping& operator=(const Pumping&) = delete;

  [[nodiscard]] bool entered() const noexcept { return entered_; }
  [[nodiscard]] Context& context() noexcept { return context_; }

 private:
  HostLoop& loop_;
  Context context_;
  const bool entered_;
};

HostLoop::HostLoop(Core& whose)
    : core_(whose),
      counters_(whose.counters(0)),
      cache_(whose.blocks),
      thread_(std::this_thread::get_id()) {}

Executor& HostLoop::make_seat() { return *new LoopSeat(core_, *this); }

void HostLoop::schedule(Seat& seat) noexcept {
  // relaxed: equal only if this thread has stored it.
  if (current_context != nullptr && context_.load(std::memory_order_relaxed) == current_context) {
    ready_.push_here(seat);
    return;
  }
  ready_.push(seat);
  ring();
}

void HostLoop::ring() noexcept {
  // seq_cst: see the header.
  if (state_.load(std::memory_order_seq_cst) == active) return;
  switch (state_.exchange(active, std::memory_order_seq_cst)) {  // seq_cst: one of many tells
    case idle: tell(); break;
    case sleeping: Futex::wake_one(state_); break;
    default: break;
  }
}

void HostLoop::wake_sleeper() noexcept {
  // seq_cst: see pump_until().
  std::uint32_t expected = sleeping;
  if (state_.compare_exchange_strong(expected, active, std::memory_order_seq_cst)) {
    Futex::wake_one(state_);
  }
}

void HostLoop::tell() noexcept {
  const std::lock_guard lock(callback_mutex_);
  if (callback_) callback_();
}

void HostLoop::on_ready(std::function<void()> callback) {
  const std::lock_guard lock(callback_mutex_);
  callback_ = std::move(callback);
  // seq_cst: see ring(). What came before has told nobody.
  if (callback_ && state_.load(std::memory_order_seq_cst) == active) callback_();
}

void HostLoop::rest() noexcept {
  // seq_cst: see the header.
  state_.store(idle, std::memory_order_seq_cst);
  if (ready_.has_fresh()) ring();
}

void HostLoop::timer_set() noexcept {
  // The loop looks at its timers before it rests.
  if (is_here()) return;
  ring();
}

std::int64_t HostLoop::next_deadline() const noexcept { return core_.timers(0).next_deadline(); }

void HostLoop::move_here() noexcept {
  // relaxed: who pumps next is ordered by pumping_, who asks compares with itself.
  thread_.store(std::this_thread::get_id(), std::memory_order_relaxed);
}
bool HostLoop::is_here() const noexcept {
  // relaxed: as above.
  return thread_.load(std::memory_order_relaxed) == std::this_thread::get_id();
}

bool HostLoop::is_quiet() const noexcept {
  // seq_cst, in this order: who queues pushes first. It is idle only with an empty list.
  return state_.load(std::memory_order_seq_cst) != active && !ready_.has_fresh();
}

std::size_t HostLoop::run_next(Context& context, const VisitLimits& limits) noexcept {
  Timers& timers = core_.timers(0);
  if (!timers.seems_empty()) {
    const std::int64_t now = core_.now().count();
    if (timers.next_deadline() <= now) timers.run_due(now);
  }
  Seat* const seat = ready_.pop();
  if (seat == nullptr) return 0;
  const std::uint64_t before = counters_.messages.get();
  if (visit(*seat->cell, context, limits, counters_) == Visit::again) ready_.push_here(*seat);
  return std::max<std::size_t>(static_cast<std::size_t>(counters_.messages.get() - before), 1);
}

bool HostLoop::run_one() noexcept {
  bool any = false;
  {
    Pumping pumping(*this);
    if (!pumping.entered()) return false;
    move_here();
    any = run_next(pumping.context(), VisitLimits{1, std::chrono::nanoseconds{0}}) != 0;
  }
  if (!any) rest();
  return any;
}

std::size_t HostLoop::run_for(std::chrono::nanoseconds limit) noexcept {
  std::size_t handled = 0;
  bool is_left = false;
  {
    Pumping pumping(*this);
    if (!pumping.entered()) return 0;
    move_here();
    const std::chrono::nanoseconds ends = later(core_.now(), limit);
    do {
      VisitLimits limits = core_.live.visit_limits();
      if (limits.time_max.count() == 0 || limits.time_max > limit) limits.time_max = limit;
      const std::size_t now = run_next(pumping.context(), limits);
      if (now == 0) break;
      handled += now;
    } while (core_.now() < ends);
    is_left = !ready_.is_empty();
  }
  if (is_left) {
    tell();
  } else {
    rest();
  }
  return handled;
}

bool HostLoop::pump_until(const Atomic<std::uint32_t>& word, std::uint32_t value,
                          std::chrono::nanoseconds deadline) noexcept {
  bool there = false;
  bool is_left = false;
  {
    Pumping pumping(*this);
    if (!pumping.entered()) return false;
    for (;;) {
      // seq_cst: as acquire it pairs with who changes the word; against wake_sleeper(): who changes
      // it does so before it looks whether this sleeps, and this looks after saying so.
      there = word.load(std::memory_order_seq_cst) == value;
      const std::chrono::nanoseconds now = core_.now();
      if (there || now >= deadline) break;
      if (run_next(pumping.context(), core_.live.visit_limits()) != 0) continue;
      cache_.flush();
      state_.store(sleeping, std::memory_order_seq_cst);  // seq_cst: see the header
      if (!ready_.has_fresh() && word.load(std::memory_order_seq_cst) != value) {
        const std::chrono::nanoseconds until =
            std::min(deadline, std::chrono::nanoseconds{next_deadline()});
        const std::chrono::nanoseconds timeout = until == no_timeout ? no_timeout : until - now;
        if (timeout.count() > 0) Futex::wait(state_, sleeping, timeout);
      }
      state_.store(active, std::memory_order_seq_cst);  // seq_cst: see the header
    }
    is_left = !ready_.is_empty();
  }
  if (is_left) {
    tell();
  } else {
    rest();
  }
  return there;
}

}  // namespace detail

bool System::run_one() {
  STET_ASSERT(core_->host_loop != nullptr);
  return core_->host_loop->run_one();
}

std::size_t System::run_for(std::chrono::nanoseconds limit) {
  STET_ASSERT(core_->host_loop != nullptr);
  return core_->host_loop->run_for(limit);
}

void System::on_ready(std::function<void()> callback) {
  STET_ASSERT(core_->host_loop != nullptr);
  core_->host_loop->on_ready(std::move(callback));
}

std::chrono::nanoseconds System::next_deadline() const noexcept {
  STET_ASSERT(core_->host_loop != nullptr);
  return std::chrono::nanoseconds{core_->host_loop->next_deadline()};
}

}  // namespace stet
