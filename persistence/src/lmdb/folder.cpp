// persistence/src/lmdb/folder.cpp - when to fold, one fold, and what a failed one means.
#include "folder.hpp"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "../crash_point.hpp"
#include "../planted_fault.hpp"
#include "early_writeback.hpp"
#include "errors.hpp"
#include "failed_commit.hpp"

namespace stet::detail {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds retry_first{10};
constexpr milliseconds retry_longest{1000};
// LMDB keeps at most 131,071 dirty pages, and branches and free lists need some too.
constexpr double leaves_max = 100'000;
// A smaller fold's flush takes no longer than a few commits.
constexpr std::size_t early_writeback_bytes = std::size_t{4} << 20;

bool is_no_room(const Error& error) noexcept {
  return error == Errc::disk_full || error == Errc::map_full;
}

// Counts a wait, whichever way it ends.
struct StallNote {
  Folder::Stats& stats;
  std::chrono::steady_clock::time_point since;
  bool waited = false;

  ~StallNote() {
    if (!waited) return;
    ++stats.stalls;
    stats.stall_time += std::chrono::steady_clock::now() - since;
  }
};

}  // namespace

Folder::Folder(std::shared_ptr<Environment> state, Overlay& overlay, JournalProgress& progress,
               const FolderOptions& options, CommitNumber mark, KeyRanges pending)
    : state_(std::move(state)),
      overlay_(overlay),
      progress_(progress),
      options_(options),
      writer_(state_, options.bounds, std::move(pending)),
      mark_(mark),
      taken_(mark),
      pace_(options.journal_bytes_max) {
  // What the journal held at open is not waited for.
  idle_at_ = Clock::now() + options.idle;
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);  // Inherited: the host's handlers run elsewhere.
  try {
    thread_ = std::thread([this] { run(); });
  } catch (...) {
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw;
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(thread_.native_handle(), "stet-fold");
}

Folder::~Folder() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  work_.notify_all();
  thread_.join();
}

void Folder::note_commit() noexcept {
  bool wake = false;
  {
    const std::lock_guard lock(mutex_);
    ++commits_;
    // Otherwise it is folding, or will look by itself.
    wake = asleep_ || pace_.is_due(overlay_.journal_bytes());
    asleep_ = false;
  }
  if (wake) work_.notify_one();
}

bool Folder::is_due(std::size_t waiting_bytes, Clock::time_point now) {
  if (commits_seen_ != commits_) {
    commits_seen_ = commits_;
    idle_at_ = now + options_.idle;
  }
  return pace_.is_due(waiting_bytes) || now >= idle_at_;
}

void Folder::run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    const Clock::time_point now = Clock::now();
    const std::size_t waiting_bytes = overlay_.journal_bytes();
    // acquire: pairs with the committing thread's release, so the overlay has what is durable.
    // relaxed: a flag on its own.
    const bool has_work = progress_.durable.load(std::memory_order_acquire) > mark() ||
                          writer_.has_pending() || is_planted(Fault::fold_early);
    if (!has_work || progress_.poisoned.load(std::memory_order_relaxed)) {
      asleep_ = true;
      work_.wait(lock, [this] { return stop_ || !asleep_; });
      continue;
    }
    const bool due = is_due(waiting_bytes, now);
    if (failure_ && now < retry_at_) {
      work_.wait_until(lock, retry_at_);
      continue;
    }
    if (!due && !writer_.has_pending()) {
      work_.wait_until(lock, idle_at_);
      continue;
    }
    if (due) pace_.fold_began(waiting_bytes, now);
    lock.unlock();
    Error why;
    Fold outcome = Fold::failed;
    try {
      outcome = due ? fold(why) : Fold::nothing;
      if (outcome == Fold::nothing && writer_.has_pending()) outcome = work_off(why);
    } catch (const std::bad_alloc&) {  // Of the mark, or of an error's text; nothing is committed.
      overlay_.end_fold(false);
      why = Error(Errc::no_memory, "no memory");  // Short: it must not allocate.
    }
    lock.lock();
    pace_.fold_ended();
    if (outcome == Fold::nothing) {  // The newest is not durable and merged with all before it.
      asleep_ = true;
      work_.wait(lock, [this] { return stop_ || !asleep_; });
      continue;
    }
    if (outcome == Fold::failed) {
      ++stats_.failures;
      retry_pause_ = failure_ ? std::min<Clock::duration>(2 * retry_pause_, retry_longest)
                              : Clock::duration(retry_first);
      retry_at_ = Clock::now() + retry_pause_;
      failure_ = std::move(why);
    } else {
      failure_.reset();
    }
    folded_.notify_all();
  }
  folded_.notify_all();
}

// So many that they touch at most so many of the state's leaves, spread evenly.
std::size_t Folder::keys_max() const noexcept {
  const auto leaves = static_cast<double>(state_->info_inside().leaf_pages);
  if (leaves <= leaves_max) return std::size_t{1} << 20;
  return static_cast<std::size_t>(-leaves * std::log1p(-leaves_max / leaves));
}

