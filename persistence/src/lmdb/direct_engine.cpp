// persistence/src/lmdb/direct_engine.cpp - one environment, written at every commit.
#include "direct_engine.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <string>
#include <utility>

#include "../crash_point.hpp"
#include "../owner_lock.hpp"
#include "environment.hpp"
#include "errors.hpp"
#include "failed_commit.hpp"
#include "generation.hpp"
#include "lmdb_view.hpp"
#include "meta_record.hpp"
#include "reserve.hpp"
#include "successor.hpp"
#include "transaction.hpp"

namespace stet::detail {
namespace {

class DirectEngine final : public LmdbEngine {
 public:
  DirectEngine(std::shared_ptr<Environment> environment, const LmdbOptions& options,
               const MetaRecord& meta)
      : environment_(std::move(environment)), options_(options), meta_(meta) {
    // The environment was flushed when it was opened. relaxed: nobody else knows this object yet.
    const CommitNumber last = environment_->info_inside().last_transaction;
    reserve_.keep_free(options_.disk_reserve);
    committed_.store(last, std::memory_order_relaxed);
    durable_.store(last, std::memory_order_relaxed);
  }

  [[nodiscard]] Result<CommitNumber> commit(std::span<const Operation> operations,
                                            Flush flush) override;
  [[nodiscard]] Result<void> flush() override;
  [[nodiscard]] Result<std::unique_ptr<View>> view() override;

  [[nodiscard]] std::uint64_t file_bytes() const noexcept override {
    return environment_->info().used_bytes;
  }
  [[nodiscard]] std::vector<ForeignReader> foreign_readers() override {
    return environment_->foreign_readers();
  }

  // acquire: pairs with the release stores of the writing thread, so that who sees a number also
  // sees that commit in the next view.
  [[nodiscard]] CommitNumber durable_number() const noexcept override {
    return durable_.load(std::memory_order_acquire);
  }
  [[nodiscard]] CommitNumber committed_number() const noexcept override {
    return committed_.load(std::memory_order_acquire);
  }
  // relaxed: a flag on its own, it publishes nothing.
  [[nodiscard]] bool poisoned() const noexcept override {
    return poisoned_.load(std::memory_order_relaxed);
  }

  [[nodiscard]] EngineLimits limits() const noexcept override {
    return {.key_bytes_max = 511,
            .value_bytes_max = std::size_t{64} << 20,
            .batch_bytes_max = std::size_t{256} << 20};
  }
  [[nodiscard]] EngineStats stats() const override;
  [[nodiscard]] StoreIdentity identity() const noexcept override {
    return {.id = meta_.store_id, .generation = meta_.generation};
  }
  [[nodiscard]] Result<Successor> make_successor(CommitNumber at_least) override {
    return make_lmdb_successor(options_, identity(), environment_->owner(), at_least);
  }

 private:
  [[nodiscard]] Result<void> check_usable() const;
  // 0 or LMDB's code; `committing` says on return whether the commit itself had begun.
  int try_commit(std::span<const Operation> operations, Flush flush, bool& committing);
  // 0, or why a batch that puts must wait until there is room.
  int ensure_room(std::span<const Operation> operations);
  Error failed(std::span<const Operation> operations, int code, bool committing);
  Error poison(int code, std::string_view doing);
  void publish(CommitNumber committed, CommitNumber durable) noexcept;
  void count(std::atomic<std::uint64_t>& counter, std::uint64_t n = 1) const noexcept {
    // relaxed: a statistic.
    counter.fetch_add(n, std::memory_order_relaxed);
  }

