// stet/runtime/watchdog.hpp - who tells the host that a handler does not come back.
//
//   options.watchdog.limit = 200ms;
//   options.watchdog.report = [](const stet::WatchReport& report) { alarm(report.actor_type); };
//
// Off unless a limit is given. Each turn on a worker that runs over the limit is reported once. A
// worker that is parked looks after the others; only where all of them are at work does a thread
// named "stet-watch" look. It sleeps without a timeout while no handler runs, or another looks.
//
//   options.watchdog.stand_ins_max = 2;
//
// With stand-ins a handler over the limit does not cost the pool a worker: one more comes, with a
// thread "stet-in0", ..., as long as that handler runs. It goes within 10 ms, or after the visit
// that it is in. Where no thread can be started the log says so, and it is tried again later.
//
// Threads    The report is called on a worker or on stet-watch, one call at a time. It must not
//            throw, and should be short: it keeps a worker, or the next report, waiting.
// Bounds     At most stand_ins_max workers are added, one for each such handler. Without a handler
//            over the limit a stand-in costs its memory, 20 KB, and no thread.
//            One report in report_interval; what was left out is counted in the next. Looks are 1
//            to 10 ms apart (stet-watch: a quarter of the limit), so a report is late by that much.
// Not seen   Actors with threads of their own or on elastic ones: they are there to block. Those of
//            a host's loop: the host would know.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

namespace stet {

struct WatchReport {
  std::string_view actor_type;       // Both names are constants of the program.
  std::string_view message;          // Its type; the last one before a hook or a continuation.
  unsigned worker;                   // From 0.
  std::chrono::nanoseconds running;  // For at least so long.
  std::uint64_t left_out;            // Turns over the limit that were not reported meanwhile.
  unsigned stand_ins;                // At work now, also the one for this turn.
};

struct WatchdogOptions {
  std::chrono::nanoseconds limit{0};  // 0: off.
  std::chrono::nanoseconds report_interval = std::chrono::seconds(1);
  std::function<void(const WatchReport&)> report = {};  // None: a warning to the log hook.
  unsigned stand_ins_max = 0;                           // Workers that may be added meanwhile.
};

}  // namespace stet
