// runtime/src/stepper.cpp - drawing the next actor, moving the clock.
#include "stepper.hpp"

#include <algorithm>

#include "core.hpp"
#include "later.hpp"
#include "visit.hpp"

namespace stet::detail {

Stepper::Stepper(Core& whose, std::uint64_t seed)
    : Executor(whose), cache_(whose.blocks), random_(seed), counters_(whose.counters(0)) {
  // Queueing takes no memory, as with a pool; for as many actors as a test has.
  constexpr std::size_t actors = 64;
  ready_.reserve(actors);
  wakes_.reserve(2 * actors);
}

Stepper::~Stepper() {
  for (const Wake& wake : wakes_) release(wake.cell);
}

void Stepper::schedule(Cell& cell) noexcept { ready_.push_back(&cell); }

bool Stepper::wake_at(Cell& cell, std::chrono::nanoseconds when) noexcept {
  for (Wake& wake : wakes_) {
    if (wake.cell == &cell && !wake.due) {
      wake.when = when;
      return true;
    }
  }
  retain(&cell);
  wakes_.push_back({&cell, when, false});
  return true;
}

// splitmix64 (Steele, Lea, Flood, 2014): a good sequence from any seed, also 0.
std::uint64_t Stepper::draw() noexcept {
  std::uint64_t z = (random_ += 0x9E3779B97F4A7C15U);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31);
}

void Stepper::run_due_wake(Cell& cell, Context& context) {
  const auto due = std::find_if(wakes_.begin(), wakes_.end(),
                                [&](const Wake& wake) { return wake.due && wake.cell == &cell; });
  if (due == wakes_.end()) return;
  wakes_.erase(due);
  visit_wake(cell, context, counters_);
  release(&cell);  // The actor is alive and owned by this step: not its last reference.
}

// The actor has ended; where it had set a time, that reference still keeps its cell.
void Stepper::forget_wake(const Cell& ended) noexcept {
  for (std::size_t at = 0; at < wakes_.size();) {
    if (wakes_[at].cell != &ended) {
      ++at;
      continue;
    }
    Cell* cell = wakes_[at].cell;
    wakes_.erase(wakes_.begin() + static_cast<std::ptrdiff_t>(at));
    release(cell);
  }
}

bool Stepper::step() {
  if (ready_.empty()) return false;
  const std::size_t chosen = draw() % ready_.size();
  Cell* cell = ready_[chosen];
  ready_[chosen] = ready_.back();
  ready_.pop_back();
  Context context{core, &cache_, nullptr, &activity_};
  current_context = &context;
  run_due_wake(*cell, context);
  const Visit outcome =
      visit(*cell, context, VisitLimits{1, std::chrono::nanoseconds{0}}, counters_);
  current_context = nullptr;
  if (outcome == Visit::again) ready_.push_back(cell);
  if (outcome == Visit::ended) forget_wake(*cell);
  return true;
}

std::chrono::nanoseconds Stepper::next_wake() const noexcept {
  auto earliest = std::chrono::nanoseconds{core->timers(0).next_deadline()};
  for (const Wake& wake : wakes_) {
    if (!wake.due) earliest = std::min(earliest, wake.when);
  }
  return earliest;
}

void Stepper::advance(std::chrono::nanoseconds by) {
  const std::chrono::nanoseconds until = later(now_, by);
  // One time after the other, so that what is set again meanwhile fires as often as it should.
  Timers& timers = core->timers(0);
  advancing_ = true;
  while (timers.next_deadline() <= until.count()) {
    now_ = std::max(now_, std::chrono::nanoseconds{timers.next_deadline()});
    timers.run_due(now_.count());
  }
  advancing_ = false;
  now_ = until;
  for (std::size_t at = 0; at < wakes_.size();) {
    Wake& wake = wakes_[at];
    if (wake.due || wake.when > now_) {
      ++at;
      continue;
    }
    Cell* cell = wake.cell;
    wake.due = true;
    switch (cell->mailbox.ring()) {
      case Mailbox::Pushed::must_schedule: schedule(*cell); break;
      case Mailbox::Pushed::queued: break;
      case Mailbox::Pushed::closed:
        wakes_.erase(wakes_.begin() + static_cast<std::ptrdiff_t>(at));
        release(cell);
        continue;
    }
    ++at;
  }
}

}  // namespace stet::detail