  const std::shared_ptr<Environment> environment_;
  const LmdbOptions options_;
  const MetaRecord meta_;
  Reserve reserve_;
  // Written by the writing thread, read by any.
  std::atomic<CommitNumber> committed_{0};
  std::atomic<CommitNumber> durable_{0};
  std::atomic<bool> poisoned_{false};
  std::atomic<std::uint64_t> commits_{0};
  std::atomic<std::uint64_t> operations_{0};
  std::atomic<std::uint64_t> flushes_{0};
  std::atomic<std::uint64_t> failures_{0};
  std::atomic<std::uint64_t> grown_{0};
};

Result<void> DirectEngine::check_usable() const {
  if (!environment_->usable_here()) {
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

Result<CommitNumber> DirectEngine::commit(std::span<const Operation> operations, Flush flush) {
  if (Result<void> usable = check_usable(); !usable) return std::move(usable).error();
  if (Result<void> fine = check_batch(operations, limits()); !fine) return std::move(fine).error();

  STET_CRASH_POINT("lmdb.commit.before");
  environment_->set_flush_meta(flush == Flush::full);
  bool committing = false;
  int code = try_commit(operations, flush, committing);
  // Bounded: each round doubles the map, up to its bound.
  while (code == MDB_MAP_FULL && environment_->grow(options_.map_bytes_max)) {
    count(grown_);
    code = try_commit(operations, flush, committing);
  }
  if (code != 0) {
    Error error = failed(operations, code, committing);
    STET_CRASH_POINT("lmdb.commit.failed");
    return error;
  }
  STET_CRASH_POINT("lmdb.commit.after");
  // A batch that changed nothing was not written, and LMDB did not flush for it.
  if (flush == Flush::full && durable_number() < committed_number()) {
    if (Result<void> flushed = this->flush(); !flushed) return std::move(flushed).error();
  }
  return committed_number();
}

int DirectEngine::try_commit(std::span<const Operation> operations, Flush flush, bool& committing) {
  committing = false;
  if (const int full = ensure_room(operations); full != 0) return full;
  WriteTransaction transaction(*environment_);
  int code = transaction.begin();
  for (const Operation& operation : operations) {
    if (code != 0) return code;
    switch (operation.kind) {
      case Operation::Kind::put: code = transaction.put(operation.key, operation.value); break;
      case Operation::Kind::erase: code = transaction.erase(operation.key); break;
      case Operation::Kind::erase_range:
        code = transaction.erase_range(operation.key, operation.value);
        break;
    }
  }
  if (code != 0) return code;
  STET_CRASH_POINT("lmdb.commit.filled");
  committing = true;
  const CommitNumber number = transaction.id();
  if (code = transaction.commit(); code != 0) return code;
  // LMDB writes nothing for a transaction without a change, and gives its id to the next one.
  if (environment_->info_inside().last_transaction != number) return 0;
  count(commits_);
  count(operations_, operations.size());
  // One flush a commit: it made the pages of this commit durable, and the meta page of the one
  // before; with a flushed meta page this commit too.
  publish(number, flush == Flush::full ? number : number - 1);
  return 0;
}

int DirectEngine::ensure_room(std::span<const Operation> operations) {
  return reserve_.make_room(*environment_, has_puts(operations), sum_bytes(operations));
}

Error DirectEngine::failed(std::span<const Operation> operations, int code, bool committing) {
  count(failures_);
  reserve_.forget();
  if (environment_->unmapped()) return poison(ENOMEM, "grow the map");
  const std::size_t batch_bytes = sum_bytes(operations);
  const Outcome outcome = committing ? judge_failed_commit(*environment_, code, batch_bytes)
                                     : judge_failed_fill(*environment_, code, batch_bytes);
  switch (outcome) {
    case Outcome::unknown: return poison(code, "commit");
    case Outcome::no_room:
      return lmdb_error(code == EIO ? ENOSPC : code, "commit", options_.directory);
    case Outcome::undone: break;
  }
  return lmdb_error(code, "commit", options_.directory);
}

Error DirectEngine::poison(int code, std::string_view doing) {
  // relaxed: see poisoned().
  poisoned_.store(true, std::memory_order_relaxed);
  Error error = lmdb_error(code, doing, options_.directory);
  error.code = Errc::outcome_unknown;
  error.text += "; what was not yet durable may be stored or not: reopen the store to learn which";
  return error;
}

void DirectEngine::publish(CommitNumber committed, CommitNumber durable) noexcept {
  // release: pairs with the acquire loads of any thread. committed_ first: nobody sees a number
  // durable that is not yet committed.
  committed_.store(committed, std::memory_order_release);
  durable_.store(std::max(durable, durable_number()), std::memory_order_release);
}

Result<void> DirectEngine::flush() {
  if (Result<void> usable = check_usable(); !usable) return usable;
  if (durable_number() == committed_number()) return {};
  STET_CRASH_POINT("lmdb.flush.before");
  count(flushes_);
  if (const int code = environment_->sync(); code != 0) {
    count(failures_);
    return poison(code, "flush");
  }
  STET_CRASH_POINT("lmdb.flush.after");
  publish(committed_number(), committed_number());
  return {};
}

Result<std::unique_ptr<View>> DirectEngine::view() {
  // Not check_usable(): a poisoned engine still shows what it has.
  if (!environment_->usable_here()) return check_usable().error();
  auto view = std::make_unique<LmdbView>(environment_);
  if (const int code = view->begin(); code != 0) {
    return lmdb_error(code, "read", options_.directory);
  }
  return Result<std::unique_ptr<View>>(std::move(view));
}

EngineStats DirectEngine::stats() const {
  const Environment::Info info = environment_->info();
  // relaxed: statistics, each on its own.
  return {.commits = commits_.load(std::memory_order_relaxed),
          .operations = operations_.load(std::memory_order_relaxed),
          .flushes = flushes_.load(std::memory_order_relaxed),
          .failures = failures_.load(std::memory_order_relaxed),
          .grown = grown_.load(std::memory_order_relaxed),
          .records = info.records,
          .used_bytes = info.used_bytes,
          .map_bytes = info.map_bytes,
          .views = environment_->reads_open()};
}

}  // namespace

Result<std::unique_ptr<LmdbEngine>> make_direct_engine(std::shared_ptr<Environment> environment,
                                                       const LmdbOptions& options,
                                                       const MetaRecord& meta) {
  return Result<std::unique_ptr<LmdbEngine>>(
      std::make_unique<DirectEngine>(std::move(environment), options, meta));
}

}  // namespace stet::detail
