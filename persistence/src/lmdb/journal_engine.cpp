// persistence/src/lmdb/journal_engine.cpp - committing to the journal, reading through the overlay.
#include "journal_engine.hpp"

#include <algorithm>
#include <atomic>
#include <new>
#include <string>
#include <system_error>
#include <utility>

#include "../crash_point.hpp"
#include "../journal/layered_view.hpp"
#include "../journal/overlay.hpp"
#include "../planted_fault.hpp"
#include "errors.hpp"
#include "failed_commit.hpp"
#include "folder.hpp"
#include "journal_log.hpp"
#include "journal_reading.hpp"
#include "pending_ranges.hpp"
#include "state_writer.hpp"
#include "successor.hpp"

namespace stet::detail {
namespace {

class JournalEngine final : public LmdbEngine {
 public:
  JournalEngine(std::shared_ptr<Environment> state, std::shared_ptr<Environment> journal,
                const LmdbOptions& options, const MetaRecord& meta)
      : state_(std::move(state)),
        options_(options),
        meta_(meta),
        log_(std::move(journal), meta.store_id) {}

  ~JournalEngine() override {
    // In a forked child there is no thread to wait for.
    if (!state_->usable_here()) static_cast<void>(folder_.release());
  }

  // Before anything else. Errors: as make_journal_engine().
  [[nodiscard]] Result<void> start(CommitNumber mark);

  [[nodiscard]] Result<CommitNumber> commit(std::span<const Operation> operations,
                                            Flush flush) override;
  [[nodiscard]] Result<void> flush() override;
  [[nodiscard]] bool would_wait(std::size_t bytes) const noexcept override {
    return folder_->would_wait(bytes);
  }
  [[nodiscard]] Result<std::unique_ptr<View>> view() override;

  [[nodiscard]] std::optional<std::optional<std::string>> peek(
      std::string_view key) const override {
    if (!state_->usable_here()) return std::nullopt;
    return overlay_.peek(key);
  }
  [[nodiscard]] std::uint64_t file_bytes() const noexcept override {
    return state_->info().used_bytes;
  }
  [[nodiscard]] std::vector<ForeignReader> foreign_readers() override {
    std::vector<ForeignReader> readers = state_->foreign_readers();
    const std::vector<ForeignReader> more = log_.environment().foreign_readers();
    readers.insert(readers.end(), more.begin(), more.end());
    return readers;
  }

  // acquire: pairs with the release stores of the writing thread, so that who sees a number also
  // sees that commit in the next view.
  [[nodiscard]] CommitNumber durable_number() const noexcept override {
    return progress_.durable.load(std::memory_order_acquire);
  }
  [[nodiscard]] CommitNumber committed_number() const noexcept override {
    return progress_.committed.load(std::memory_order_acquire);
  }
  // relaxed: a flag on its own, it publishes nothing.
  [[nodiscard]] bool poisoned() const noexcept override {
    return progress_.poisoned.load(std::memory_order_relaxed);
  }

  // An entry has some bytes more than its batch, and one LMDB value is less than 4 GiB: far away.
  [[nodiscard]] EngineLimits limits() const noexcept override {
    return {.key_bytes_max = 511,
            .value_bytes_max = std::size_t{64} << 20,
            .batch_bytes_max = std::size_t{256} << 20};
  }
  [[nodiscard]] EngineStats stats() const override;
  [[nodiscard]] EngineStats quick_stats() const override;
  [[nodiscard]] StoreIdentity identity() const noexcept override {
    return {.id = meta_.store_id, .generation = meta_.generation};
  }
  [[nodiscard]] Result<Successor> make_successor(CommitNumber at_least) override {
    return make_lmdb_successor(options_, identity(), state_->owner(), at_least);
  }

 private:
  [[nodiscard]] Result<void> check_usable() const;
  [[nodiscard]] int append(std::span<const Operation> operations, CommitNumber number,
                           std::size_t bytes, bool& committing);
  [[nodiscard]] Error failed(int code, std::size_t bytes, bool committing);
  [[nodiscard]] Error poison(int code, std::string_view doing);
  void publish(CommitNumber committed, CommitNumber durable) noexcept;
  void count(std::atomic<std::uint64_t>& counter, std::uint64_t n = 1) const noexcept {
    // relaxed: a statistic.
    counter.fetch_add(n, std::memory_order_relaxed);
  }

