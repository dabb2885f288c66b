// stet/runtime/metrics.hpp - Metrics: what each type of actor does, for people and for Prometheus.
//
//   stet::Metrics metrics(system);
//   metrics.set_level(stet::MetricsLevel::histograms);  // Also while it runs, also off again.
//   answer_http(metrics.prometheus());                  // The host has the server; we have the text.
//
// Level      off: the counters that each worker has anyway. counters: messages by type of actor.
//            histograms: also how long messages waited and were handled; reads the clock three times
//            a message. runtime/README.md has what each costs.
// Depth      Messages sent and not yet begun, as far as they were sent since the level was last off;
//            of a kind that nobody has handled yet, the row has no type.
// Alive      Counted by a walk over all actors at each read: some 20 ns an actor.
// Threads    All members: any, also at the same time. Numbers may be a moment old.
// Progress   Who is counted never waits: each thread writes memory of its own. read() and
//            prometheus() take locks that only spawning and they themselves take.
// Memory     14 KB for each thread that sends or handles, and with histograms 5 KB for each type of
//            actor that it runs. Asked for when first needed; without it nothing is counted.
// Bounds     types_max types of actors and kinds_max kinds of messages (pairs of receiver's type and
//            message); what comes after them is counted in a row "(others)".
// Lifetime   The System outlives it. All Metrics of one System are the same.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <stet/runtime/counters.hpp>
#include <stet/runtime/histogram.hpp>
#include <stet/runtime/system.hpp>

namespace stet {

enum class MetricsLevel : std::uint8_t { off, counters, histograms };

struct ActorMetrics {
  std::string_view type;  // Constant of the program.
  std::uint64_t alive = 0;
  std::uint64_t messages = 0;  // Begun.
  std::uint64_t failures = 0;  // Turns that were not kept.
  std::uint64_t dead_letters = 0;
  std::uint64_t restarts = 0;
  std::uint64_t depth = 0;  // Messages that wait.
  Histogram waiting;        // From send to the begin of the turn.
  Histogram handling;
};

struct MetricsReport {
  MetricsLevel level = MetricsLevel::off;
  CounterTotals totals;
  std::vector<WorkerCounters> workers;
  std::vector<ActorMetrics> actors;  // By type's name.
};

namespace detail {
class MetricsState;
}  // namespace detail

class Metrics {
 public:
  static constexpr std::size_t types_max = 128;
  static constexpr std::size_t kinds_max = 512;

  // Off, if this is the first. Throws std::bad_alloc.
  explicit Metrics(System& system);

  // Throws std::bad_alloc.
  void set_level(MetricsLevel level);
  [[nodiscard]] MetricsLevel level() const noexcept;

  // Throws std::bad_alloc.
  [[nodiscard]] MetricsReport read() const;
  // The text format of Prometheus, version 0.0.4. Names are stable.
  [[nodiscard]] std::string prometheus() const;

 private:
  detail::MetricsState* state_;
};

// For reports that were read before, or changed.
[[nodiscard]] std::string to_prometheus(const MetricsReport& report);

}  // namespace stet
