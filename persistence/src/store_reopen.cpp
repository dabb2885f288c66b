// persistence/src/store_reopen.cpp - a flush has failed, and how the store goes on.
//
// What was not durable stays in memory, the oldest first: it is read as before, and is the first that
// the successor commits, but for what that one holds already. Writing final values once more changes
// nothing, so whether the failed commit is in the copy or not makes no difference. That is why no
// actor has to be discarded for what it has read.
#include <new>
#include <utility>

#include "error_text.hpp"
#include "planted_fault.hpp"
#include "store_actor.hpp"

namespace stet::detail {
namespace {

constexpr unsigned reopen_attempts_max = 8;
constexpr std::size_t reopen_waiters_max = 64;

}  // namespace

void StoreActor::poison(const Error& why) noexcept {
  lost_to_ = copy_of(why);
  disk_ = Disk::lost;
  try {
    keep_unsettled();
  } catch (const std::bad_alloc&) {
    // Without a disk and without memory: then what is not known is lost, and everybody is told.
    stop_writing(why);
    return fail_all(unknown_outcome(why));
  }
  if (options_.failure == FailurePolicy::stop || reopen_attempts_ >= reopen_attempts_max) {
    return stop_writing(why);
  }
  disk_ = Disk::reopening;
  if (options_.failure != FailurePolicy::degrade || !go_on_in_memory(why)) {
    set_health(StoreState::poisoned, why);
  }
  start_reopening();
}

// Behind them what was sent later.
void StoreActor::keep_unsettled() {
  view_.reset();
  while (!committed_.empty()) {
    batches_.emplace_front();
    batches_.front() = std::move(committed_.back());
    committed_.pop_back();
  }
}

// Everybody who waits is told; what they wrote stays, for it may have been read.
void StoreActor::stop_writing(const Error& why) noexcept {
  disk_ = Disk::lost;
  set_health(StoreState::poisoned, why);
  const Error unknown = unknown_outcome(why);
  for (const std::unique_ptr<Batch>& batch : batches_) batch->fail(unknown);
  for (Promise<Reopen>& waiter : reopen_waiters_) waiter.fail(copy_of(why));
  reopen_waiters_.clear();
  answer_waiting_reads();
  answer_those_who_wait();
}

void StoreActor::take(Reopen, Promise<Reopen>& answer) {
  if (disk_ == Disk::writable) return answer.resolve(Ack{engine_->durable_number()});
  if (reopen_waiters_.size() >= reopen_waiters_max) {
    return answer.fail(Error(Errc::mailbox_full, "too many wait for the store to be reopened"));
  }
  reopen_waiters_.reserve(reopen_waiters_max);
  reopen_waiters_.push_back(std::move(answer));
  if (disk_ == Disk::reopening) return;
  disk_ = Disk::reopening;
  reopen_attempts_ = 0;
  start_reopening();
}

void StoreActor::start_reopening() noexcept {
  ++reopen_attempts_;
  if (!reopener_.is_alive()) {
    return reopening_failed(error_of(Errc::shutting_down, "the System is being shut down"));
  }
  try {
    reopener_.send(MakeSuccessor{engine_, engine_->durable_number(), Recipient<Reopened>(self())});
  } catch (const std::bad_alloc&) {
    reopening_failed(Error(Errc::no_memory));
  }
}

void StoreActor::handle(Reopened message) {
  if (disk_ != Disk::reopening) return;
  if (!message.made) return reopening_failed(message.made.error());
  try {
    take_over(std::move(message.made).value());
  } catch (const std::bad_alloc&) {  // Before anything has changed.
    reopening_failed(Error(Errc::no_memory));
  }
}

void StoreActor::reopening_failed(const Error& why) noexcept {
  // Who goes on in memory has time.
  const bool go_on =
      may_succeed_later(why.code) && (in_memory_ || reopen_attempts_ < reopen_attempts_max);
  if (go_on) return wait_to_retry();
  in_memory_ = false;
  stop_writing(told(why.code, why.native, [&] {
    return "after " + lost_to_.message() + "; reopening failed: " + why.message();
  }));
}

// Throws bad_alloc before it has done anything.
void StoreActor::take_over(Successor successor) {
  const std::shared_ptr<Engine> engine(std::move(successor.engine));
  reader_.address.send(UseEngine{engine});
  view_.reset();
  link_->counters.attach(*engine);  // Before the old one may end.
  engine_ = engine;
  disk_ = Disk::writable;
  ++epoch_;
  while (!batches_.empty()) {
    Batch& batch = *batches_.front();
    const bool is_held = batch.number() != 0 && batch.number() <= successor.holds;
    if (!is_held && !is_planted(Fault::forget_unsettled)) break;
    static_cast<void>(answer(batch));
    finish_front(batches_);
  }
  commit_ready();
  // Who was told that nothing is known has nothing to wait for, but others may have read it.
  if (disk_ == Disk::writable && engine_->durable_number() < engine_->committed_number()) {
    if (Result<void> done = flush_engine(); !done) return on_failure(done.error());
    static_cast<void>(settle_durable());
  }
  if (disk_ != Disk::writable) return;
  if (may_write()) set_health(StoreState::ok);
  for (Promise<Reopen>& waiter : reopen_waiters_) waiter.resolve(Ack{successor.holds});
  reopen_waiters_.clear();
}

}  // namespace stet::detail