  const std::shared_ptr<Environment> state_;
  const LmdbOptions options_;
  const MetaRecord meta_;
  // Asked for before there is a folder: that one may be growing the state's map at any time.
  std::size_t state_page_bytes_ = 0;
  JournalLog log_;
  mutable Overlay overlay_;  // Merges also when it is read.
  JournalProgress progress_;
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> operations_{0};
  std::atomic<std::uint64_t> flushes_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::atomic<std::uint64_t> grown_{0};
  std::unique_ptr<Folder> folder_;  // Last: it works on the rest.
};

Result<void> JournalEngine::start(CommitNumber mark) {
  state_page_bytes_ = state_->info_inside().page_bytes;
  log_.reserve().keep_free(options_.disk_reserve);
  Result<KeyRanges> pending = read_pending(state_);
  if (!pending) return std::move(pending).error();
  const CommitNumber applied = is_planted(Fault::replay_all) ? 0 : mark;
  overlay_.set_committed(applied);
  CommitNumber before = applied;
  const auto apply = [&](CommitNumber number, std::span<const Operation> batch,
                         std::size_t bytes) -> Result<void> {
    // What was journalled was checked; a journal by other hands must not harm the state either.
    if (Result<void> fine = check_batch(batch, limits()); !fine) {
      return Error(Errc::corrupt, "journal entry " + std::to_string(number) + ": " +
                                      fine.error().text + "; restore the store from a copy");
    }
    if (number != before + 1) overlay_.set_committed(number - 1);
    before = number;
    overlay_.reserve();
    overlay_.add(SortedRun::of_batch(batch, number, bytes));
    return {};
  };
  if (Result<void> done = log_.replay(applied, apply); !done) return done;
  // Beyond both: a number is never used again, also when its entry is cut and all is folded.
  const CommitNumber last =
      is_planted(Fault::number_from_last) ? log_.last() : std::max({mark, log_.last(), log_.cut()});
  overlay_.set_committed(last);
  publish(last, last);
  STET_CRASH_POINT("journal.open.replayed");
  folder_ = std::make_unique<Folder>(
      state_, overlay_, progress_,
      FolderOptions{.journal_bytes_max = options_.journal.bytes_max,
                    .idle = options_.journal.fold_idle,
                    .map_bytes_max = options_.map_bytes_max,
                    .bounds = {.erased_records_max = options_.journal.erased_records_max,
                               .pending_ranges_max = options_.journal.pending_ranges_max,
                               .disk_reserve = options_.disk_reserve / 2}},
      mark, std::move(pending).value());
  folder_->note_commit();
  return {};
}

Result<void> JournalEngine::check_usable() const {
  if (!state_->usable_here()) {
    return Error(Errc::unsupported,
                 "this process was forked from the one that opened the store: only that one may "
                 "use it; open stores after forking");
  }
  if (poisoned()) {
    return Error(Errc::poisoned, "an earlier flush failed in " + options_.directory.string() +
                                     ", nothing is written any more: reopen the store");
  }
  return {};
}

Result<CommitNumber> JournalEngine::commit(std::span<const Operation> operations, Flush flush) {
  if (Result<void> usable = check_usable(); !usable) return std::move(usable).error();
  if (Result<void> fine = check_batch(operations, limits()); !fine) return std::move(fine).error();
  if (operations.empty()) {
    if (flush == Flush::full) {
      if (Result<void> flushed = this->flush(); !flushed) return std::move(flushed).error();
    }
    return committed_number();
  }

  const std::size_t bytes = entry_bytes(operations);
  if (Result<void> room = folder_->admit(bytes, has_puts(operations)); !room) {
    count(failures_);
    return std::move(room).error();
  }
  // All memory is taken before anything is written: after the commit nothing can fail.
  const CommitNumber number = committed_number() + 1;
  std::shared_ptr<const SortedRun> run;
  try {
    overlay_.reserve();
    run = SortedRun::of_batch(operations, number, bytes);
  } catch (const std::bad_alloc&) {
    count(failures_);
    return Error(Errc::no_memory, "commit: an allocation failed; try again");
  }
  // What is in the journal can be folded, given space: so it must not need more than there may be.
  const std::uint64_t map_bytes = map_bytes_for(*run, state_page_bytes_);
  if (map_bytes > options_.map_bytes_max) {
    count(failures_);
    return Error(Errc::map_full, "a batch that needs " + std::to_string(map_bytes) +
                                     " bytes of map in the state, which may have " +
                                     std::to_string(options_.map_bytes_max) +
                                     ": split it or raise the bound");
  }

  STET_CRASH_POINT("journal.commit.before");
  log_.environment().set_flush_meta(flush == Flush::full);
  bool committing = false;
  if (const int code = append(operations, number, bytes, committing); code != 0) {
    Error error = failed(code, bytes, committing);
    STET_CRASH_POINT("journal.commit.failed");
    return error;
  }
  STET_CRASH_POINT("journal.commit.after");
  overlay_.add(std::move(run));
  // One flush a commit: it made the pages of this commit durable, and the meta page of the one
  // before; with a flushed meta page this commit too.
  publish(number, flush == Flush::full ? number : number - 1);
  count(commits_);
  count(operations_, operations.size());
  folder_->note_commit();
  return number;
}

int JournalEngine::append(std::span<const Operation> operations, CommitNumber number,
                          std::size_t bytes, bool& committing) {
  const auto try_append = [&] {
    const CommitNumber mark = is_planted(Fault::cut_early) ? folder_->taken() : folder_->mark();
    if (const int full = log_.reserve().make_room(log_.environment(), has_puts(operations), bytes);
        full != 0) {
      return full;
    }
    return log_.append(number, operations, bytes, mark, committing);
  };
  int code = try_append();
  // Bounded: each round doubles the map, up to its bound.
  while (code == MDB_MAP_FULL && log_.environment().grow(journal_map_bytes_max(options_))) {
    count(grown_);
    code = try_append();
  }
  if (code == MDB_MAP_FULL && log_.cut() < folder_->mark()) {
    code = log_.cut_all(folder_->mark());
    if (code == 0) code = try_append();
  }
  return code;
}

Error JournalEngine::failed(int code, std::size_t bytes, bool committing) {
  count(failures_);
  log_.reserve().forget();
  Environment& journal = log_.environment();
  if (journal.unmapped()) return poison(ENOMEM, "grow the map");
  const Outcome outcome = committing ? judge_failed_commit(journal, code, bytes)
                                     : judge_failed_fill(journal, code, bytes);
  switch (outcome) {
    case Outcome::unknown: return poison(code, "commit");
    case Outcome::no_room:
      return lmdb_error(code == EIO ? ENOSPC : code, "commit", options_.directory);
    case Outcome::undone: break;
  }
  return lmdb_error(code, "commit", options_.directory);
}

Error JournalEngine::poison(int code, std::string_view doing) {
  // relaxed: see poisoned().
  progress_.poisoned.store(true, std::memory_order_relaxed);
  Error error = lmdb_error(code, doing, options_.directory);
  error.code = Errc::outcome_unknown;
  error.text += "; what was not yet durable may be stored or not: reopen the store to learn which";
  return error;
}

void JournalEngine::publish(CommitNumber committed, CommitNumber durable) noexcept {
  // release: pairs with the acquire loads of any thread. `committed` first: nobody sees a number
  // durable that is not yet committed.
  progress_.committed.store(committed, std::memory_order_release);
  progress_.durable.store(std::max(durable, durable_number()), std::memory_order_release);
}

Result<void> JournalEngine::flush() {
  if (Result<void> usable = check_usable(); !usable) return usable;
  if (durable_number() == committed_number()) return {};
  STET_CRASH_POINT("journal.flush.before");
  count(flushes_);
  if (const int code = log_.environment().sync(); code != 0) {
    count(failures_);
    return poison(code, "flush");
  }
  STET_CRASH_POINT("journal.flush.after");
  publish(committed_number(), committed_number());
  folder_->note_commit();
  return {};
}

Result<std::unique_ptr<View>> JournalEngine::view() {
  // Not check_usable(): a poisoned engine still shows what it has.
  if (!state_->usable_here()) return check_usable().error();
  Result<JournalReading> reading = begin_reading(state_, overlay_);
  if (!reading) return std::move(reading).error();
  return Result<std::unique_ptr<View>>(std::make_unique<LayeredView>(
      std::move(reading->layers), std::move(reading->state), reading->number));
}

EngineStats JournalEngine::quick_stats() const {
  const Environment::Info state = state_->info();
  const Folder::Stats folds = folder_->stats();
  const CommitNumber committed = committed_number();
  // relaxed: statistics, each on its own.
  return {.commits = commits_.load(std::memory_order_relaxed),
          .operations = operations_.load(std::memory_order_relaxed),
          .flushes = flushes_.load(std::memory_order_relaxed),
          .failures = failures_.load(std::memory_order_relaxed),
          .grown = grown_.load(std::memory_order_relaxed) + folds.grown,
          .records = state.records,
          .used_bytes = state.used_bytes,
          .map_bytes = state.map_bytes,
          .views = state_->reads_open(),
          .journal_bytes = overlay_.journal_bytes(),
          .overlay_bytes = overlay_.bytes(),
          .fold_lag = committed - std::min(committed, folder_->mark()),
          .folds = folds.folds,
          .folded_keys = folds.keys,
          .fold_failures = folds.failures,
          .stalls = folds.stalls,
          .stall_time = folds.stall_time};
}

EngineStats JournalEngine::stats() const {
  EngineStats stats = quick_stats();
  if (!state_->usable_here()) return stats;
  const Result<JournalReading> reading = begin_reading(state_, overlay_);
  const Result<std::uint64_t> records = reading ? count_records(*reading) : reading.error();
  if (records) stats.records = *records;
  return stats;
}

}  // namespace

Result<std::unique_ptr<LmdbEngine>> make_journal_engine(std::shared_ptr<Environment> state,
                                                        std::shared_ptr<Environment> journal,
                                                        const LmdbOptions& options,
                                                        const MetaRecord& meta, CommitNumber mark) {
  try {
    auto engine =
        std::make_unique<JournalEngine>(std::move(state), std::move(journal), options, meta);
    if (Result<void> started = engine->start(mark); !started) return std::move(started).error();
    return Result<std::unique_ptr<LmdbEngine>>(std::move(engine));
  } catch (const std::bad_alloc&) {
    return Error(Errc::no_memory, "open: no memory for what the journal holds");
  } catch (const std::system_error& error) {
    return Error(Errc::no_memory, std::string("open: no thread for folding: ") + error.what(),
                 error.code().value());
  }
}

std::size_t journal_map_bytes_max(const LmdbOptions& options) noexcept {
  constexpr std::size_t enough = std::size_t{64} << 30;
  return std::min(options.map_bytes_max / 2, enough);
}

}  // namespace stet::detail
