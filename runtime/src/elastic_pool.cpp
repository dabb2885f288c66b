// runtime/src/elastic_pool.cpp - starting a thread, being one, ending.
#include "elastic_pool.hpp"

#include <algorithm>

#include "core.hpp"
#include "thread_start.hpp"
#include "visit.hpp"

namespace stet::detail {

class ElasticPool::ElasticSeat final : public Seat {
 public:
  ElasticSeat(Core& whose, ElasticPool& pool) noexcept : Seat(whose), pool_(pool) {}
  void schedule(Cell& which) noexcept override {
    take(which);
    pool_.schedule(*this);
  }
  void cell_freed() noexcept override { delete this; }

 private:
  ElasticPool& pool_;
};

ElasticPool::ElasticPool(Core& whose, unsigned bound) noexcept
    : core_(whose), bound_(std::clamp<std::size_t>(bound, 1, threads_max)) {}

Executor& ElasticPool::make_seat() {
  auto seat = std::make_unique<ElasticSeat>(core_, *this);
  const std::lock_guard lock(threads_mutex_);
  if (parking_ == nullptr) {
    auto places = std::make_unique<Place[]>(bound_);
    for (std::size_t index = 0; index < bound_; ++index) places[index].index = index;
    parking_ = std::make_unique<BasicParking<Futex, threads_max>>(bound_);
    places_ = std::move(places);
  }
  // relaxed: changed under the lock only.
  if (threads_.load(std::memory_order_relaxed) == 0) start_thread_locked();
  return *seat.release();
}

void ElasticPool::schedule(Seat& seat) noexcept {
  // seq_cst: see is_quiet().
  outstanding_.fetch_add(1, std::memory_order_seq_cst);
  ready_.push(seat);
  find_thread();
}

// For an actor that was queued before.
void ElasticPool::find_thread() noexcept {
  if (parking_->wake_one(bound_)) return;
  // seq_cst: pairs with may_end(): either this sees that one less is there, or that one sees the
  // actor. The rest are awake and look before they sleep.
  if (threads_.load(std::memory_order_seq_cst) >= bound_) return;
  const std::lock_guard lock(threads_mutex_);
  if (threads_.load(std::memory_order_relaxed) >= bound_) return;  // relaxed: see make_seat()
  try {
    start_thread_locked();
  } catch (...) {
    // There is at least one thread, which will come to it.
    core_.log(LogLevel::warning, "elastic", "no thread could be started; actors wait for others");
  }
}

void ElasticPool::start_thread_locked() {
  Place* place = places_.get();
  while (place->taken) ++place;                        // Bounded: fewer threads than places.
  if (place->thread.joinable()) place->thread.join();  // It has said that it ends.
  // seq_cst: see find_thread(). Before it runs: it counts on being counted.
  threads_.fetch_add(1, std::memory_order_seq_cst);
  try {
    place->thread = start_thread("stet-elastic", [this, place] { run(*place); });
  } catch (...) {
    threads_.fetch_sub(1, std::memory_order_seq_cst);  // seq_cst: as above
    throw;
  }
  place->taken = true;
}

ElasticPool::Taken ElasticPool::take() noexcept {
  const std::lock_guard lock(take_mutex_);
  Seat* const seat = ready_.pop();
  return {seat, !ready_.is_empty()};
}

Seat* ElasticPool::next(Place& place) noexcept {
  for (;;) {
    Taken taken = take();
    if (taken.seat == nullptr) {
      current_context->cache->flush();
      parking_->prepare(place.index);
      taken = take();
      // seq_cst: pairs with stop().
      const bool stopping = stopping_.load(std::memory_order_seq_cst);
      if (taken.seat != nullptr || stopping) {
        parking_->cancel(place.index);
        if (taken.seat == nullptr) return nullptr;
        // Until the line above somebody may have counted on this thread for another actor.
        const std::lock_guard lock(take_mutex_);
        taken.is_more = !ready_.is_empty();
      }
    }
    if (taken.seat != nullptr) {
      if (taken.is_more) find_thread();
      return taken.seat;
    }
    place.counters.parks.add(1);
    // relaxed: a guess, may_end() decides. Who is alone need not wake up for that.
    const bool timed = threads_.load(std::memory_order_relaxed) > 1;
    const auto woken =
        parking_->commit(place.index, timed ? core_.live.elastic_idle() : no_timeout, timed);
    if (woken == BasicParking<Futex, threads_max>::Woken::by_timeout && may_end(place)) {
      return nullptr;
    }
  }
}

bool ElasticPool::may_end(Place& place) noexcept {
  const std::lock_guard lock(threads_mutex_);
  // relaxed: see make_seat().
  if (threads_.load(std::memory_order_relaxed) == 1) return false;
  // seq_cst, before the look: see find_thread().
  threads_.fetch_sub(1, std::memory_order_seq_cst);
  bool is_work = false;
  {
    const std::lock_guard taking(take_mutex_);
    is_work = !ready_.is_empty();
  }
  if (is_work) {
    threads_.fetch_add(1, std::memory_order_seq_cst);  // seq_cst: as above
    return false;
  }
  place.taken = false;
  return true;
}

void ElasticPool::run(Place& place) noexcept {
  BlockCache cache(core_.blocks);
  Context context{&core_, &cache, nullptr, &place.activity};
  current_context = &context;
  while (Seat* const seat = next(place)) {
    const VisitLimits limits = core_.live.visit_limits();
    if (visit(*seat->cell, context, limits, place.counters) == Visit::again) {
      const std::lock_guard lock(take_mutex_);
      ready_.push_here(*seat);  // This thread looks next.
    } else {
      // seq_cst: see is_quiet().
      outstanding_.fetch_sub(1, std::memory_order_seq_cst);
    }
  }
  current_context = nullptr;
}

void ElasticPool::stop() noexcept {
  if (parking_ == nullptr) return;
  // seq_cst: pairs with next().
  stopping_.store(true, std::memory_order_seq_cst);
  for (std::size_t index = 0; index < bound_; ++index) parking_->wake_at_place(index);
  for (std::size_t index = 0; index < bound_; ++index) {
    if (places_[index].thread.joinable()) places_[index].thread.join();
  }
}

void ElasticPool::add_to(CounterTotals& totals) const noexcept {
  const std::lock_guard lock(threads_mutex_);
  for (std::size_t index = 0; places_ != nullptr && index < bound_; ++index) {
    add_block(totals, places_[index].counters);
  }
}

}  // namespace stet::detail
