// persistence/src/early_asks.cpp - waiting for the end of a turn.
#include <stet/persistence/detail/early_asks.hpp>

#include <new>
#include <utility>

namespace stet::detail {

bool EarlyAsks::keep(const Unit& unit, std::uint64_t revision, std::unique_ptr<Deferred>& what) {
  const std::lock_guard lock(mutex_);
  kept_.push_back({&unit, nullptr});
  // seq_cst: pairs with end_turn(), which closes the turn and then looks here. Either this sees the
  // turn closed, or the turn's end sees that somebody is early.
  early_.fetch_add(1, std::memory_order_seq_cst);
  if (!unit.is_open(revision)) {
    kept_.pop_back();
    // relaxed: less than it was; nothing is read because of it.
    early_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  kept_.back().what = std::move(what);
  return true;
}

bool EarlyAsks::wait(const Unit& unit, std::uint64_t revision,
                     std::chrono::steady_clock::time_point deadline) {
  if (!unit.is_open(revision)) return true;
  std::unique_lock lock(mutex_);
  // seq_cst: as in keep().
  early_.fetch_add(1, std::memory_order_seq_cst);
  const bool has_ended = ended_.wait_until(lock, deadline, [&] { return !unit.is_open(revision); });
  // relaxed: as in keep().
  early_.fetch_sub(1, std::memory_order_relaxed);
  return has_ended;
}

void EarlyAsks::end_turn(Unit& unit) noexcept {
  unit.end_turn();
  // seq_cst: see keep().
  if (early_.load(std::memory_order_seq_cst) != 0) tell(unit);
}

void EarlyAsks::tell(const Unit& unit) noexcept {
  for (;;) {
    std::unique_ptr<Deferred> what;
    {
      // Also without one to run: who waits is either asleep, or sees the turn closed.
      const std::lock_guard lock(mutex_);
      for (std::size_t i = 0; i < kept_.size() && what == nullptr; ++i) {
        if (kept_[i].unit != &unit) continue;
        what = std::move(kept_[i].what);
        kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(i));
        // relaxed: as in keep().
        early_.fetch_sub(1, std::memory_order_relaxed);
      }
    }
    if (what == nullptr) break;
    try {
      what->run();
    } catch (const std::bad_alloc&) {
      // Its asker is not told; the change is stored or not all the same.
    }
  }
  ended_.notify_all();
}

}  // namespace stet::detail
