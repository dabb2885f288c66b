// runtime/src/watchdog.cpp - looking, reporting, and the thread for when all workers are busy.
#include "watchdog.hpp"

#include <algorithm>
#include <string>

#include "core.hpp"
#include "later.hpp"
#include "stand_ins.hpp"
#include "thread_start.hpp"

namespace stet::detail {
namespace {

constexpr std::chrono::nanoseconds thread_retry{100'000'000};

void warn(const Core& core, const WatchReport& report) noexcept {
  try {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(report.running).count();
    std::string text(report.actor_type);
    text.append(" handles ").append(report.message).append(" for over ");
    text.append(std::to_string(ms)).append(" ms on worker ").append(std::to_string(report.worker));
    if (report.left_out != 0) text.append("; not told: ").append(std::to_string(report.left_out));
    core.log(LogLevel::warning, "watchdog", text);
  } catch (...) {
    core.log(LogLevel::warning, "watchdog", report.actor_type);  // No memory for the rest.
  }
}

}  // namespace

Watchdog::Watchdog(WorkerPool& pool, const WatchdogOptions& options)
    : pool_(pool), options_(options), seen_(pool.size()) {}

void Watchdog::start() {
  thread_ = start_thread("stet-watch", [this] { run(); });
}

void Watchdog::stop() noexcept {
  // seq_cst, then wake(): see run().
  stopping_.store(1, std::memory_order_seq_cst);
  Futex::wake_one(stopping_);
  wake();
  if (thread_.joinable()) thread_.join();
}

void Watchdog::look() noexcept {
  // acquire: pairs with the release below: notes of the look before.
  if (looking_.exchange(true, std::memory_order_acquire)) return;
  const std::chrono::nanoseconds now = pool_.core->now();
  for (std::size_t index = 0; index < seen_.size(); ++index) {
    look_at(pool_.worker(index), seen_[index], now);
  }
  looking_.store(false, std::memory_order_release);
}

void Watchdog::look_at(Worker& worker, Seen& seen, std::chrono::nanoseconds now) noexcept {
  const Activity& activity = worker.activity();
  const std::uint64_t turns = activity.turns();
  const EnvelopeOps* const message = activity.message();
  const ActorType* const type = activity.type();
  if (message == nullptr || type == nullptr) {
    seen.turns = 0;
    return;
  }
  if (turns != seen.turns) {
    seen = {turns, now, Told::no, false};
    return;
  }
  // What was read may be of different turns; a turn as long as this is over the next time, if so.
  const std::chrono::nanoseconds running = now - seen.since;
  if (running < options_.limit || activity.turns() != turns) return;
  if (pool_.stand_ins() != nullptr && !seen.has_stand_in) stand_in_for(worker, seen, now);
  if (seen.told == Told::yes) return;
  if (has_reported_ && now - reported_at_ < options_.report_interval) {
    if (seen.told == Told::no) ++left_out_;
    seen.told = Told::left_out;
    return;
  }
  if (seen.told == Told::left_out) --left_out_;
  seen.told = Told::yes;
  has_reported_ = true;
  reported_at_ = now;
  const unsigned stand_ins =
      pool_.stand_ins() == nullptr ? 0 : static_cast<unsigned>(pool_.stand_ins()->count());
  const WatchReport report{
      type->name, message->message_name, static_cast<unsigned>(worker.index()), running, left_out_,
      stand_ins};
  left_out_ = 0;
  if (options_.report) {
    options_.report(report);
  } else {
    warn(*pool_.core, report);
  }
}

void Watchdog::stand_in_for(Worker& worker, Seen& seen, std::chrono::nanoseconds now) noexcept {
  if (now < no_stand_in_before_) return;
  const StandIns::Added added = pool_.stand_ins()->add(worker, seen.turns);
  seen.has_stand_in = added == StandIns::Added::yes;
  if (added != StandIns::Added::no_thread) return;
  // Where threads are short, asking for one at each look would make it worse.
  no_stand_in_before_ = later(now, std::max(options_.report_interval, thread_retry));
  pool_.core->log(LogLevel::warning, "watchdog", "no thread could be started for a stand-in");
}

void Watchdog::run() noexcept {
  const std::chrono::nanoseconds interval =
      std::max<std::chrono::nanoseconds>(options_.limit / 4, std::chrono::milliseconds(1));
  // seq_cst, here and below: see the header, and stop().
  while (stopping_.load(std::memory_order_seq_cst) == 0) {
    if (pool_.needs_watch_thread()) {
      Futex::wait(stopping_, 0, interval);
      look();
      continue;
    }
    awake_.store(0, std::memory_order_seq_cst);
    if (!pool_.needs_watch_thread() && stopping_.load(std::memory_order_seq_cst) == 0) {
      Futex::wait(awake_, 0, no_timeout);
    }
    awake_.store(1, std::memory_order_seq_cst);
  }
}

}  // namespace stet::detail
