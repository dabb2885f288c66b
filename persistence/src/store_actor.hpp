// persistence/src/store_actor.hpp - the one writer of an engine.
//
// It appends what comes to the open batch and commits when its mail is handled: while one commit
// waits for the disk the next batch gathers in the mailbox.
//
// A commit costs one flush, which makes the commit before it safe from a power cut, not itself. So a
// batch is acknowledged by the commit of the next one where that is on its way, else by a flush of
// its own, and always before the store does anything that takes long.
//
//   handlers           store_actor.cpp
//   checks             store_checks.cpp
//   reads              store_reads.cpp, and store_reader.cpp on another thread
//   conditions         store_conditions.cpp
//   commit, retry      store_commit.cpp
//   a failed flush     store_reopen.cpp, store_memory.cpp
//
// Threads    An actor; with LMDB on a thread of its own, for a commit waits for the disk.
// Order      One queue. A batch is never overtaken; every waiter gets exactly one answer.
// Failure    What may succeed later (a full disk) is kept and repeated, and reads go on. A failed
//            flush poisons the engine; what was not durable is kept here, is read, and is the first
//            that its successor writes. So nothing that anybody has read is ever taken back.
// Memory     Where an allocation fails, who asked is told no_memory and nothing of it is taken in; a
//            commit is repeated like one that found a full disk. The store goes on.
// Bounds     Batches by BatchBounds; what waits by the queue's bytes: actors are paused, single
//            writes refused with would_block. Who only waits, for a flush, a change, a scope, a read or
//            for room: as many of each as small changes fit in the queue, then mailbox_full.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <stet/persistence/detail/store_link.hpp>
#include <stet/runtime/actor.hpp>

#include "batch.hpp"
#include "engine.hpp"
#include "owners.hpp"
#include "store_page.hpp"
#include "store_reader.hpp"
#include "store_reopener.hpp"

namespace stet::detail {

struct StoreActorOptions {
  BatchBounds bounds;
  std::chrono::nanoseconds retry_initial = std::chrono::milliseconds(10);
  std::chrono::nanoseconds retry_max = std::chrono::seconds(1);
  FailurePolicy failure = FailurePolicy::stop;
  std::uint64_t seed = 0;
  std::uint64_t session = 1;  // Goes with the first commit, see store_session.hpp.
  // While commits go on the reader looks for readers of other processes so often.
  std::chrono::nanoseconds look_interval = std::chrono::seconds(15);
  StoreHealthHook on_health;
};

class StoreActor : public Actor<StoreActor> {
 public:
  StoreActor(std::shared_ptr<Engine> engine, std::shared_ptr<StoreLink> link, ReaderHandle reader,
             Address<StoreReopener> reopener, StoreActorOptions options);
  // Commits what it still holds; what cannot be stored is answered with the reason.
  ~StoreActor();

  void handle(Insert message, Promise<Insert> answer) { guard(message, answer); }
  void handle(InsertBatch message, Promise<InsertBatch> answer) { guard(message, answer); }
  void handle(Remove message, Promise<Remove> answer) { guard(message, answer); }
  void handle(RemovePrefix message, Promise<RemovePrefix> answer) { guard(message, answer); }
  void handle(FlushAll message, Promise<FlushAll> answer) { guard(message, answer); }
  void handle(Get message, Promise<Get> answer) { guard(message, answer); }
  void handle(Scan message, Promise<Scan> answer) { guard(message, answer); }
  void handle(BeginView message, Promise<BeginView> answer) { guard(message, answer); }
  void handle(Change change);
  void handle(Acquire message, Promise<Acquire> answer) { guard(message, answer); }
  void handle(Release message);
  void handle(const HandOver& message);
  void handle(AwaitChange message, Promise<AwaitChange> answer) { guard(message, answer); }
  void handle(AwaitRoom message, Promise<AwaitRoom> answer) { guard(message, answer); }
  void handle(Declare message);
  void handle(const Ungranted& message);
  void handle(ReadersWatched message);
  void handle(Reopen message, Promise<Reopen> answer) { guard(message, answer); }
  void handle(Reopened message);
  void on_drained();
  void on_wake();

