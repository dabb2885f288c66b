// runtime/src/system.cpp - options, stepping, and shutting down by a deadline.
#include <stet/runtime/system.hpp>

#include <string>
#include <thread>

#include <stet/runtime/options.hpp>

#include "core.hpp"
#include "later.hpp"

namespace stet {
namespace {

using Clock = std::chrono::steady_clock;

// How many actors a report names.
constexpr std::size_t named_max = 8;

// Waits for a condition that nobody announces: shutting down is rare, so it polls, gently. Where
// this thread is the one that runs the actors, it does.
template <class Condition>
bool wait_until(detail::Core& core, Condition&& condition, Clock::time_point deadline) {
  constexpr std::chrono::milliseconds slice{5};
  detail::HostLoop* const loop = core.host_loop.get();
  std::chrono::microseconds pause{50};
  while (!condition()) {
    if (Clock::now() >= deadline) return false;
    if (loop != nullptr && loop->is_here() && loop->run_for(slice) != 0) continue;
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::microseconds{2000});
  }
  return true;
}

enum class Which : std::uint8_t { actors, services };
enum class How : std::uint8_t { after_mail, now };

void stop_all(detail::Core& core, Which which, How how) {
  core.blocks.for_each_cell([&](detail::Cell& cell) {
    if (cell.mailbox.is_closed()) return;
    if (cell.service != (which == Which::services)) return;
    if (how == How::after_mail) {
      detail::post_stop(cell);
    } else {
      detail::post_stop_now(cell);
    }
  });
}

Error what_hangs(detail::Core& core) {
  std::string text = "still running:";
  std::size_t count = 0;
  core.blocks.for_each_cell([&](detail::Cell& cell) {
    if (cell.mailbox.is_closed() || ++count > named_max) return;
    text.append(count == 1 ? " " : ", ").append(cell.type->name);
    if (!cell.name().empty()) text.append(" '").append(cell.name()).append("'");
  });
  if (count > named_max)
    text.append(" and ").append(std::to_string(count - named_max)).append(" more");
  text.append("; a handler does not return");
  return Error(Errc::timed_out, text);
}

}  // namespace

SystemOptions SystemOptions::from(const Options& options) {
  SystemOptions out;
  out.workers = static_cast<unsigned>(options.integer("runtime.workers"));
  out.turn_messages = static_cast<std::uint32_t>(options.integer("runtime.turn_messages"));
  out.turn_time = options.duration("runtime.turn_time");
  out.slot_runs = static_cast<std::uint32_t>(options.integer("runtime.slot_runs"));
  const std::string_view idle = options.choice("runtime.idle_strategy");
  out.idle_strategy = idle == "park"       ? IdleStrategy::park
                      : idle == "adaptive" ? IdleStrategy::adaptive
                                           : IdleStrategy::spin;
  out.idle_spin = options.duration("runtime.idle_spin");
  out.seed = static_cast<std::uint64_t>(options.integer("runtime.seed"));
  out.shutdown_timeout = options.duration("runtime.shutdown_timeout");
  out.elastic_threads_max = static_cast<unsigned>(options.integer("runtime.elastic_threads"));
  out.elastic_idle = options.duration("runtime.elastic_idle");
  out.watchdog.limit = options.duration("runtime.watchdog_limit");
  out.watchdog.report_interval = options.duration("runtime.watchdog_interval");
  out.watchdog.stand_ins_max = static_cast<unsigned>(options.integer("runtime.stand_ins"));
  return out;
}

System::System(SystemOptions options) : core_(new detail::Core(std::move(options))) {
  if (core_->pool == nullptr) return;
  try {
    core_->pool->start();
  } catch (...) {
    core_->pool->stop();
    core_->release();
    throw;
  }
}

System::~System() {
  // No other thread may be at it any more; who comes to destroy it runs what is left.
  if (core_->host_loop != nullptr) core_->host_loop->move_here();
  static_cast<void>(shutdown(core_->live.shutdown_timeout()));
  // What is still in a handler is waited for: its thread uses memory of the host.
  while (core_->alive() != 0 && core_->stepper == nullptr) {
    static_cast<void>(shutdown(std::chrono::hours(1)));
  }
  if (core_->pool != nullptr) core_->pool->stop();
  core_->own_threads.join_all();
  core_->elastic.stop();
  core_->close_timers();
  if (core_->host_loop != nullptr) core_->host_loop->on_ready({});
  core_->release();
}

Result<void> System::shutdown(std::chrono::nanoseconds deadline) {
  if (detail::current_context != nullptr) {
    return Error(Errc::would_deadlock, "shutdown() on a thread that runs actors");
  }
  detail::Core& core = *core_;
  if (core.stepper != nullptr) {
    run_until_idle();
    core.close();
    stop_all(core, Which::actors, How::after_mail);
    run_until_idle();
    stop_all(core, Which::services, How::after_mail);
    run_until_idle();
    // What is paused or was never born takes no stop that waits its turn.
    stop_all(core, Which::actors, How::now);
    stop_all(core, Which::services, How::now);
    run_until_idle();
    if (core.alive() != 0) return what_hangs(core);
    return {};
  }
  const auto after = [](std::chrono::nanoseconds by) {
    return Clock::time_point(detail::later(Clock::now().time_since_epoch(), by));
  };
  const Clock::time_point end = after(deadline);
  const auto quiet = [&] { return core.is_quiet(); };
  const auto only_services = [&] { return core.alive() <= core.services(); };
  const auto nobody = [&] { return core.alive() == 0; };
  // Mail that is under way is handled, for at most three quarters of the time; the rest is for
  // ending what does not come to rest by itself.
  const Clock::time_point drained = after(deadline / 4 * 3);
  bool orderly = wait_until(core, quiet, drained);
  core.close();
  stop_all(core, Which::actors, orderly ? How::after_mail : How::now);
  orderly = wait_until(core, only_services, drained) && wait_until(core, quiet, drained) && orderly;
  if (!only_services()) stop_all(core, Which::actors, How::now);
  wait_until(core, only_services, end);
  stop_all(core, Which::services, How::after_mail);
  if (!wait_until(core, nobody, end)) return what_hangs(core);
  core.own_threads.join_all();
  return {};
}

std::chrono::nanoseconds System::now() const noexcept { return core_->now(); }
unsigned System::workers() const noexcept { return core_->options.workers; }
CounterTotals System::counters() const { return core_->totals(); }
bool System::is_quiet() const noexcept { return core_->is_quiet(); }

bool System::step() {
  STET_ASSERT(core_->stepper != nullptr);
  return core_->stepper->step();
}

std::size_t System::run_until_idle(std::size_t steps_max) {
  std::size_t steps = 0;
  while (steps < steps_max && step()) ++steps;
  return steps;
}

void System::advance(std::chrono::nanoseconds by) {
  STET_ASSERT(core_->stepper != nullptr);
  core_->stepper->advance(by);
}

}  // namespace stet
