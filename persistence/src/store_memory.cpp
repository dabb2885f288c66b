// persistence/src/store_memory.cpp - going on while the disk takes nothing.
//
// Only with FailurePolicy::degrade. What waits becomes one batch, one value a key, which is
// acknowledged and stays open: what comes is merged into it and acknowledged too. When the disk takes
// writes again it is the first commit, whole. Over its bound the next batch waits as without a disk.
#include <algorithm>
#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#include "error_text.hpp"
#include "store_actor.hpp"

namespace stet::detail {

BatchBounds StoreActor::batch_bounds() const noexcept {
  if (!in_memory_) return options_.bounds;
  const std::size_t bytes = std::min(link_->queue_bytes_max, limits_.batch_bytes_max);
  return {.records = bytes / Ticket::overhead_bytes, .bytes = bytes};
}

// False: no memory for that; then all waits as without.
bool StoreActor::go_on_in_memory(const Error& why) noexcept {
  try {
    keep_unsettled();
    in_memory_ = true;
    auto memory = std::make_unique<Batch>();
    std::size_t taken = 0;
    for (const std::unique_ptr<Batch>& batch : batches_) {
      if (taken > 0 && memory->bytes() + batch->bytes() > batch_bounds().bytes) break;
      memory->absorb(*batch);
      ++taken;
    }
    batches_.push_front(std::move(memory));
    const auto first = batches_.begin() + 1;
    const auto last = first + static_cast<std::ptrdiff_t>(taken);
    for (auto each = first; each != last; ++each) {
      (*each)->set_number(engine_->committed_number());
      static_cast<void>(answer(**each));
    }
    batches_.erase(first, last);
  } catch (const std::bad_alloc&) {
    in_memory_ = false;
    return false;
  }
  set_health(StoreState::degraded, told(why.code, why.native, [&] {
               return "what is written is in memory only, for the disk fails: " + why.text;
             }));
  return true;
}

void StoreActor::answer_from_memory() noexcept {
  if (!in_memory_ || batches_.size() != 1 || batches_.front()->is_answered()) return;
  Batch& memory = *batches_.front();
  memory.set_number(engine_->committed_number());
  static_cast<void>(answer(memory));
  memory.set_number(0);
  answer_those_who_wait();
  if (memory.is_sealed() || memory.wasted_bytes() < batch_bounds().bytes / 2) return;
  try {
    auto smaller = std::make_unique<Batch>();
    smaller->absorb(memory);
    batches_.front() = std::move(smaller);
  } catch (const std::bad_alloc&) {  // NOLINT(bugprone-empty-catch): it is a little larger then.
  }
}

// The disk has taken it. What was acknowledged without it becomes durable at once. False: it failed.
bool StoreActor::leave_memory() noexcept {
  in_memory_ = false;
  if (engine_->durable_number() < engine_->committed_number()) {
    if (Result<void> done = flush_engine(); !done) {
      on_failure(done.error());
      return false;
    }
  }
  company_ = settle_durable();
  return true;
}

}  // namespace stet::detail
