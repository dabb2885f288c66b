// runtime/src/live_options.cpp - what of the options a running System takes, and what it refuses.
#include "live_options.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include <stet/runtime/options.hpp>

#include "core.hpp"
#include "usable_cpus.hpp"

namespace stet {
namespace detail {

void LiveOptions::apply(const SystemOptions& given) noexcept {
  const bool may_spin = given.idle_strategy == IdleStrategy::spin ||
                        (given.idle_strategy == IdleStrategy::adaptive && allowed_cpus() > 2);
  // relaxed, all: see the header.
  turn_messages_.store(std::max(given.turn_messages, 1U), std::memory_order_relaxed);
  slot_runs_.store(std::max(given.slot_runs, 1U), std::memory_order_relaxed);
  turn_time_ns_.store(given.turn_time.count(), std::memory_order_relaxed);
  idle_spin_ns_.store(may_spin ? given.idle_spin.count() : 0, std::memory_order_relaxed);
  shutdown_timeout_ns_.store(given.shutdown_timeout.count(), std::memory_order_relaxed);
  elastic_idle_ns_.store(given.elastic_idle.count(), std::memory_order_relaxed);
}

}  // namespace detail

Result<void> System::reconfigure(const Options& options) {
  const SystemOptions asked = SystemOptions::from(options);
  const SystemOptions& runs = core_->options;
  std::string refused;
  const auto keep = [&](std::string_view key, std::uint64_t running, bool same) {
    if (same) return;
    refused.append(refused.empty() ? "" : ", ").append(key).append(" (running: ");
    refused.append(std::to_string(running));
    if (options.row(key)->type == OptionType::duration) refused.append("ns");
    refused.append(", asked for: ").append(options.value_text(key)).append(")");
  };
  const auto keep_time = [&](std::string_view key, std::chrono::nanoseconds running,
                             std::chrono::nanoseconds wanted) {
    keep(key, static_cast<std::uint64_t>(running.count()), running == wanted);
  };
  // Everything in the table that is not marked live. 0 workers asks for what the machine has.
  keep("runtime.workers", runs.workers,
       asked.workers == core_->workers_given || asked.workers == runs.workers);
  keep("runtime.seed", runs.seed, asked.seed == runs.seed);
  keep("runtime.elastic_threads", runs.elastic_threads_max,
       asked.elastic_threads_max == runs.elastic_threads_max);
  keep_time("runtime.watchdog_limit", runs.watchdog.limit, asked.watchdog.limit);
  keep_time("runtime.watchdog_interval", runs.watchdog.report_interval,
            asked.watchdog.report_interval);
  keep("runtime.stand_ins", runs.watchdog.stand_ins_max,
       asked.watchdog.stand_ins_max == runs.watchdog.stand_ins_max);
  if (!refused.empty()) {
    return Error(Errc::invalid_argument, "cannot change in a running system: " + refused);
  }
  core_->live.apply(asked);
  return {};
}

}  // namespace stet
