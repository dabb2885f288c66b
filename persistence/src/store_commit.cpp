// persistence/src/store_commit.cpp - from a batch to the engine, and what happens when it fails.
#include <algorithm>
#include <thread>
#include <utility>

#include "error_text.hpp"
#include "planted_fault.hpp"
#include "store_actor.hpp"

namespace stet::detail {
namespace {

// A commit this slow is worth a warning: people notice it.
constexpr std::chrono::nanoseconds slow_commit = std::chrono::milliseconds(500);

Error slow_error(std::chrono::nanoseconds took) noexcept {
  return told(Errc::io, 0, [&] {
    return "a commit took " + std::to_string(took.count() / 1'000'000) + " ms: look after the disk";
  });
}

}  // namespace

StoreActor::~StoreActor() {
  retrying_ = false;
  commit_ready();
  static_cast<void>(flush_committed());
  // An orderly end leaves nothing to chance, whatever class it was written with.
  if (may_write() && batches_.empty() && engine_->durable_number() < engine_->committed_number()) {
    if (auto done = flush_engine(); !done) poison(done.error());
  }
  Error last_words;
  if (in_memory_) {
    last_words = error_of(Errc::outcome_unknown, "what was acknowledged from memory alone is lost");
  }
  if (disk_ != Disk::writable) {
    fail_all(error_of(Errc::outcome_unknown, "the store stopped before it was reopened"));
  } else if (!batches_.empty()) {
    fail_all(error_of(Errc::shutting_down, "the store stopped before there was room to write"));
  }
  for (Promise<Reopen>& waiter : reopen_waiters_) waiter.fail(Error(Errc::shutting_down));
  for (Promise<AwaitRoom>& waiter : room_waiters_) waiter.fail(Error(Errc::shutting_down));
  for (ScopeWaiter& waiter : scope_waiters_) waiter.answer.fail(Error(Errc::shutting_down));
  view_.reset();
  link_->counters.detach();
  set_health(StoreState::closed, last_words);
}

void StoreActor::on_drained() {
  view_.reset();  // A view that is kept while nothing happens keeps pages from being used again.
  commit_ready();
  answer_from_memory();
  end_turns();
}

void StoreActor::on_wake() {
  if (std::exchange(retrying_, false)) {
    if (disk_ == Disk::reopening) {
      start_reopening();
    } else {
      commit_ready();
    }
  }
  end_turns();
}

void StoreActor::commit_ready() noexcept {
  while (may_write() && !batches_.empty()) {
    try {
      if (!commit_front()) break;
    } catch (const std::bad_alloc&) {  // Before the commit: nothing was written.
      on_failure(Error(Errc::no_memory));
      break;
    }
  }
  answer_waiting_reads();
  answer_those_who_wait();
}

// Whoever waits for the last commit is answered by a flush, or, if mail is there, by the next commit.
// Only once: it may be mail that brings none.
void StoreActor::end_turns() noexcept {
  if (release_lost_ && batches_.empty() && last_unanswered() == nullptr) {
    release_lost_ = false;
    owners_.release_leaving();
  }
  if (last_unanswered() == nullptr) return;
  // What has come may be a signal, which brings no turn: then this thread is woken for the flush.
  constexpr std::chrono::nanoseconds soon = std::chrono::milliseconds(1);
  if (!flush_left_ && (more_mail() || wait_for_company()) && wake_at(now() + soon)) {
    flush_left_ = true;
    return;
  }
  static_cast<void>(flush_committed());
}

// True: mail has come. Those who were answered by the last commit are likely to write again at once;
// then the flush of their next commit is the one that is wanted here. Where there was nobody, or the
// clock is a virtual one, no time is spent.
bool StoreActor::wait_for_company() {
  const auto is_urgent = [](const std::unique_ptr<Batch>& batch) { return batch->is_urgent(); };
  if (std::exchange(company_, 0) == 0 ||
      std::any_of(committed_.begin(), committed_.end(), is_urgent)) {
    return false;
  }
  constexpr std::chrono::nanoseconds longest = std::chrono::milliseconds(1);
  const std::chrono::nanoseconds until = now() + std::min(flush_time_ / 2, longest);
  while (now() < until) {
    if (more_mail()) return true;
    std::this_thread::yield();  // On a busy machine they may need this very core.
  }
  return false;
}

bool StoreActor::commit_front() {
  Batch& batch = *batches_.front();
  view_.reset();  // The map cannot grow while a view is open.
  // An erase leaves no revision behind, and must stay one: it may use room that puts may not.
  if (!session_written_ && !batch.is_sealed() && batch.has_puts()) {
    batch.put(session_key_, session_value_);
  }
  const bool has_puts = !session_written_ && batch.has_puts();
  // What is committed must not wait for longer than it has to.
  if (engine_->would_wait(batch.bytes()) && !flush_committed()) return false;
  committed_.emplace_back();  // Its place: after the commit nothing may fail.
  const std::chrono::nanoseconds began = now();
  const Result<CommitNumber> done = write(batch);
  if (!done) {
    committed_.pop_back();
    on_failure(done.error());
    return false;
  }
  session_written_ = session_written_ || has_puts;
  retry_delay_ = options_.retry_initial;
  batch.set_number(*done);
  committed_.back() = std::move(batches_.front());
  batches_.pop_front();
  flush_left_ = false;
  company_ = settle_durable();
  if (in_memory_ && !leave_memory()) return false;
  const std::chrono::nanoseconds ended = now();
  note_time(ended - began);
  if (ended - looked_ >= options_.look_interval && reader_.address.is_alive()) {
    looked_ = ended;
    try {
      reader_.address.send<LookAround>();
    } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): a later commit tells it.
    }
  }
  return true;
}

