// persistence/src/lmdb/state_writer.hpp - what a fold does to the state, in one transaction.
//
// The ranges a run erases, then its keys in order, then the mark. Of what the ranges cover it erases
// so many records; the rest stays pending (pending_ranges.hpp), and is worked off in transactions
// of its own.
//
// Threads    The folder's.
// Errors     Codes of LMDB, with nothing changed; throws bad_alloc, likewise.
// Bounds     Of pending ranges there are at most pending_ranges_max. fitting() says how many runs keep
//            to that. A single run that alone would have more (it erases a large range and puts more
//            keys than that into it) erases the ranges in excess at once, however many records they
//            have: LMDB writes out what is more than it keeps in memory, so that takes time, but goes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "../journal/key_ranges.hpp"
#include "../journal/overlay.hpp"
#include "environment.hpp"
#include "reserve.hpp"
#include "transaction.hpp"

namespace stet::detail {

struct FoldBounds {
  std::size_t erased_records_max = 0;  // By ranges, in one transaction. At least 1.
  std::size_t pending_ranges_max = 0;
  std::uint64_t disk_reserve = 0;
};

// The map that a state needs which holds nothing but what this run puts, at most. What needs more than
// the map may have could never be folded, however much is erased.
[[nodiscard]] std::uint64_t map_bytes_for(const SortedRun& run, std::size_t page_bytes) noexcept;

class StateWriter {
 public:
  // `pending`: what the state says.
  StateWriter(std::shared_ptr<Environment> state, const FoldBounds& bounds, KeyRanges pending)
      : state_(std::move(state)), bounds_(bounds), pending_(std::move(pending)) {
    reserve_.keep_free(bounds.disk_reserve);
  }

  // `committing` says on return whether the commit itself had begun.
  [[nodiscard]] int fold(const SortedRun& run, bool& committing);
  // A piece of what is pending. Requires: has_pending().
  [[nodiscard]] int work_off(bool& committing);
  // What the run erases and nothing else, without the mark: it makes room for the fold.
  [[nodiscard]] int erase_only(const SortedRun& run, bool& committing);

  [[nodiscard]] bool has_pending() const noexcept { return !pending_.empty(); }
  // So many of these runs, the oldest, leave no more ranges pending than there may be. 0: some of
  // what is pending must be worked off before.
  [[nodiscard]] std::size_t fitting(const Layers& runs) const;
  // After a failure: what was allocated ahead may be gone.
  void forget_reserve() noexcept { reserve_.forget(); }
  // For a planted fault: the list in a transaction behind the fold's.
  void store_pending_apart();

 private:
  [[nodiscard]] int erase_excess(WriteTransaction& transaction, KeyRanges& ranges,
                                 const SortedRun& run) const;
  [[nodiscard]] int store_pending(WriteTransaction& transaction, const KeyRanges& ranges) const;
  [[nodiscard]] bool is_large(const KeyRanges& ranges) const;

  const std::shared_ptr<Environment> state_;
  const FoldBounds bounds_;
  Reserve reserve_;
  KeyRanges pending_;
};

}  // namespace stet::detail