 private:
  // What the handlers do. They keep the answer until nothing can fail any more.
  void take(Insert& message, Promise<Insert>& answer);
  void take(InsertBatch& message, Promise<InsertBatch>& answer);
  void take(Remove& message, Promise<Remove>& answer);
  void take(const RemovePrefix& message, Promise<RemovePrefix>& answer);
  void take(FlushAll message, Promise<FlushAll>& answer);
  void take(const Get& message, Promise<Get>& answer);
  void take(Scan& message, Promise<Scan>& answer);
  void take(BeginView message, Promise<BeginView>& answer);
  void take(Change& change);
  void take(Acquire& message, Promise<Acquire>& answer);
  void take(AwaitChange& message, Promise<AwaitChange>& answer);
  void take(AwaitRoom message, Promise<AwaitRoom>& answer);
  void take(Declare& message);
  void take(Reopen message, Promise<Reopen>& answer);
  template <class M>
  void guard(M& message, Promise<M>& answer) {
    try {
      take(message, answer);
    } catch (const std::bad_alloc&) {
      answer.fail(Error(Errc::no_memory));
    }
  }

  // Checks, in store_checks.cpp. Errors: invalid_argument, too_large, already_owned.
  [[nodiscard]] Result<void> check_key(std::string_view key) const;
  [[nodiscard]] Result<void> check_record(std::string_view key, std::string_view value) const;
  [[nodiscard]] Result<void> check_change(std::string_view bytes, std::uint64_t owner_id) const;
  // Is anything written at all, and is there room for a single write? Errors: poisoned,
  // would_block.
  [[nodiscard]] Result<void> check_open(bool single) const;

  // Conditions, in store_conditions.cpp: against what is committed and what waits before it. Only once
  // the batch is open that will take the write, for opening it may fail what waits. Errors:
  // revision_conflict, corrupt, those of reading.
  [[nodiscard]] Result<std::uint64_t> revision_of(std::string_view key, std::string_view record);
  [[nodiscard]] Result<void> check_expected(std::string_view key, const Expected& expected);
  [[nodiscard]] Result<void> check_conditions(const std::vector<Condition>& conditions);
  // Is it a struct with a record a field?
  [[nodiscard]] bool is_split(std::string_view scope);
  [[nodiscard]] bool append_bounds(std::string_view change, const ChangeOperation& operation,
                                   std::vector<Record>& bounds);
  [[nodiscard]] std::vector<Record> fields_to_erase(bool is_whole, std::string_view scope);

  // How many may wait for what is not committed yet.
  [[nodiscard]] std::size_t waiters_max() const noexcept;
  // The batch that takes the next group of this size.
  [[nodiscard]] Batch& open_batch(std::size_t bytes);
  template <class M>
  void accept(Batch& batch, std::size_t bytes, std::optional<Durability> durability,
              Promise<M> answer);
  template <class M>
  void await_all(Durability durability, Promise<M>& answer);

  // Reads, in store_reads.cpp.
  template <class M>
  struct Asked {
    M question;
    Promise<M> answer;
  };
  using WaitingRead = std::variant<Asked<Scan>, Asked<BeginView>>;
  // Without the disk; nullopt: that cannot be said.
  [[nodiscard]] std::optional<std::optional<std::string>> known(std::string_view key) const;
  [[nodiscard]] Result<std::optional<std::string>> read_here(std::string_view key);
  [[nodiscard]] Result<View*> view();
  [[nodiscard]] Result<void> check_reader() const;
  template <class M>
  void answer_when_committed(M& question, Promise<M>& answer);
  void hand_over(WaitingRead read) noexcept;
  void answer_here(WaitingRead read) noexcept;
  void answer_waiting_reads() noexcept;
  void grant(const Acquire& message, Promise<Acquire>& answer);
  template <class N, class M, class F>
  void ask_reader(Promise<M>& answer, F&& question);

