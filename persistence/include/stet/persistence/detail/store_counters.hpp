// stet/persistence/detail/store_counters.hpp - what the store's thread counts for whoever asks.
//
// Threads    note_...(), attach(): the store's thread. add_to(): any.
// Progress   note_...(): wait-free, plain loads and stores on lines that no sender writes. add_to():
//            takes a lock that only readers share, and the end of the store; reading the engine waits
//            while its map grows.
// Ownership  Borrows the engine from attach() to detach().
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include <stet/persistence/store_metrics.hpp>
#include <stet/runtime/counters.hpp>

namespace stet::detail {

class Engine;

class StoreCounters {
 public:
  void note_commit(std::size_t changes, std::size_t records, std::size_t bytes,
                   std::chrono::nanoseconds took) noexcept {
    commits_.add(1);
    changes_.add(changes);
    batch_records_.add(records);
    batch_bytes_.add(bytes);
    commit_time_.add(static_cast<std::uint64_t>(took.count()));
  }
  void note_flush(std::chrono::nanoseconds took) noexcept {
    flush_time_.add(static_cast<std::uint64_t>(took.count()));
  }
  void note_retry() noexcept { retries_.add(1); }
  void note_conflict() noexcept { conflicts_.add(1); }

  void attach(const Engine& engine) noexcept;
  void detach() noexcept;
  void add_to(StoreStats& stats) const noexcept;

 private:
  struct Buckets {
    std::array<Counter, PowerHistogram::buckets> counts{};
    Counter sum;

    void add(std::uint64_t value) noexcept {
      counts[PowerHistogram::bucket_of(value)].add(1);
      sum.add(value);
    }
    [[nodiscard]] PowerHistogram get() const noexcept;
  };

  // Lines of their own: senders count what is queued beside this.
  alignas(64) Counter commits_;
  Counter changes_;
  Counter retries_;
  Counter conflicts_;
  Buckets batch_records_;
  Buckets batch_bytes_;
  Buckets commit_time_;
  Buckets flush_time_;
  alignas(64) mutable std::mutex mutex_;
  const Engine* engine_ = nullptr;  // Guarded by mutex_: it must not end while it is read.
};

}  // namespace stet::detail
