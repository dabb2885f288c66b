// persistence/src/store_metrics.cpp - reading a store's figures, and their text for Prometheus.
//
// https://prometheus.io/docs/instrumenting/exposition_formats/ - one family after the other, each
// with its help and type.
#include <stet/persistence/store_metrics.hpp>

#include <cstdio>

#include <stet/persistence/detail/store_counters.hpp>

#include "engine.hpp"

namespace stet {
namespace {

class StoreText {
 public:
  void family(std::string_view name, std::string_view type, std::string_view help) {
    name_ = name;
    out_.append("# HELP ").append(name).append(" ").append(help).append("\n");
    out_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
  }
  void sample(std::string_view store, std::string_view suffix, std::string_view more,
              std::string_view number) {
    out_.append(name_).append(suffix).append("{store=\"");
    for (const char c : store) {
      if (c == '\n') {
        out_.append("\\n");
        continue;
      }
      if (c == '\\' || c == '"') out_.push_back('\\');
      out_.push_back(c);
    }
    out_.append("\"").append(more).append("} ").append(number).append("\n");
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string_view name_;
  std::string out_;
};

std::string seconds(std::uint64_t nanoseconds) {
  std::array<char, 32> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%.9g", static_cast<double>(nanoseconds) / 1e9);
  std::string out(text.data(), static_cast<std::size_t>(length));
  // A host's locale may have another decimal point.
  for (char& c : out) {
    if (c == ',') c = '.';
  }
  return out;
}
std::string plain(std::uint64_t number) { return std::to_string(number); }

struct NumberFamily {
  std::string_view name;
  std::string_view type;
  std::string_view help;
  std::uint64_t StoreStats::*number;
};
constexpr std::string_view counter = "counter";
constexpr std::string_view gauge = "gauge";
constexpr std::array<NumberFamily, 17> number_families{{
    {"stet_store_changes_total", counter, "Turns and single writes committed.",
     &StoreStats::changes},
    {"stet_store_retries_total", counter, "Commits that failed and were repeated.",
     &StoreStats::retries},
    {"stet_store_conflicts_total", counter, "Writes refused for a revision they did not expect.",
     &StoreStats::conflicts},
    {"stet_store_queued_bytes", gauge, "Sent and not committed.", &StoreStats::queued_bytes},
    {"stet_store_used_bytes", gauge, "In the store's files, free pages included.",
     &StoreStats::used_bytes},
    {"stet_store_map_bytes", gauge, "Address space of the memory map.", &StoreStats::map_bytes},
    {"stet_store_views", gauge, "Reads that are open in this process.", &StoreStats::views},
    {"stet_store_map_growths_total", counter, "Times the memory map grew.",
     &StoreStats::map_growths},
    {"stet_store_engine_failures_total", counter, "Commits and flushes that returned an error.",
     &StoreStats::engine_failures},
    {"stet_store_journal_bytes", gauge, "In the journal and not in the state.",
     &StoreStats::journal_bytes},
    {"stet_store_overlay_bytes", gauge, "The same in memory, keys and values.",
     &StoreStats::overlay_bytes},
    {"stet_store_fold_lag_commits", gauge, "Commits that are not in the state.",
     &StoreStats::fold_lag},
    {"stet_store_folds_total", counter, "Folds of the journal into the state.", &StoreStats::folds},
    {"stet_store_folded_keys_total", counter, "Keys that folds wrote or erased.",
     &StoreStats::folded_keys},
    {"stet_store_fold_failures_total", counter, "Folds that failed and were repeated.",
     &StoreStats::fold_failures},
    {"stet_store_stalls_total", counter, "Commits that waited for the folder.",
     &StoreStats::stalls},
    {"stet_store_commits_total", counter, "Transactions committed.", &StoreStats::commits},
}};

struct HistogramFamily {
  std::string_view name;
  std::string_view help;
  PowerHistogram StoreStats::*values;
  std::string (*show)(std::uint64_t);
  std::size_t first_power;  // Bounds that are shown, each 4 times the one before.
  std::size_t last_power;
};
constexpr std::array<HistogramFamily, 4> histogram_families{{
    {"stet_store_batch_records", "Records of a commit.", &StoreStats::batch_records, plain, 0, 20},
    {"stet_store_batch_bytes", "Keys and values of a commit.", &StoreStats::batch_bytes, plain, 6,
     28},
    // 16 us to 69 s.
    {"stet_store_commit_seconds", "How long commits took.", &StoreStats::commit_time, seconds, 14,
     36},
    {"stet_store_flush_seconds", "How long flushes apart from commits took.",
     &StoreStats::flush_time, seconds, 14, 36},
}};

constexpr std::array<StoreState, 6> states{StoreState::ok,       StoreState::slow,
                                           StoreState::degraded, StoreState::full,
                                           StoreState::poisoned, StoreState::closed};

}  // namespace

std::string to_prometheus(std::span<const StoreReport> stores) {
  StoreText text;
  text.family("stet_store_state", gauge, "1 for the state the store is in.");
  for (const StoreReport& report : stores) {
    for (const StoreState state : states) {
      std::string label(",state=\"");
      label.append(to_string(state)).append("\"");
      text.sample(report.store, "", label, report.state == state ? "1" : "0");
    }
  }
  for (const NumberFamily& family : number_families) {
    text.family(family.name, family.type, family.help);
    for (const StoreReport& report : stores) {
      text.sample(report.store, "", "", plain(report.stats.*family.number));
    }
  }
  text.family("stet_store_stall_seconds_total", counter, "How long commits waited for the folder.");
  for (const StoreReport& report : stores) {
    text.sample(report.store, "", "",
                seconds(static_cast<std::uint64_t>(report.stats.stall_time.count())));
  }
  for (const HistogramFamily& family : histogram_families) {
    text.family(family.name, "histogram", family.help);
    for (const StoreReport& report : stores) {
      const PowerHistogram& values = report.stats.*family.values;
      for (std::size_t power = family.first_power; power <= family.last_power; power += 2) {
        const std::string label = ",le=\"" + family.show(std::uint64_t{1} << power) + "\"";
        text.sample(report.store, "_bucket", label, plain(values.count_up_to(power)));
      }
      text.sample(report.store, "_bucket", ",le=\"+Inf\"", plain(values.count()));
      text.sample(report.store, "_sum", "", family.show(values.sum));
      text.sample(report.store, "_count", "", plain(values.count()));
    }
  }
  return text.take();
}

}  // namespace stet

namespace stet::detail {

PowerHistogram StoreCounters::Buckets::get() const noexcept {
  PowerHistogram out;
  for (std::size_t i = 0; i < counts.size(); ++i) out.counts[i] = counts[i].get();
  out.sum = sum.get();
  return out;
}

void StoreCounters::attach(const Engine& engine) noexcept {
  const std::lock_guard lock(mutex_);
  engine_ = &engine;
}

void StoreCounters::detach() noexcept {
  const std::lock_guard lock(mutex_);
  engine_ = nullptr;
}

void StoreCounters::add_to(StoreStats& stats) const noexcept {
  stats.commits = commits_.get();
  stats.changes = changes_.get();
  stats.retries = retries_.get();
  stats.conflicts = conflicts_.get();
  stats.batch_records = batch_records_.get();
  stats.batch_bytes = batch_bytes_.get();
  stats.records = stats.batch_records.sum;
  stats.bytes = stats.batch_bytes.sum;
  stats.commit_time = commit_time_.get();
  stats.flush_time = flush_time_.get();
  const std::lock_guard lock(mutex_);
  if (engine_ == nullptr) return;
  const EngineStats engine = engine_->quick_stats();
  stats.used_bytes = engine.used_bytes;
  stats.map_bytes = engine.map_bytes;
  stats.views = engine.views;
  stats.map_growths = engine.grown;
  stats.engine_failures = engine.failures;
  stats.journal_bytes = engine.journal_bytes;
  stats.overlay_bytes = engine.overlay_bytes;
  stats.fold_lag = engine.fold_lag;
  stats.folds = engine.folds;
  stats.folded_keys = engine.folded_keys;
  stats.fold_failures = engine.fold_failures;
  stats.stalls = engine.stalls;
  stats.stall_time = engine.stall_time;
}

}  // namespace stet::detail
