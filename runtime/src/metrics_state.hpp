// runtime/src/metrics_state.hpp - the numbers behind Metrics, each thread's in memory of its own.
//
// Threads    Written by who sends and handles; set_level(), read(): any, under a lock.
// Memory     A thread's block is made when it is first seen, and stays; the thread after it that has
//            its number goes on with it.
#pragma once

#include <array>
#include <memory>
#include <mutex>

#include <stet/runtime/detail/cell.hpp>
#include <stet/runtime/metrics.hpp>

#include "thread_number.hpp"
#include "type_table.hpp"
#include "watchers.hpp"

namespace stet::detail {

// A number that one thread writes, or several (`shared`).
class Tally {
 public:
  void add(std::uint64_t amount, bool shared) noexcept {
    // relaxed, all: numbers for reports; nothing is published by them.
    if (shared) [[unlikely]] {
      value_.fetch_add(amount, std::memory_order_relaxed);
    } else {
      value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
    }
  }
  [[nodiscard]] std::uint64_t get() const noexcept {
    return value_.load(std::memory_order_relaxed);
  }

 private:
  Atomic<std::uint64_t> value_{0};
};

struct TallyHistogram {
  std::array<Tally, Histogram::buckets> counts;
  Tally sum;

  void record(std::int64_t nanoseconds, bool shared) noexcept {
    const auto value = static_cast<std::uint64_t>(nanoseconds < 0 ? 0 : nanoseconds);
    counts[Histogram::bucket_of(value)].add(1, shared);
    sum.add(value, shared);
  }
  void add_to(Histogram& out) const noexcept {
    for (std::size_t i = 0; i < counts.size(); ++i) out.add(i, counts[i].get());
    out.add_sum(sum.get());
  }
};

class MetricsState final : public Watcher {
 public:
  explicit MetricsState(Core& core) noexcept : core_(core) {}
  ~MetricsState() override;

  void set_level(MetricsLevel level);
  [[nodiscard]] MetricsLevel level() const noexcept {
    // relaxed: a word for itself.
    return level_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] MetricsReport read();

  void on_send(const Cell* sender, const Envelope& envelope, std::uint64_t stamp) noexcept override;
  bool on_turn_begin(Cell& cell, const Envelope& envelope, std::int64_t now) noexcept override;
  void on_turn_end(Cell& cell, const Envelope& envelope, bool kept,
                   std::int64_t now) noexcept override;
  void on_restart(Cell& cell) noexcept override;
  void on_gone(const Envelope& envelope) noexcept override;
  void on_dead_letter(const Cell& cell) noexcept override;

 private:
  using Types = TypeTable<ActorType, Metrics::types_max>;
  using Kinds = TypeTable<EnvelopeOps, Metrics::kinds_max>;

  struct Times {
    TallyHistogram waiting;
    TallyHistogram handling;
  };
  struct TypeRow {
    Tally messages;
    Tally failures;
    Tally dead_letters;
    Tally restarts;
    Atomic<Times*> times{nullptr};  // Owned.
  };
  struct KindRow {
    Tally sent;
    Tally begun;  // Or gone.
  };
  // What one thread has counted.
  struct Block {
    explicit Block(bool shared_with_others) noexcept : shared(shared_with_others) {}
    ~Block();
    const bool shared;
    std::int64_t turn_began = -1;  // Its thread only, so not used where it is shared.
    std::array<TypeRow, Types::rows> types;
    std::array<KindRow, Kinds::rows> kinds;
  };

  // nullptr: no memory.
  [[nodiscard]] Block* block() noexcept;
  [[nodiscard]] static Times* times_of(TypeRow& row) noexcept;
  // Is this one of those that on_send() has counted, and that are not forgotten since?
  [[nodiscard]] bool counts(std::uint64_t stamp) const noexcept;
  [[nodiscard]] std::int64_t waiting(std::size_t kind) const noexcept;
  void read_depths(std::array<std::uint64_t, Types::rows>& depths, std::uint64_t& of_nobody) const;

  Core& core_;
  Atomic<MetricsLevel> level_{MetricsLevel::off};
  Atomic<std::int64_t> since_{0};  // When the level was last off.
  Types types_;
  Kinds kinds_;
  std::array<Atomic<const ActorType*>, Kinds::rows> receivers_{};  // Of each kind, once known.
  std::array<Atomic<Block*>, thread_numbers> blocks_{};            // Owned.
  std::mutex mutex_;
  std::array<std::int64_t, Kinds::rows> forgotten_{};  // Waiting at since_. Guarded by mutex_.
};

}  // namespace stet::detail
