// persistence/src/lmdb/fold_pace.hpp - how fast folds are, and so how long commits have to wait.
//
// While folds are slower than commits, each commit waits a little, so that what is not folded stays
// between a third and two thirds of the journal's bound: at a third not at all, at the half as long
// as a fold of as many bytes takes, and longer and longer from there. The fold under way counts as
// done in proportion to its time.
//
// Threads    One at a time; the folder's mutex sees to that.
// Bounds     A pause takes at most pause_longest.
#pragma once

#include <chrono>
#include <cstddef>

namespace stet::detail {

class FoldPace {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::milliseconds pause_longest{20};

  explicit FoldPace(std::size_t journal_bytes_max) noexcept
      : journal_bytes_max_(journal_bytes_max) {}

  // So much waits that a fold is worth its flushes.
  [[nodiscard]] bool is_due(std::size_t waiting_bytes) const noexcept {
    return waiting_bytes >= journal_bytes_max_ / 3;
  }

  void fold_began(std::size_t bytes, Clock::time_point now) noexcept;
  void fold_ended() noexcept { folding_bytes_ = 0; }
  // What a fold that succeeded has taken.
  void learn(std::size_t bytes, Clock::duration took) noexcept;

  // Before an entry is added to those that wait.
  [[nodiscard]] Clock::duration pause_for(std::size_t entry_bytes, std::size_t waiting_bytes,
                                          Clock::time_point now) const noexcept;

 private:
  // Before the first fold has been measured.
  static constexpr double first_guess_bytes_per_second = 16e6;

  const std::size_t journal_bytes_max_;
  double bytes_per_second_ = first_guess_bytes_per_second;
  std::size_t folding_bytes_ = 0;
  Clock::time_point folding_since_;
};

}  // namespace stet::detail
