// persistence/src/journal/overlay.hpp - the commits that are in the journal and not yet in the state.
//
// A list of runs, oldest first, that together hold every commit after the last fold. A commit only
// adds a run: nobody waits for it to be sorted in. Small neighbours merge at once, larger ones when
// somebody wants to read, so that a view looks into few runs and a program that only writes does not
// pay for order twice: the fold merges everything.
//
// Threads    add(): the committing thread. begin_fold(), fold_merged(), end_fold(): the folding
//            one. The rest: any.
// Progress   A mutex, held for as long as it takes to copy the list. layers() may merge first; what
//            is larger than read_merge_bytes is left in peace.
// Ownership  Runs are shared: who has the list keeps them, whatever happens here.
// Errors     Throws bad_alloc, with nothing changed; add() after reserve() does not.
// Bounds     journal_bytes(), which the engine keeps below its bound. A list is then at most about
//            twice the bound / read_merge_bytes + 8 runs long where it is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sorted_run.hpp"

namespace stet::detail {

using Layers = std::vector<std::shared_ptr<const SortedRun>>;

class Overlay {
 public:
  // A merge of that much takes about a millisecond.
  static constexpr std::size_t read_merge_bytes = std::size_t{4} << 20;
  // And this takes some microseconds, which even a lone change can bear.
  static constexpr std::size_t commit_merge_bytes = std::size_t{32} << 10;

  // Room for one more run, so that after the commit nothing can fail any more.
  void reserve();
  void add(std::shared_ptr<const SortedRun> run) noexcept;

  struct Snapshot {
    Layers layers;               // Oldest first.
    CommitNumber committed = 0;  // The last one added, folded or not.
  };
  // What a view shows above the state. Begin the state's transaction after this, read the mark
  // there, and leave out what it covers: so no commit is missed and none is seen twice.
  [[nodiscard]] Snapshot layers();

  // What the newest runs say of a key: its value, or, with the inner one empty, that it is gone.
  // nullopt: nothing, or there are more runs than are looked at here, until a reader merges them.
  static constexpr std::size_t peek_runs_max = 48;  // More than there are once a reader has merged.
  [[nodiscard]] std::optional<std::optional<std::string>> peek(std::string_view key) const;

  // The oldest runs that end at `durable` or before, as many as `keys_max` allows but at least one;
  // empty: there are none. They stay in the list, and are not merged with others, until end_fold().
  [[nodiscard]] Layers begin_fold(CommitNumber durable, std::size_t keys_max);
  // Only so many of them after all, at least one.
  void shorten_fold(std::size_t runs) noexcept;
  // One run in the place of all that begin_fold() gave: who reads meanwhile has it easier.
  void fold_merged(std::shared_ptr<const SortedRun> run) noexcept;
  // Folded: it leaves the list, and requires fold_merged(). Not folded: they stay.
  void end_fold(bool folded) noexcept;

  // Of all commits in the list, as they stand in the journal.
  [[nodiscard]] std::size_t journal_bytes() const noexcept;
  // Of the keys and values in the list: what it takes in memory, but for the nodes around them.
  [[nodiscard]] std::size_t bytes() const noexcept;
  // At open, before the first add(), which then requires the number after it.
  void set_committed(CommitNumber number) noexcept;

 private:
  // Neither merges the newest run: only of that one the journal entry may not be durable yet, and a
  // fold must be able to take all others.
  void merge_newest();
  void merge_for_reading();

  mutable std::mutex mutex_;
  Layers runs_;
  std::size_t folding_ = 0;  // So many of the oldest are being folded.
  CommitNumber committed_ = 0;
  std::size_t journal_bytes_ = 0;
  bool merging_ = false;  // Some reader does, outside of the mutex.
};

// All of them in one; requires at least one.
[[nodiscard]] std::shared_ptr<const SortedRun> merge_all(Layers runs);

}  // namespace stet::detail