// One flush: it makes the pages of this commit durable, and the commit before it.
Result<CommitNumber> StoreActor::write(Batch& batch) noexcept {
  try {
    const std::span<const Operation> operations = batch.seal();
    if (operations.empty()) return engine_->committed_number();
    const std::chrono::nanoseconds began = now();
    Result<CommitNumber> done = engine_->commit(operations, Flush::process);
    if (!done) return done;
    link_->counters.note_commit(batch.tickets(), operations.size(), batch.bytes(), now() - began);
    return done;
  } catch (const std::bad_alloc&) {  // Before anything was written.
    return Error(Errc::no_memory);
  }
}

// False: it failed.
bool StoreActor::flush_committed() noexcept {
  if (last_unanswered() == nullptr) return true;
  const std::chrono::nanoseconds began = now();
  if (Result<void> done = flush_engine(); !done) {
    on_failure(done.error());
    return false;
  }
  link_->counters.note_flush(now() - began);
  static_cast<void>(settle_durable());
  answer_those_who_wait();
  const std::chrono::nanoseconds took = now() - began;
  flush_time_ += (took - flush_time_) / 8;
  note_time(took);
  return true;
}

// Only the text of an error takes memory there.
Result<void> StoreActor::flush_engine() noexcept {
  try {
    return engine_->flush();
  } catch (const std::bad_alloc&) {
    return Error(engine_->poisoned() ? Errc::outcome_unknown : Errc::no_memory);
  }
}

// In the order they came: nobody is told before those who came before. How many were waiting.
std::size_t StoreActor::settle_durable() noexcept {
  const CommitNumber durable = engine_->durable_number();
  std::size_t answered = 0;
  while (!committed_.empty() && committed_.front()->number() <= durable) {
    answered += answer(*committed_.front());
    finish_front(committed_);
  }
  if (committed_.empty()) reopen_attempts_ = 0;
  // Who needs no flush is told. What he wrote is kept here until it is durable, for a flush that fails
  // may take it back.
  for (const std::unique_ptr<Batch>& batch : committed_) {
    if (batch->needs_flush() && !is_planted(Fault::ack_early)) break;
    answered += answer(*batch);
  }
  return answered;
}

std::size_t StoreActor::answer(Batch& batch) noexcept {
  const std::size_t waiters = batch.waiters();
  batch.settle(Ack{batch.number()});
  let_go(batch);
  return waiters;
}

// Of what is committed, the last that somebody waits for.
Batch* StoreActor::last_unanswered() noexcept {
  if (committed_.empty() || committed_.back()->is_answered()) return nullptr;
  return committed_.back().get();
}

