// persistence/src/lmdb/fold_pace.hpp - when a fold is due, how fast folds are, and so how long commits
// have to wait.
//
// A fold is due at half of the journal's bound. The more keys it has, the more of them share a leaf and
// the less it writes a key; what is left of the bound is for the commits that come meanwhile. While
// folds are slower than those, each commit waits a little, so that what is not folded stays between
// the half and five sixths: at the half not at all, at two thirds as long as a fold of as many bytes
// takes, and longer and longer from there. The fold under way counts as done in proportion to its
// time.
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
    return static_cast<double>(waiting_bytes) >=
           due_share * static_cast<double>(journal_bytes_max_);
  }

  void fold_began(std::size_t bytes, Clock::time_point now) noexcept;
  void fold_ended() noexcept { folding_bytes_ = 0; }
  // What a fold that succeeded has taken.
  void learn(std::size_t bytes, Clock::duration took) noexcept;

  // Before an entry is added to those that wait.
  [[nodiscard]] Clock::duration pause_for(std::size_t entry_bytes, std::size_t waiting_bytes,
                                          Clock::time_point now) const noexcept;

 private:
  // Of the bound. Between the two, commits wait.
  static constexpr double due_share = 1.0 / 2;
  static constexpr double longest_share = 5.0 / 6;
  // Before the first fold has been measured.
  static constexpr double first_guess_bytes_per_second = 16e6;

  const std::size_t journal_bytes_max_;
  double bytes_per_second_ = first_guess_bytes_per_second;
  std::size_t folding_bytes_ = 0;
  Clock::time_point folding_since_;
};

}  // namespace stet::detail
