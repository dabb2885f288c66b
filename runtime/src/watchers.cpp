// runtime/src/watchers.cpp - passing on what is seen, with one stamp for all.
#include "watchers.hpp"

#include <algorithm>

#include "core.hpp"

namespace stet::detail {

Watchers::Watchers(Core& core) : core_(core), made_(core.now()) {}

std::int64_t Watchers::now() const noexcept { return (core_.now() - made_).count(); }

std::int64_t Watchers::time_of_event() const noexcept {
  // relaxed: who wants the time now gets it soon.
  return timed_.load(std::memory_order_relaxed) ? now() : 0;
}

void Watchers::watch(Place place, bool active, bool timed) {
  const auto index = static_cast<std::size_t>(place);
  const std::lock_guard lock(mutex_);
  STET_ASSERT(owned_[index] != nullptr);
  wants_time_[index] = active && timed;
  const bool any_time =
      std::any_of(wants_time_.begin(), wants_time_.end(), [](bool wants) { return wants; });
  // relaxed, both: a message that is stamped meanwhile has the one or the other.
  plain_stamp_.store(Stamp::make(now(), shared_thread_number), std::memory_order_relaxed);
  timed_.store(any_time, std::memory_order_relaxed);
  // release: pairs with for_each().
  active_[index].store(active ? owned_[index].get() : nullptr, std::memory_order_release);
  bool anybody = false;
  for_each([&](Watcher&) { anybody = true; });
  core_.install(anybody ? shared_from_this() : nullptr);
}

std::uint64_t Watchers::on_send(const Cell* sender, const Envelope& envelope) noexcept {
  std::uint64_t stamp = 0;
  // relaxed: see time_of_event().
  if (timed_.load(std::memory_order_relaxed)) {
    const std::uint32_t number = this_thread_number();
    Atomic<std::int64_t>& last = last_[number].time;
    // relaxed, both: only this thread writes it, or it need not be unique.
    const std::int64_t time = std::max(now(), last.load(std::memory_order_relaxed) + 1);
    last.store(time, std::memory_order_relaxed);
    stamp = Stamp::make(time, number);
  } else {
    // relaxed: see watch().
    stamp = plain_stamp_.load(std::memory_order_relaxed);
  }
  for_each([&](Watcher& watcher) { watcher.on_send(sender, envelope, stamp); });
  return stamp;
}

bool Watchers::on_turn_begin(Cell& cell, const Envelope& envelope) noexcept {
  const std::int64_t now = time_of_event();
  bool admitted = true;
  for_each(
      [&](Watcher& watcher) { admitted = admitted && watcher.on_turn_begin(cell, envelope, now); });
  return admitted;
}

void Watchers::on_turn_end(Cell& cell, const Envelope& envelope, bool kept) noexcept {
  const std::int64_t now = time_of_event();
  for_each([&](Watcher& watcher) { watcher.on_turn_end(cell, envelope, kept, now); });
}

void Watchers::on_spawn(Cell& cell) noexcept {
  for_each([&](Watcher& watcher) { watcher.on_spawn(cell); });
}
void Watchers::on_end(Cell& cell) noexcept {
  for_each([&](Watcher& watcher) { watcher.on_end(cell); });
}
void Watchers::on_restart(Cell& cell) noexcept {
  for_each([&](Watcher& watcher) { watcher.on_restart(cell); });
}
void Watchers::on_gone(const Envelope& envelope) noexcept {
  for_each([&](Watcher& watcher) { watcher.on_gone(envelope); });
}
void Watchers::on_dead_letter(const Cell& cell) noexcept {
  for_each([&](Watcher& watcher) { watcher.on_dead_letter(cell); });
}

}  // namespace stet::detail
