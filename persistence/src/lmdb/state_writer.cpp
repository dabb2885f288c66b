// persistence/src/lmdb/state_writer.cpp - filling and committing the folder's transactions.
#include "state_writer.hpp"

#include <algorithm>
#include <string_view>

#include "../crash_point.hpp"
#include "../planted_fault.hpp"
#include "meta_record.hpp"
#include "pending_ranges.hpp"

namespace stet::detail {
namespace {

// What it puts into the ranges.
std::size_t puts_inside(const SortedRun& run, const KeyRanges& ranges) {
  if (ranges.empty()) return 0;
  const auto& entries = run.entries();
  return static_cast<std::size_t>(
      std::count_if(entries.begin(), entries.end(), [&ranges](const SortedRun::Entry& each) {
        return each.is_put() && ranges.covers(each.key());
      }));
}

}  // namespace

// As LMDB lays out keys that come in order: a leaf takes what fits; a value that would leave room for
// less than two on a page has pages of its own.
std::uint64_t map_bytes_for(const SortedRun& run, std::size_t page_bytes) noexcept {
  constexpr std::size_t page_head_bytes = 16;
  constexpr std::size_t node_head_bytes = 10;  // With its place in the page's table.
  constexpr std::uint64_t other_pages = 16;    // Meta pages, the store's own records, a free list.
  const std::size_t usable_bytes = page_bytes - page_head_bytes;
  const std::size_t node_bytes_max = usable_bytes / 2 - 2;
  std::uint64_t pages = other_pages;
  std::uint64_t branch_bytes = 0;
  std::size_t left_bytes = 0;
  for (const SortedRun::Entry& entry : run.entries()) {
    if (!entry.is_put()) continue;
    std::size_t node_bytes = node_head_bytes + entry.key().size() + entry.value().size() + 1;
    if (node_bytes > node_bytes_max) {
      pages += (page_head_bytes + entry.value().size() + page_bytes - 1) / page_bytes;
      node_bytes = node_head_bytes + entry.key().size() + sizeof(std::uint64_t) + 1;
    }
    if (node_bytes > left_bytes) {
      ++pages;
      branch_bytes += node_head_bytes + entry.key().size();
      left_bytes = usable_bytes;
    }
    left_bytes -= node_bytes;
  }
  // Branches are at least half full, and those above them few.
  return (pages + 3 * branch_bytes / usable_bytes) * page_bytes;
}

int StateWriter::fold(const SortedRun& run, bool& committing) {
  committing = false;
  const auto& entries = run.entries();
  const bool puts = std::any_of(entries.begin(), entries.end(),
                                [](const SortedRun::Entry& each) { return each.is_put(); });
  if (const int full = reserve_.make_room(*state_, puts, run.bytes()); full != 0) return full;
  if (is_planted(Fault::mark_apart)) {
    WriteTransaction apart(*state_);
    int code = apart.begin();
    if (code == 0) code = apart.put(mark_key, encode_number(run.last()));
    if (code == 0) code = apart.commit();
    if (code != 0) return code;
  }
  KeyRanges pending = pending_;
  pending.add(run.ranges());
  // Whatever a range covers, these are not the user's.
  for (const std::string_view own : {meta_key, mark_key, pending_key}) pending.cut(own);
  WriteTransaction transaction(*state_);
  int code = transaction.begin();
  if (code == 0) code = erase_pending(transaction, pending, bounds_.erased_records_max);
  if (code == 0) code = erase_excess(transaction, pending, run);
  for (const SortedRun::Entry& entry : entries) {
    if (code != 0) return code;
    if (entry.is_put()) {
      if (!is_planted(Fault::put_inside)) pending.cut(entry.key());
      code = transaction.put(entry.key(), entry.value());
    } else {
      code = transaction.erase(entry.key());
    }
  }
  if (code == 0 && !is_planted(Fault::pending_apart)) code = store_pending(transaction, pending);
  if (code == 0 && !is_planted(Fault::mark_apart)) {
    code = transaction.put(mark_key, encode_number(run.last()));
  }
  if (code != 0) return code;
  STET_CRASH_POINT("fold.filled");
  committing = true;
  code = transaction.commit();
  if (code == 0) pending_ = std::move(pending);
  return code;
}

int StateWriter::work_off(bool& committing) {
  committing = false;
  KeyRanges pending = pending_;
  WriteTransaction transaction(*state_);
  int code = transaction.begin();
  if (code == 0) code = erase_pending(transaction, pending, bounds_.erased_records_max);
  if (code == 0) code = store_pending(transaction, pending);
  if (code != 0) return code;
  STET_CRASH_POINT("fold.piece.filled");
  committing = true;
  code = transaction.commit();
  if (code == 0) pending_ = std::move(pending);
  return code;
}

int StateWriter::erase_only(const SortedRun& run, bool& committing) {
  committing = false;
  KeyRanges ranges = run.ranges();
  for (const std::string_view own : {meta_key, mark_key, pending_key}) ranges.cut(own);
  WriteTransaction transaction(*state_);
  int code = transaction.begin();
  if (code == 0) code = erase_pending(transaction, ranges, bounds_.erased_records_max);
  for (const SortedRun::Entry& entry : run.entries()) {
    if (code != 0) return code;
    if (!entry.is_put()) code = transaction.erase(entry.key());
  }
  if (code != 0) return code;
  committing = true;
  return transaction.commit();
}

// From the first range on, as many as are too many: each put cuts one in two.
int StateWriter::erase_excess(WriteTransaction& transaction, KeyRanges& ranges,
                              const SortedRun& run) const {
  const std::size_t pieces = ranges.size() + puts_inside(run, ranges);
  if (pieces <= bounds_.pending_ranges_max) return 0;
  std::size_t excess = pieces - bounds_.pending_ranges_max;
  const auto& entries = run.entries();
  // Bounded: each round takes a range away, or is the last.
  while (excess > 0 && !ranges.empty()) {
    const auto& [from, to] = *ranges.begin();
    std::string until = to;
    std::size_t gone = 1;
    for (std::size_t i = run.lower_bound(from);
         i < entries.size() && entries[i].key() < to && gone <= excess; ++i) {
      if (!entries[i].is_put()) continue;
      if (gone == excess) until = entries[i].key();
      ++gone;
    }
    if (const int code = transaction.erase_range(from, until); code != 0) return code;
    excess -= std::min(excess, gone);
    ranges.remove_below(until);
  }
  return 0;
}

int StateWriter::store_pending(WriteTransaction& transaction, const KeyRanges& ranges) const {
  if (ranges == pending_) return 0;
  return ranges.empty() ? transaction.erase(pending_key)
                        : transaction.put(pending_key, encode_pending(ranges));
}

void StateWriter::store_pending_apart() {
  WriteTransaction transaction(*state_);
  const bool stored =
      transaction.begin() == 0 &&
      (pending_.empty() ? transaction.erase(pending_key)
                        : transaction.put(pending_key, encode_pending(pending_))) == 0;
  if (stored) static_cast<void>(transaction.commit());
}

// More than one transaction erases. Where it cannot be read, it is for the fold to find out.
bool StateWriter::is_large(const KeyRanges& ranges) const {
  if (ranges.empty()) return false;
  ReadTransaction transaction(state_);
  MDB_cursor* handle = nullptr;
  if (transaction.begin() != 0 || transaction.open_cursor(&handle) != 0) return false;
  const std::unique_ptr<MDB_cursor, void (*)(MDB_cursor*)> cursor(handle, &mdb_cursor_close);
  std::uint64_t records = 0;
  const std::uint64_t enough = std::uint64_t{bounds_.erased_records_max} + 1;
  return count_records(handle, ranges, records, enough) == 0 && records == enough;
}

std::size_t StateWriter::fitting(const Layers& runs) const {
  KeyRanges ranges = pending_;
  for (const auto& run : runs) ranges.add(run->ranges());
  if (!is_large(ranges)) return runs.size();
  ranges = pending_;
  std::size_t pieces = ranges.size();
  for (std::size_t i = 0; i < runs.size(); ++i) {
    pieces += runs[i]->ranges().size() + puts_inside(*runs[i], ranges);
    if (pieces > bounds_.pending_ranges_max) return has_pending() ? i : std::max<std::size_t>(i, 1);
    ranges.add(runs[i]->ranges());
  }
  return runs.size();
}

}  // namespace stet::detail