  // Commits, in store_commit.cpp.
  [[nodiscard]] bool may_write() const noexcept { return !retrying_ && disk_ == Disk::writable; }
  void commit_ready() noexcept;
  [[nodiscard]] bool commit_front();
  void end_turns() noexcept;
  [[nodiscard]] bool flush_committed() noexcept;
  [[nodiscard]] bool wait_for_company();
  std::size_t settle_durable() noexcept;
  [[nodiscard]] Result<CommitNumber> write(Batch& batch) noexcept;
  [[nodiscard]] Result<void> flush_engine() noexcept;
  std::size_t answer(Batch& batch) noexcept;
  [[nodiscard]] Batch* last_unanswered() noexcept;
  [[nodiscard]] static bool may_succeed_later(Errc code) noexcept;
  void on_failure(const Error& why) noexcept;
  void wait_to_retry() noexcept;
  void fail_all(const Error& why) noexcept;
  void let_go(Batch& batch) noexcept;
  void finish_front(Batches& batches) noexcept;
  void note_time(std::chrono::nanoseconds took) noexcept;
  void answer_those_who_wait() noexcept;
  void set_health(StoreState state, const Error& reason = {}) noexcept;

  // After a failed flush, in store_reopen.cpp.
  void poison(const Error& why) noexcept;
  void keep_unsettled();
  void stop_writing(const Error& why) noexcept;
  void start_reopening() noexcept;
  void reopening_failed(const Error& why) noexcept;
  void take_over(Successor successor);

  // Without a disk, in store_memory.cpp.
  [[nodiscard]] BatchBounds batch_bounds() const noexcept;
  [[nodiscard]] bool go_on_in_memory(const Error& why) noexcept;
  void answer_from_memory() noexcept;
  [[nodiscard]] bool leave_memory() noexcept;

  std::shared_ptr<Engine> engine_;
  const std::shared_ptr<StoreLink> link_;
  const ReaderHandle reader_;
  const Address<StoreReopener> reopener_;
  const StoreActorOptions options_;
  const EngineLimits limits_;
  const std::size_t group_bytes_max_;

  Batches batches_;          // Oldest first; more than one only after a failure.
  Batches committed_;        // Not durable, and so not acknowledged, or kept all the same. A few.
  bool flush_left_ = false;  // To the next commit: mail was there that may bring one.
  std::size_t company_ = 0;  // So many were answered by the last commit, and have not come back.
  std::chrono::nanoseconds flush_time_{0};      // A mean over the last few.
  static constexpr std::size_t spares_max = 3;  // One gathers while two wait for their flush.
  std::vector<std::unique_ptr<Batch>> spares_;
  std::unique_ptr<View> view_;              // Between two commits, while mail is being handled.
  std::vector<WaitingRead> waiting_reads_;  // For the commit of what was sent before them.
  std::chrono::nanoseconds looked_{0};      // When the reader was last told to.
  std::optional<Error> long_reader_;        // Of another process.
  Owners owners_;
  const std::shared_ptr<Unit> foreign_;  // Who writes without owning: counted, nobody to stop.
  std::vector<Promise<AwaitRoom>> room_waiters_;
  // For scopes whose owners are leaving.
  struct ScopeWaiter {
    Acquire wanted;
    Promise<Acquire> answer;
  };
  std::vector<ScopeWaiter> scope_waiters_;
  std::size_t observers_ = 0;  // Of all batches.
  bool release_lost_ = false;  // Of a scope: there was no memory to remember it.

  const std::string session_key_;
  const std::string session_value_;
  bool session_written_ = false;

  enum class Disk : std::uint8_t {
    writable,
    reopening,  // The engine is poisoned, a successor is being made; what comes waits.
    lost        // The engine is poisoned, what comes is refused.
  };
  Disk disk_ = Disk::writable;
  std::uint64_t epoch_ = 0;
  unsigned reopen_attempts_ = 0;  // Since a flush succeeded.
  Error lost_to_;                 // Why, unless writable.
  std::vector<Promise<Reopen>> reopen_waiters_;
  bool in_memory_ = false;  // The first batch is acknowledged, and committed nowhere.

  bool retrying_ = false;  // on_wake() will try again.
  std::chrono::nanoseconds retry_delay_;
  std::mt19937_64 random_;
};

}  // namespace stet::detail
