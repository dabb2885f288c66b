// persistence/src/lmdb/fold_pace.cpp - a mean of the last folds, and a pause from it.
#include "fold_pace.hpp"

#include <algorithm>

namespace stet::detail {
namespace {

double seconds_of(FoldPace::Clock::duration time) noexcept {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

void FoldPace::fold_began(std::size_t bytes, Clock::time_point now) noexcept {
  folding_bytes_ = bytes;
  folding_since_ = now;
}

void FoldPace::learn(std::size_t bytes, Clock::duration took) noexcept {
  const double seconds = seconds_of(took);
  // A mean over the last few: a single fold may have been lucky. Tiny ones say nothing.
  if (bytes < journal_bytes_max_ / 8 || seconds <= 0) return;
  bytes_per_second_ += 0.3 * (static_cast<double>(bytes) / seconds - bytes_per_second_);
}

FoldPace::Clock::duration FoldPace::pause_for(std::size_t entry_bytes, std::size_t waiting_bytes,
                                              Clock::time_point now) const noexcept {
  double folded = 0;
  if (folding_bytes_ > 0) {
    folded = std::min(seconds_of(now - folding_since_) * bytes_per_second_,
                      0.95 * static_cast<double>(folding_bytes_));
  }
  const double used =
      (static_cast<double>(waiting_bytes) - folded) / static_cast<double>(journal_bytes_max_);
  if (used <= due_share) return {};
  if (used >= longest_share) return pause_longest;
  const double share = (longest_share - used) / (used - due_share);
  const double seconds = static_cast<double>(entry_bytes) / (bytes_per_second_ * share);
  return std::min<Clock::duration>(pause_longest,
                                   std::chrono::duration_cast<Clock::duration>(
                                       std::chrono::duration<double>(std::min(seconds, 1.0))));
}

}  // namespace stet::detail
