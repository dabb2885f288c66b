// persistence/src/lmdb/journal_log.hpp - the journal: one LMDB record a commit, appended and cut.
//
// Keys are 0x02 and the commit's number, big-endian, so the newest entry is the last record and an
// append touches one page beside the entry's own. Entries that are folded leave in the transaction
// of a later commit, which also says so (`cut`): cutting costs no flush of its own.
//
// Threads    The committing thread; info(): any.
// Errors     Codes of LMDB, as from WriteTransaction; replay(): Result.
// Bounds     A commit cuts at most entries_cut_max entries.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <utility>

#include "../engine.hpp"
#include "../journal/journal_entry.hpp"
#include "environment.hpp"
#include "reserve.hpp"

namespace stet::detail {

using EntryVisit = std::function<Result<void>(CommitNumber number, std::span<const Operation> batch,
                                              std::size_t entry_bytes)>;

// Visits the entries after `mark`, in order, in a journal that was cut up to `cut`; the number of the
// last one, or `cut`. Errors: corrupt, where one is damaged or missing; those of visit.
[[nodiscard]] Result<CommitNumber> visit_entries(MDB_cursor* cursor,
                                                 const std::filesystem::path& directory,
                                                 const StoreId& store, CommitNumber cut,
                                                 CommitNumber mark, const EntryVisit& visit);

class JournalLog {
 public:
  // More than commits add, so that the journal gets shorter; few, so that no commit takes long.
  static constexpr std::uint64_t entries_cut_max = 16;

  JournalLog(std::shared_ptr<Environment> environment, const StoreId& store)
      : environment_(std::move(environment)), store_(store) {}

  // Visits what is newer than `mark`, in order, and remembers cut() and last(). Errors: corrupt,
  // where an entry is damaged or missing, or the state is older than the journal; those of visit.
  [[nodiscard]] Result<void> replay(CommitNumber mark, const EntryVisit& visit);

  // One transaction: cuts entries up to `mark`, a few, and appends this one. `committing` says on
  // return whether the commit itself had begun. Requires: number > last().
  [[nodiscard]] int append(CommitNumber number, std::span<const Operation> operations,
                           std::size_t bytes, CommitNumber mark, bool& committing);
  // For a journal without room: cuts all up to `mark`, and again until LMDB uses the pages again.
  [[nodiscard]] int cut_all(CommitNumber mark);

  [[nodiscard]] CommitNumber cut() const noexcept { return cut_; }
  [[nodiscard]] CommitNumber last() const noexcept { return last_; }
  [[nodiscard]] Environment& environment() noexcept { return *environment_; }
  [[nodiscard]] const Environment& environment() const noexcept { return *environment_; }
  [[nodiscard]] Reserve& reserve() noexcept { return reserve_; }

 private:
  const std::shared_ptr<Environment> environment_;
  const StoreId store_;
  Reserve reserve_;
  CommitNumber cut_ = 0;   // Entries up to here are gone.
  CommitNumber last_ = 0;  // The newest entry; less than cut_ + 1: there is none.
};

}  // namespace stet::detail