Folder::Fold Folder::fold(Error& why) {
  STET_CRASH_POINT("fold.begin");
  // acquire: as in run(). What is only committed may be lost by a power cut, and must not be in the
  // state then: a later commit would get its number.
  const CommitNumber durable = is_planted(Fault::fold_early)
                                   ? progress_.committed.load(std::memory_order_acquire)
                                   : progress_.durable.load(std::memory_order_acquire);
  const Clock::time_point began = Clock::now();
  std::shared_ptr<const SortedRun> run;
  try {
    Layers taken = overlay_.begin_fold(durable, keys_max());
    const std::size_t fitting = taken.empty() ? 0 : writer_.fitting(taken);
    if (fitting == 0) {
      overlay_.end_fold(false);
      return taken.empty() ? Fold::nothing : work_off(why);
    }
    taken.resize(fitting);
    overlay_.shorten_fold(fitting);
    run = merge_all(std::move(taken));
  } catch (const std::bad_alloc&) {
    overlay_.end_fold(false);
    why = Error(Errc::no_memory, "fold: an allocation failed; it is tried again");
    return Fold::failed;
  }
  overlay_.fold_merged(run);
  taken_.store(run->last(), std::memory_order_relaxed);
  if (is_planted(Fault::cut_early)) {  // However fast the disk is, commits come meanwhile.
    const CommitNumber later = progress_.committed.load(std::memory_order_relaxed) + 3;
    for (int i = 0; i < 50 && progress_.committed.load(std::memory_order_relaxed) < later; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
  STET_CRASH_POINT("fold.merged");

  state_->set_flush_meta(true);
  std::optional<EarlyWriteback> early;
  if (run->bytes() >= early_writeback_bytes) early.emplace(state_->witness_fd());
  const auto write = [&](bool& committing) { return writer_.fold(*run, committing); };
  if (!try_write(write, run->bytes(), why)) {
    // What it erases makes room for what it puts, and may go first: the layer hides both.
    const auto erase = [&](bool& committing) { return writer_.erase_only(*run, committing); };
    Error ignored;
    if (!is_no_room(why) || !try_write(erase, 0, ignored) || !try_write(write, run->bytes(), why)) {
      overlay_.end_fold(false);
      return Fold::failed;
    }
  }
  STET_CRASH_POINT("fold.after");
  if (is_planted(Fault::pending_apart)) writer_.store_pending_apart();
  // release: pairs with mark().
  mark_.store(run->last(), std::memory_order_release);
  const std::size_t bytes = run->journal_bytes();
  overlay_.end_fold(true);
  STET_CRASH_POINT("fold.end");
  const std::lock_guard lock(mutex_);
  ++stats_.folds;
  stats_.keys += run->entries().size();
  pace_.learn(bytes, Clock::now() - began);
  return Fold::done;
}

Folder::Fold Folder::work_off(Error& why) {
  // As in fold(): a meta page that is written like any other could not be told from one that found
  // no room.
  state_->set_flush_meta(true);
  const auto write = [this](bool& committing) { return writer_.work_off(committing); };
  if (!try_write(write, 0, why)) return Fold::failed;
  STET_CRASH_POINT("fold.piece.after");
  return Fold::done;
}

template <class Write>
bool Folder::try_write(const Write& write, std::size_t bytes, Error& why) {
  bool committing = false;
  const auto try_once = [&] {
    try {
      return write(committing);
    } catch (const std::bad_alloc&) {
      return ENOMEM;
    }
  };
  int code = try_once();
  // Bounded: each round doubles the map, up to its bound.
  while (code == MDB_MAP_FULL && state_->grow(options_.map_bytes_max)) {
    {
      const std::lock_guard lock(mutex_);
      ++stats_.grown;
    }
    code = try_once();
  }
  if (code != 0) why = judge(code, committing, bytes);
  return code == 0;
}

Error Folder::judge(int code, bool committing, std::size_t bytes) {
  writer_.forget_reserve();
  const Outcome outcome = state_->unmapped() ? Outcome::unknown
                          : committing       ? judge_failed_commit(*state_, code, bytes)
                                             : judge_failed_fill(*state_, code, bytes);
  if (outcome == Outcome::unknown) {
    // relaxed: a flag on its own.
    progress_.poisoned.store(true, std::memory_order_relaxed);
  }
  if (outcome == Outcome::no_room && code == EIO) code = ENOSPC;
  return lmdb_error(code, "fold", state_->directory());
}

bool Folder::would_wait(std::size_t entry_bytes) const noexcept {
  constexpr std::chrono::microseconds flush{100};  // On a disk that is not slow.
  const std::lock_guard lock(mutex_);
  const std::size_t waiting_bytes = overlay_.journal_bytes();
  return waiting_bytes > options_.journal_bytes_max ||
         pace_.pause_for(entry_bytes, waiting_bytes, Clock::now()) > flush;
}

Result<void> Folder::admit(std::size_t entry_bytes, bool puts) {
  std::unique_lock lock(mutex_);
  if (failure_ && puts && is_no_room(*failure_)) return *failure_;
  const Clock::time_point now = Clock::now();
  std::size_t waiting_bytes = overlay_.journal_bytes();
  const Clock::duration pause = pace_.pause_for(entry_bytes, waiting_bytes, now);
  StallNote stall{stats_, now, pause.count() > 0};  // Ends before the lock does.
  if (pause.count() > 0) {
    lock.unlock();
    std::this_thread::sleep_for(pause);
    lock.lock();
    waiting_bytes = overlay_.journal_bytes();
  }
  // At the bound there is no way but to wait; folding either goes on or says why not.
  while (waiting_bytes > options_.journal_bytes_max) {
    // relaxed: a flag on its own.
    if (progress_.poisoned.load(std::memory_order_relaxed)) return {};  // The caller will see.
    // What only erases makes room, and may use some of the memory for it.
    const bool helps = failure_ && is_no_room(*failure_) && !puts &&
                       waiting_bytes <= 2 * options_.journal_bytes_max;
    if (failure_ && !helps) return *failure_;
    // Asleep at the bound: what is not durable cannot be folded. The next commit makes it so.
    if (helps || asleep_) return {};
    stall.waited = true;
    folded_.wait_for(lock, milliseconds(20));
    waiting_bytes = overlay_.journal_bytes();
  }
  return {};
}

Folder::Stats Folder::stats() const noexcept {
  const std::lock_guard lock(mutex_);
  return stats_;
}

}  // namespace stet::detail
