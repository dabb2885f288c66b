// runtime/src/prometheus.cpp - a report of metrics in Prometheus' text format.
//
// https://prometheus.io/docs/instrumenting/exposition_formats/ - one family after the other, each
// with its help and type. Names here are a promise: dashboards know them.
#include <array>
#include <cstdio>

#include <stet/runtime/metrics.hpp>

namespace stet {
namespace {

// Bounds of the buckets that are shown: 2^8 ns to 2^38 ns (0.26 us to 4.6 min), each 4 times the one
// before. Powers of two are bounds of our own buckets too, so the counts are exact.
constexpr unsigned first_bound_bit = 8;
constexpr unsigned last_bound_bit = 38;

class Text {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    out_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    out_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
  }
  void sample(std::string_view label, std::string_view value, std::uint64_t number) {
    begin("", label, value);
    end(std::to_string(number));
  }
  void sample(std::uint64_t number) {
    out_.append(name_).append(" ").append(std::to_string(number)).append("\n");
  }
  void histogram(std::string_view label, std::string_view value, const Histogram& histogram) {
    for (unsigned bit = first_bound_bit; bit <= last_bound_bit; bit += 2) {
      const std::uint64_t bound = std::uint64_t{1} << bit;
      begin("_bucket", label, value);
      out_.append(",le=\"").append(seconds(static_cast<double>(bound))).append("\"");
      // le means "at most", and ours are below; whole nanoseconds make no more of that.
      end(std::to_string(histogram.count_below(bound)));
    }
    begin("_bucket", label, value);
    out_.append(",le=\"+Inf\"");
    end(std::to_string(histogram.count()));
    begin("_sum", label, value);
    end(seconds(static_cast<double>(histogram.sum().count())));
    begin("_count", label, value);
    end(std::to_string(histogram.count()));
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void begin(std::string_view suffix, std::string_view label, std::string_view value) {
    out_.append(name_).append(suffix).append("{").append(label).append("=\"");
    for (const char c : value) {
      if (c == '\n') {
        out_.append("\\n");
        continue;
      }
      if (c == '\\' || c == '"') out_.push_back('\\');
      out_.push_back(c);
    }
    out_.append("\"");
  }
  void end(std::string_view number) { out_.append("} ").append(number).append("\n"); }
  static std::string seconds(double nanoseconds) {
    std::array<char, 32> text{};
    const int length = std::snprintf(text.data(), text.size(), "%.9g", nanoseconds / 1e9);
    std::string out(text.data(), static_cast<std::size_t>(length));
    // A host's locale may have another decimal point.
    for (char& c : out) {
      if (c == ',') c = '.';
    }
    return out;
  }

  std::string_view name_;
  std::string out_;
};

struct ActorFamily {
  std::string_view name;
  std::string_view type;
  std::string_view help;
  std::uint64_t ActorMetrics::*number;
};
constexpr std::array<ActorFamily, 6> actor_families{{
    {"stet_actors", "gauge", "Actors alive.", &ActorMetrics::alive},
    {"stet_actor_messages_total", "counter", "Messages whose turn has begun.",
     &ActorMetrics::messages},
    {"stet_actor_failures_total", "counter", "Turns that threw or were rolled back.",
     &ActorMetrics::failures},
    {"stet_actor_dead_letters_total", "counter", "Messages that nobody handled.",
     &ActorMetrics::dead_letters},
    {"stet_actor_restarts_total", "counter", "Actors begun anew by their supervisor.",
     &ActorMetrics::restarts},
    {"stet_actor_mailbox_messages", "gauge", "Messages sent and not begun.", &ActorMetrics::depth},
}};

struct WorkerFamily {
  std::string_view name;
  std::string_view help;
  Counter WorkerCounters::*number;
};
constexpr std::array<WorkerFamily, 7> worker_families{{
    {"stet_worker_visits_total", "Times an actor was picked up.", &WorkerCounters::visits},
    {"stet_worker_messages_total", "Messages handled.", &WorkerCounters::messages},
    {"stet_worker_steals_total", "Actors taken from another worker.", &WorkerCounters::steals},
    {"stet_worker_injected_total", "Actors taken from the queue of outside threads.",
     &WorkerCounters::injected},
    {"stet_worker_parks_total", "Times it went to sleep.", &WorkerCounters::parks},
    {"stet_worker_looks_total", "Times it woke only to look after others.", &WorkerCounters::looks},
    {"stet_worker_failures_total", "Turns that failed.", &WorkerCounters::throws},
}};

}  // namespace

std::string to_prometheus(const MetricsReport& report) {
  Text text;
  text.family("stet_system_actors", "gauge", "Actors alive, of all types.");
  text.sample(report.totals.actors_alive);
  text.family("stet_system_messages_total", "counter", "Messages handled, on all threads.");
  text.sample(report.totals.messages);
  text.family("stet_system_dead_letters_total", "counter", "Messages that nobody handled.");
  text.sample(report.totals.dead_letters);
  for (const WorkerFamily& family : worker_families) {
    text.family(family.name, "counter", family.help);
    for (std::size_t i = 0; i < report.workers.size(); ++i) {
      text.sample("worker", std::to_string(i), (report.workers[i].*family.number).get());
    }
  }
  if (report.level == MetricsLevel::off) return text.take();
  for (const ActorFamily& family : actor_families) {
    text.family(family.name, family.type, family.help);
    for (const ActorMetrics& actor : report.actors) {
      text.sample("type", actor.type, actor.*family.number);
    }
  }
  if (report.level != MetricsLevel::histograms) return text.take();
  text.family("stet_actor_waiting_seconds", "histogram", "From send to the begin of the turn.");
  for (const ActorMetrics& actor : report.actors) {
    text.histogram("type", actor.type, actor.waiting);
  }
  text.family("stet_actor_handling_seconds", "histogram", "How long turns took.");
  for (const ActorMetrics& actor : report.actors) {
    text.histogram("type", actor.type, actor.handling);
  }
  return text.take();
}

}  // namespace stet
