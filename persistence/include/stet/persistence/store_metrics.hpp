// stet/persistence/store_metrics.hpp - what a store has done and holds, for people and for Prometheus.
//
//   answer_http(store.prometheus("bank"));  // The host has the server; we have the text.
//
// Threads    Plain values and pure functions.
// Memory     A StoreStats takes 1.5 KB.
// Errors     None. Figures of the engine are 0 once the store is closed.
// Bounds     Numbers may be a moment old, and each is read by itself.
#pragma once

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <stet/persistence/store_health.hpp>

namespace stet {

// How often which size: a bucket for each power of two, which is the largest value in it.
struct PowerHistogram {
  static constexpr std::size_t buckets = 42;

  std::array<std::uint64_t, buckets> counts{};  // The last one has all that is larger, too.
  std::uint64_t sum = 0;

  [[nodiscard]] static constexpr std::size_t bucket_of(std::uint64_t value) noexcept {
    const auto bucket = static_cast<std::size_t>(value <= 1 ? 0 : std::bit_width(value - 1));
    return bucket < buckets ? bucket : buckets - 1;
  }
  [[nodiscard]] std::uint64_t count() const noexcept { return count_up_to(buckets - 1); }
  // Values of at most 2^power.
  [[nodiscard]] std::uint64_t count_up_to(std::size_t power) const noexcept {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < buckets && i <= power; ++i) total += counts[i];
    return total;
  }
  // A power of two that at least this share (0 to 1) of all values do not exceed; 0 without values.
  [[nodiscard]] std::uint64_t quantile(double share) const noexcept {
    const double wanted = static_cast<double>(count()) * share;
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < buckets; ++i) {
      total += counts[i];
      if (counts[i] != 0 && static_cast<double>(total) >= wanted) return std::uint64_t{1} << i;
    }
    return 0;
  }
};

struct StoreStats {
  std::uint64_t commits = 0;  // Transactions that returned.
  std::uint64_t changes = 0;  // Turns and single writes in them.
  std::uint64_t records = 0;  // Written or erased by them, after writes of one key were merged.
  std::uint64_t bytes = 0;    // Of those: keys and values.
  std::uint64_t retries = 0;  // Commits that failed and were repeated.
  std::uint64_t queued_bytes = 0;  // Sent and not committed, now.
  std::uint64_t conflicts = 0;     // Writes refused because a record was not as they expected.
  PowerHistogram batch_records;    // Of each commit.
  PowerHistogram batch_bytes;      // Of each commit.
  PowerHistogram commit_time;      // Nanoseconds, pauses for the folder included.
  PowerHistogram flush_time;       // Of flushes apart from commits, nanoseconds.

  // Of the engine, now.
  std::uint64_t used_bytes = 0;       // In its files, free pages included.
  std::uint64_t map_bytes = 0;        // What they can grow to before the map must grow.
  std::uint64_t views = 0;            // Reads that keep old pages, in this process.
  std::uint64_t map_growths = 0;      // Since it was opened, as all that follow.
  std::uint64_t engine_failures = 0;  // Commits and flushes that returned an error.
  // Journal mode; else 0.
  std::uint64_t journal_bytes = 0;  // Committed and not in the state: in the journal,
  std::uint64_t overlay_bytes = 0;  // in memory, where each key counts once or a few times.
  std::uint64_t fold_lag = 0;       // Commits that are not in the state, now.
  std::uint64_t folds = 0;
  std::uint64_t folded_keys = 0;
  std::uint64_t fold_failures = 0;
  std::uint64_t stalls = 0;                // Commits that had to wait for the folder,
  std::chrono::nanoseconds stall_time{0};  // so long together.
};

struct StoreReport {
  std::string store;  // The label; any text.
  StoreState state = StoreState::ok;
  StoreStats stats;
};
// In Prometheus' text format: each family once, with a row for each store. Names are a promise.
[[nodiscard]] std::string to_prometheus(std::span<const StoreReport> stores);

}  // namespace stet
