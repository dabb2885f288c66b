// persistence/src/lmdb/folder.hpp - folds what the journal holds into the state, behind the writers.
//
// A thread of its own, for a fold of many random keys takes as long as a thousand commits. It begins
// at half of the journal's bound, or when no commit has come for a while, and takes all that is
// durable: the more keys a fold has, the more of them share a page. Each fold is one transaction with
// its keys in order, which also stores the mark (state_writer.hpp). What large erased ranges leave
// pending it works off whenever no fold is due, a piece in each transaction.
//
// While folds are slower than commits, commits are slowed in proportion (fold_pace.hpp), so that what
// waits to be folded stays about at two thirds of the bound and nobody ever waits for a whole fold.
//
// Threads    note_commit(), admit(), would_wait(): the committing thread. mark(), stats(): any. The
//            rest runs on the folder's own, with all signals blocked.
// Progress   admit() sleeps: a few milliseconds under load, until there is room at the bound.
// Ownership  Borrows the overlay and the progress: they outlive it.
// Errors     A fold that fails is repeated, with a pause that doubles up to a second. Meanwhile
//            admit() refuses batches that put where the state has no room, and all at the bound. A
//            failed flush poisons: nothing is written any more.
// Failure    In a child forked from the owner there is no such thread: there a Folder must be leaked,
//            for its destructor would wait for ever.
// Bounds     One fold touches at most about 100,000 leaves, unless one commit has more keys. It erases
//            at most JournalOptions::erased_records_max records by ranges; where so many ranges are
//            pending that it may add none, it waits until some are worked off.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include <stet/runtime/result.hpp>

#include "../engine.hpp"
#include "../journal/overlay.hpp"
#include "environment.hpp"
#include "fold_pace.hpp"
#include "state_writer.hpp"

namespace stet::detail {

// How far the commits of an engine have come; written by the committing thread, `poisoned` also by
// the folding one.
struct JournalProgress {
  std::atomic<CommitNumber> committed{0};
  std::atomic<CommitNumber> durable{0};
  std::atomic<bool> poisoned{false};
};

struct FolderOptions {
  std::size_t journal_bytes_max = 0;  // Of entries that are not folded.
  std::chrono::milliseconds idle{0};  // Without a commit for so long, what there is is folded.
  std::size_t map_bytes_max = 0;      // Of the state.
  FoldBounds bounds;
};

class Folder {
 public:
  struct Stats {
    std::uint64_t folds = 0;
    std::uint64_t keys = 0;
    std::uint64_t failures = 0;
    std::uint64_t grown = 0;
    std::uint64_t stalls = 0;                // Calls of admit() that waited,
    std::chrono::nanoseconds stall_time{0};  // so long together.
  };

  Folder(std::shared_ptr<Environment> state, Overlay& overlay, JournalProgress& progress,
         const FolderOptions& options, CommitNumber mark, KeyRanges pending);
  // Ends the fold under way; what is not folded stays in the journal.
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  // Before a batch is journalled: waits as the load demands. Errors: disk_full, map_full,
  // no_memory, io: why folding does not go on.
  [[nodiscard]] Result<void> admit(std::size_t entry_bytes, bool puts);
  // Would admit() wait for longer than a flush takes?
  [[nodiscard]] bool would_wait(std::size_t entry_bytes) const noexcept;
  // After a commit or a flush.
  void note_commit() noexcept;

  // The last commit in the state.
  [[nodiscard]] CommitNumber mark() const noexcept {
    // acquire: pairs with fold(): who cuts up to the mark does so after the fold was durable.
    return mark_.load(std::memory_order_acquire);
  }
  // The commit that a fold has just begun with; for a planted fault.
  [[nodiscard]] CommitNumber taken() const noexcept {
    return taken_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] Stats stats() const noexcept;

 private:
  using Clock = FoldPace::Clock;
  enum class Fold : std::uint8_t { nothing, done, failed };

  void run();
  [[nodiscard]] bool is_due(std::size_t waiting_bytes, Clock::time_point now);
  [[nodiscard]] std::size_t keys_max() const noexcept;
  [[nodiscard]] Fold fold(Error& why);
  [[nodiscard]] Fold work_off(Error& why);
  // One transaction, and again with a larger map as long as there is one. False: `why` it failed.
  template <class Write>
  [[nodiscard]] bool try_write(const Write& write, std::size_t bytes, Error& why);
  [[nodiscard]] Error judge(int code, bool committing, std::size_t bytes);

  const std::shared_ptr<Environment> state_;
  Overlay& overlay_;
  JournalProgress& progress_;
  const FolderOptions options_;
  StateWriter writer_;
  std::atomic<CommitNumber> mark_;
  std::atomic<CommitNumber> taken_;

  mutable std::mutex mutex_;
  std::condition_variable work_;    // For the folder.
  std::condition_variable folded_;  // For who waits in admit().
  bool stop_ = false;
  bool asleep_ = false;  // Until a commit comes; else until a time.
  std::uint64_t commits_ = 0;
  std::uint64_t commits_seen_ = 0;
  Clock::time_point idle_at_;
  std::optional<Error> failure_;  // Of the last fold; none: it went well.
  Clock::time_point retry_at_;
  Clock::duration retry_pause_{0};
  FoldPace pace_;
  Stats stats_;
  std::thread thread_;
};

}  // namespace stet::detail
