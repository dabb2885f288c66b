// persistence/src/store_commit.cpp - from a batch to the engine, and what happens when it fails.
#include <algorithm>
#include <utility>

#include "store_actor.hpp"

namespace stet::detail {
namespace {

// A commit this slow is worth a warning: people notice it.
constexpr std::chrono::nanoseconds slow_commit = std::chrono::milliseconds(500);

// Nothing of the batch was stored, and the same batch may be stored later. Not so where the map is at
// its bound: time does not help, and what would help, erasing, would have to wait behind it.
bool may_succeed_later(Errc code) noexcept {
  return code == Errc::disk_full || code == Errc::no_memory || code == Errc::io ||
         code == Errc::readers_full;
}

}  // namespace

StoreActor::~StoreActor() {
  retrying_ = false;
  if (!batches_.empty() && batches_.back()->is_incomplete()) {
    // A handler ran out of memory half-way: a part of a turn must not be stored. What is older is.
    batches_.back()->fail(Error(Errc::no_memory, "no memory to take in a change"));
    release_scopes(*batches_.back());
    batches_.pop_back();
  }
  commit_ready();
  // An orderly end leaves nothing to chance, whatever class it was written with.
  if (batches_.empty() && !poisoned_ && engine_->durable_number() < engine_->committed_number()) {
    if (auto done = engine_->flush(); !done) poison(done.error());
  }
  if (!batches_.empty()) {
    fail_all(Error(Errc::shutting_down, "the store stopped before there was room to write"));
  }
  for (Promise<AwaitRoom>& waiter : room_waiters_) waiter.fail(Error(Errc::shutting_down));
  view_.reset();
  set_health(StoreState::closed);
}

void StoreActor::on_drained() {
  view_.reset();  // A view that is kept while nothing happens keeps pages from being used again.
  commit_ready();
}

void StoreActor::on_wake() {
  if (!retrying_) return;
  retrying_ = false;
  commit_ready();
}

void StoreActor::commit_ready() {
  while (!retrying_ && !batches_.empty()) {
    if (!commit_front()) break;
  }
  answer_room_waiters();
}

bool StoreActor::commit_front() {
  Batch& batch = *batches_.front();
  view_.reset();  // The map cannot grow while a view is open.
  // An erase leaves no revision behind, and must stay one: it may use room that puts may not.
  if (!session_written_ && !batch.is_sealed() && batch.has_puts()) {
    batch.put(session_key_, session_value_);
  }
  const bool has_puts = !session_written_ && batch.has_puts();
  const std::chrono::nanoseconds began = now();
  const Result<CommitNumber> done = write(batch);
  if (!done) {
    on_failure(done.error());
    return false;
  }
  session_written_ = session_written_ || has_puts;
  const std::chrono::nanoseconds took = now() - began;
  retry_delay_ = options_.retry_initial;
  batch.settle(Ack{*done});
  release_scopes(batch);
  finish_front();
  if (took >= slow_commit) {
    set_health(StoreState::slow,
               Error(Errc::io, "a commit took " + std::to_string(took.count() / 1'000'000) +
                                   " ms: look after the disk"));
  } else if (link_->is_over_bound()) {
    set_health(StoreState::slow, Error(Errc::would_block, "writers wait: the queue is full"));
  } else {
    set_health(StoreState::ok);
  }
  return true;
}

Result<CommitNumber> StoreActor::write(Batch& batch) {
  const std::span<const Operation> operations = batch.seal();
  const bool full = batch.needs_full();
  if (operations.empty()) {
    // An empty commit flushes nothing: what was committed for `visible` needs a flush of its own.
    const CommitNumber committed = engine_->committed_number();
    if (full && engine_->durable_number() < committed) {
      if (auto flushed = engine_->flush(); !flushed) return flushed.error();
    }
    return committed;
  }
  Result<CommitNumber> done = engine_->commit(operations, full ? Flush::full : Flush::process);
  if (!done) return done;
  // relaxed, all: counts that one thread writes and anyone may read.
  link_->commits.fetch_add(1, std::memory_order_relaxed);
  link_->changes.fetch_add(batch.tickets(), std::memory_order_relaxed);
  link_->records.fetch_add(operations.size(), std::memory_order_relaxed);
  link_->bytes.fetch_add(batch.bytes(), std::memory_order_relaxed);
  return done;
}

void StoreActor::on_failure(const Error& why) {
  if (why == Errc::outcome_unknown || why == Errc::poisoned || engine_->poisoned()) {
    return poison(why);
  }
  if (may_succeed_later(why.code)) return retry_later(why);
  // Nothing of the batch was stored, and nothing behind it may be, for its writers' earlier changes
  // are missing.
  set_health(why == Errc::map_full ? StoreState::full : StoreState::degraded, why);
  fail_all(why);
}

void StoreActor::retry_later(const Error& why) {
  set_health(why == Errc::disk_full ? StoreState::full : StoreState::degraded, why);
  // relaxed: a count.
  link_->retries.fetch_add(1, std::memory_order_relaxed);
  // Half of the pause is chance, so that several stores on one disk do not come back together.
  const auto half = retry_delay_.count() / 2;
  const std::chrono::nanoseconds pause(
      half + std::uniform_int_distribution<std::int64_t>(0, half)(random_));
  retry_delay_ = std::min(2 * retry_delay_, options_.retry_max);
  // Without a clock of its own (false) the next mail tries again.
  retrying_ = wake_at(now() + pause);
}

void StoreActor::poison(const Error& why) {
  poisoned_ = true;
  set_health(StoreState::poisoned, why);
  fail_all(Error(Errc::outcome_unknown, "it may be stored or not: " + why.message(), why.native));
}

void StoreActor::fail_all(const Error& why) {
  while (!batches_.empty()) {
    batches_.front()->fail(why);
    release_scopes(*batches_.front());
    finish_front();
  }
  answer_room_waiters();
}

void StoreActor::release_scopes(const Batch& batch) noexcept {
  for (const Release& release : batch.releases()) owners_.release(release.scope, release.owner_id);
}

void StoreActor::finish_front() noexcept {
  observers_ -= batches_.front()->observers();
  batches_.front()->clear();
  spare_ = std::move(batches_.front());
  batches_.pop_front();
}

void StoreActor::answer_room_waiters() noexcept {
  if (room_waiters_.empty() || (link_->is_over_bound() && !poisoned_)) return;
  for (Promise<AwaitRoom>& waiter : room_waiters_) waiter.resolve(Ack{});
  room_waiters_.clear();
}

void StoreActor::set_health(StoreState state, Error reason) {
  if (poisoned_ && state != StoreState::poisoned && state != StoreState::closed) return;
  StoreHealth health;
  {
    const std::lock_guard lock(link_->mutex);
    if (link_->health.state == state) return;
    link_->health = StoreHealth{state, std::move(reason), now()};
    health = link_->health;
  }
  if (options_.on_health) options_.on_health(health);
}

}  // namespace stet::detail
