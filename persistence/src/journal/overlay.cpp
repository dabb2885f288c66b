// persistence/src/journal/overlay.cpp - adding, merging and folding runs.
#include "overlay.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include <stet/runtime/detail/assert.hpp>

namespace stet::detail {
namespace {

// Sizes then fall from old to new by halves, so that a record is merged about as often as its
// run's size has digits in binary.
bool should_merge(const SortedRun& older, const SortedRun& newer, std::size_t bytes_max) {
  return older.weight() <= 2 * newer.weight() && older.weight() + newer.weight() <= bytes_max;
}

}  // namespace

void Overlay::reserve() {
  const std::lock_guard lock(mutex_);
  // Not reserve(size + 1), which would copy the whole list each time.
  if (runs_.size() == runs_.capacity()) runs_.reserve(2 * runs_.size() + 64);
}

void Overlay::add(std::shared_ptr<const SortedRun> run) noexcept {
  try {
    merge_newest();
  } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): longer, and as right.
  }
  const std::lock_guard lock(mutex_);
  STET_ASSERT(runs_.size() < runs_.capacity());
  STET_ASSERT(run->first() == committed_ + 1);
  committed_ = run->last();
  journal_bytes_ += run->journal_bytes();
  runs_.push_back(std::move(run));
}

void Overlay::merge_newest() {
  // Bounded: each round takes a run away.
  for (;;) {
    std::shared_ptr<const SortedRun> older;
    std::shared_ptr<const SortedRun> newer;
    {
      const std::lock_guard lock(mutex_);
      if (runs_.size() - folding_ < 2) return;
      older = runs_[runs_.size() - 2];
      newer = runs_.back();
    }
    if (!should_merge(*older, *newer, commit_merge_bytes)) return;
    std::shared_ptr<const SortedRun> both = SortedRun::merged(*older, *newer);
    const std::lock_guard lock(mutex_);
    if (runs_.size() - folding_ < 2 || runs_[runs_.size() - 2] != older) return;
    runs_.pop_back();
    runs_.back() = std::move(both);
  }
}

void Overlay::merge_for_reading() {
  constexpr std::size_t few = 8;
  Layers before;
  {
    const std::lock_guard lock(mutex_);
    if (merging_ || runs_.size() - folding_ <= few) return;
    // Without the newest, for it may not be durable: see begin_fold().
    before.assign(runs_.begin() + static_cast<std::ptrdiff_t>(folding_), runs_.end() - 1);
    merging_ = true;
  }
  Layers after;
  try {
    after.reserve(before.size());
    for (const auto& run : before) {
      after.push_back(run);
      while (after.size() > 1 &&
             should_merge(*after[after.size() - 2], *after.back(), read_merge_bytes)) {
        std::shared_ptr<const SortedRun> both =
            SortedRun::merged(*after[after.size() - 2], *after.back());
        after.pop_back();
        after.back() = std::move(both);
      }
    }
  } catch (const std::bad_alloc&) {
    after.clear();  // As many as before can be read, only more slowly.
  }
  const std::lock_guard lock(mutex_);
  merging_ = false;
  const auto begin = runs_.begin() + static_cast<std::ptrdiff_t>(folding_);
  const auto size = static_cast<std::ptrdiff_t>(before.size());
  // Meanwhile a fold may have taken some of them, or a commit merged the newest: then for nothing.
  const bool is_same =
      runs_.end() - begin >= size && std::equal(before.begin(), before.end(), begin);
  if (after.empty() || !is_same) return;
  std::move(after.begin(), after.end(), begin);
  runs_.erase(begin + static_cast<std::ptrdiff_t>(after.size()), begin + size);
}

Overlay::Snapshot Overlay::layers() {
  merge_for_reading();
  const std::lock_guard lock(mutex_);
  return {runs_, committed_};
}

std::optional<std::optional<std::string>> Overlay::peek(std::string_view key) const {
  std::shared_ptr<const SortedRun> run;  // Keeps the value, which is copied outside of the mutex.
  const SortedRun::Entry* found = nullptr;
  {
    const std::lock_guard lock(mutex_);
    const std::size_t looked_at = std::min(runs_.size(), peek_runs_max);
    for (std::size_t i = 0; i < looked_at && found == nullptr; ++i) {
      const std::shared_ptr<const SortedRun>& each = runs_[runs_.size() - 1 - i];
      found = each->find(key);
      if (found != nullptr) run = each;
      if (found == nullptr && each->ranges().covers(key)) return std::optional<std::string>();
    }
  }
  if (found == nullptr) return std::nullopt;
  if (!found->is_put()) return std::optional<std::string>();
  return std::optional<std::string>(found->value());
}

Layers Overlay::begin_fold(CommitNumber durable, std::size_t keys_max) {
  const std::lock_guard lock(mutex_);
  STET_ASSERT(folding_ == 0);
  Layers taken;
  std::size_t keys = 0;
  for (const auto& run : runs_) {
    if (run->last() > durable) break;
    if (!taken.empty() && keys + run->entries().size() > keys_max) break;
    keys += run->entries().size();
    taken.push_back(run);
  }
  folding_ = taken.size();
  return taken;
}

void Overlay::shorten_fold(std::size_t runs) noexcept {
  const std::lock_guard lock(mutex_);
  STET_ASSERT(runs > 0 && runs <= folding_);
  folding_ = runs;
}

void Overlay::fold_merged(std::shared_ptr<const SortedRun> run) noexcept {
  const std::lock_guard lock(mutex_);
  STET_ASSERT(folding_ > 0 && runs_[folding_ - 1]->last() == run->last());
  runs_[0] = std::move(run);
  runs_.erase(runs_.begin() + 1, runs_.begin() + static_cast<std::ptrdiff_t>(folding_));
  folding_ = 1;
}

void Overlay::end_fold(bool folded) noexcept {
  std::shared_ptr<const SortedRun> gone;  // Freed outside of the mutex.
  const std::lock_guard lock(mutex_);
  if (folded) {
    STET_ASSERT(folding_ == 1);
    gone = std::move(runs_.front());
    runs_.erase(runs_.begin());
    journal_bytes_ -= gone->journal_bytes();
  }
  folding_ = 0;
}

std::size_t Overlay::journal_bytes() const noexcept {
  const std::lock_guard lock(mutex_);
  return journal_bytes_;
}

std::size_t Overlay::bytes() const noexcept {
  const std::lock_guard lock(mutex_);
  std::size_t bytes = 0;
  for (const auto& run : runs_) bytes += run->bytes();
  return bytes;
}

void Overlay::set_committed(CommitNumber number) noexcept {
  const std::lock_guard lock(mutex_);
  committed_ = number;
}

std::shared_ptr<const SortedRun> merge_all(Layers runs) {
  // Neighbours, then neighbours of these: each record is merged as often as the number of runs has
  // digits in binary.
  while (runs.size() > 1) {
    Layers fewer;
    fewer.reserve((runs.size() + 1) / 2);
    for (std::size_t i = 0; i + 1 < runs.size(); i += 2) {
      fewer.push_back(SortedRun::merged(*runs[i], *runs[i + 1]));
      runs[i].reset();
      runs[i + 1].reset();
    }
    if (runs.size() % 2 == 1) fewer.push_back(std::move(runs.back()));
    runs = std::move(fewer);
  }
  return std::move(runs.front());
}

}  // namespace stet::detail