void StoreActor::note_time(std::chrono::nanoseconds took) noexcept {
  if (took >= slow_commit) {
    set_health(StoreState::slow, slow_error(took));
  } else if (link_->is_over_bound()) {
    set_health(StoreState::slow, error_of(Errc::would_block, "writers wait: the queue is full"));
  } else if (long_reader_) {
    set_health(StoreState::slow, *long_reader_);
  } else {
    set_health(StoreState::ok);
  }
}

void StoreActor::handle(ReadersWatched message) {
  long_reader_ = std::move(message.alarm);
  if (may_write()) note_time({});
}

// Nothing of the batch was stored, and the same batch may be stored later. Not so where the map is at
// its bound: time does not help, and what would help, erasing, would have to wait behind it.
bool StoreActor::may_succeed_later(Errc code) noexcept {
  return code == Errc::disk_full || code == Errc::no_memory || code == Errc::io ||
         code == Errc::readers_full;
}

void StoreActor::on_failure(const Error& why) noexcept {
  if (why == Errc::outcome_unknown || why == Errc::poisoned || engine_->poisoned()) {
    return poison(why);
  }
  // Who waits for the commit before does not wait for this one's second try.
  if (last_unanswered() != nullptr && engine_->durable_number() < engine_->committed_number()) {
    if (Result<void> done = flush_engine(); !done) return poison(done.error());
  }
  static_cast<void>(settle_durable());
  if (may_succeed_later(why.code)) {
    link_->counters.note_retry();
    if (options_.failure != FailurePolicy::degrade || !go_on_in_memory(why)) {
      set_health(why == Errc::disk_full ? StoreState::full : StoreState::degraded, why);
    }
    return wait_to_retry();
  }
  // Nothing of the batch was stored, and nothing behind it may be, for its writers' earlier changes
  // are missing.
  set_health(why == Errc::map_full ? StoreState::full : StoreState::degraded, why);
  fail_all(why);
}

void StoreActor::wait_to_retry() noexcept {
  // Half of the pause is chance, so that several stores on one disk do not come back together.
  const auto half = retry_delay_.count() / 2;
  const std::chrono::nanoseconds pause(
      half + std::uniform_int_distribution<std::int64_t>(0, half)(random_));
  retry_delay_ = std::min(2 * retry_delay_, options_.retry_max);
  // Without a clock of its own (false) the next mail tries again.
  retrying_ = wake_at(now() + pause);
}

void StoreActor::fail_all(const Error& why) noexcept {
  for (Batches* const batches : {&committed_, &batches_}) {
    while (!batches->empty()) {
      batches->front()->fail(why);
      finish_front(*batches);
    }
  }
  answer_waiting_reads();
  answer_those_who_wait();
}

// It is answered: gives back the scopes.
void StoreActor::let_go(Batch& batch) noexcept {
  for (const Release& release : batch.releases()) owners_.release(release.scope, release.owner_id);
  observers_ -= batch.observers();
  batch.forget_releases();
}

void StoreActor::finish_front(Batches& batches) noexcept {
  std::unique_ptr<Batch> batch = std::move(batches.front());
  batches.pop_front();
  let_go(*batch);
  batch->clear();
  if (spares_.size() < spares_max) spares_.push_back(std::move(batch));
}

void StoreActor::answer_those_who_wait() noexcept {
  if (!room_waiters_.empty() && (!link_->is_over_bound() || disk_ == Disk::lost)) {
    for (Promise<AwaitRoom>& waiter : room_waiters_) waiter.resolve(Ack{});
    room_waiters_.clear();
  }
  // Who still has to wait comes back to the list, in the same order.
  std::vector<ScopeWaiter> waiters;
  waiters.swap(scope_waiters_);
  for (ScopeWaiter& waiter : waiters) handle(std::move(waiter.wanted), std::move(waiter.answer));
}

void StoreActor::set_health(StoreState state, const Error& reason) noexcept {
  const StoreHealth health{state, copy_of(reason), now(), epoch_};
  {
    const std::lock_guard lock(link_->mutex);
    if (link_->health.state == state && link_->health.reason.code == reason.code) return;
    link_->health = StoreHealth{state, copy_of(reason), now(), epoch_};
  }
  if (!options_.on_health) return;
  try {
    options_.on_health(health);
  } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): the hook's own loss.
  }
}

}  // namespace stet::detail
