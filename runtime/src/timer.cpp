// runtime/src/timer.cpp - setting and cancelling timers; an actor's timers end with it.
#include <stet/runtime/timer.hpp>

#include <algorithm>
#include <memory>
#include <new>
#include <vector>

#include <stet/runtime/turn.hpp>

#include "core.hpp"
#include "later.hpp"
#include "timers.hpp"

namespace stet::detail {
namespace {

// A message that waits for its time. One-shot.
struct DelayedNode : TimerNode {
  DelayedNode(Cell& receiver, Envelope* what) noexcept
      : TimerNode(receiver, ops_), envelope(what) {}

  static std::int64_t fire(TimerNode& node, std::int64_t) noexcept {
    auto& self = static_cast<DelayedNode&>(node);
    Core& core = self.cell->core();
    self.envelope->next = nullptr;
    if (Observer* const observer = core.observer()) [[unlikely]] {
      // For who looks it is sent now: what it waited for so far was its time.
      observer->on_gone(*self.envelope);
      show_to_observer(core, *self.envelope);
    }
    deliver(*self.cell, self.envelope);
    return 0;
  }
  static void drop(TimerNode& node) noexcept {
    auto& self = static_cast<DelayedNode&>(node);
    dispose(self.cell->core(), self.envelope, Error(Errc::broken_promise));
  }
  static void free(TimerNode* node) noexcept {
    auto* self = static_cast<DelayedNode*>(node);
    Core& core = self->cell->core();
    std::destroy_at(self);
    release_block(core, self, sizeof(DelayedNode), BlockKind::message);
  }
  // While it waits, a message is linked to nothing: there is room for this number.
  static std::size_t own_place(const TimerNode& node) noexcept {
    return reinterpret_cast<std::uintptr_t>(static_cast<const DelayedNode&>(node).envelope->next);
  }
  void set_own_place(std::size_t place) noexcept {
    envelope->next = reinterpret_cast<Envelope*>(place);
  }
  static constexpr TimerOps ops_{&fire, &drop, &free, false, &own_place};

  Envelope* const envelope;  // Of whoever has decided the timer's state.
};
static_assert(sizeof(DelayedNode) == 64);

// The timers that an actor has set for itself. Of the owner.
class OwnTimers final : public ActorAttachment {
 public:
  ~OwnTimers() override;

  // nullptr: the running actor has none yet.
  [[nodiscard]] static OwnTimers* of_running_actor() noexcept {
    return static_cast<OwnTimers*>(Turn::attachment(&key_));
  }
  [[nodiscard]] static OwnTimers& made_for_running_actor() {
    if (OwnTimers* const found = of_running_actor()) return *found;
    auto made = std::make_unique<OwnTimers>();
    OwnTimers& result = *made;
    Turn::attach(&key_, std::move(made));
    return result;
  }

  // Takes one reference. Its place, from 1. Throws std::bad_alloc.
  [[nodiscard]] std::size_t add(TimerNode& timer) {
    if (free_ == 0 && places_.size() >= next_sweep_) sweep();
    if (free_ == 0) {
      places_.push_back(&timer);
      return places_.size();
    }
    const std::size_t place = free_;
    free_ = reinterpret_cast<std::uintptr_t>(places_[place - 1]) >> 1;
    places_[place - 1] = &timer;
    return place;
  }
  // Its reference is the caller's.
  void forget(std::size_t place) noexcept {
    // Odd: what is linked here is no timer but the next free place.
    places_[place - 1] = reinterpret_cast<TimerNode*>(free_ << 1 | 1);
    free_ = place;
  }

 private:
  static constexpr char key_ = 0;
  static bool is_free(const TimerNode* each) noexcept {
    return (reinterpret_cast<std::uintptr_t>(each) & 1) != 0;
  }
  // Those that have fired, or that others have cancelled, leave their places. When as many have
  // come as were left the last time: constant cost each.
  void sweep() noexcept {
    std::size_t left = 0;
    for (std::size_t place = 1; place <= places_.size(); ++place) {
      TimerNode* const each = places_[place - 1];
      if (is_free(each)) continue;
      if (is_pending(*each)) {
        ++left;
      } else {
        forget(place);
        release(*each);
      }
    }
    next_sweep_ = std::max<std::size_t>(2 * left, 16);
  }

  std::vector<TimerNode*> places_;
  std::size_t free_ = 0;  // A place; 0: none.
  std::size_t next_sweep_ = 16;
};

// Also gives back `held` references of the caller's.
bool cancel(TimerNode& timer, std::uint32_t held, bool is_listed) noexcept {
  // relaxed: the number never changes.
  const std::uint32_t home = timer.state.load(std::memory_order_relaxed) >> TimerNode::home_shift;
  const Timers::Cancelled cancelled = timer.cell->core().timers(home).cancel(timer);
  const bool is_dropped =
      cancelled == Timers::Cancelled::pending || cancelled == Timers::Cancelled::out;
  if (is_listed && is_dropped && timer.ops->own_place != nullptr && is_running(*timer.cell)) {
    const std::size_t place = timer.ops->own_place(timer);
    if (place != 0) {
      OwnTimers::of_running_actor()->forget(place);
      ++held;
    }
  }
  if (is_dropped) timer.ops->drop(timer);
  if (cancelled == Timers::Cancelled::out) ++held;
  if (held != 0) release(timer, held);
  return cancelled != Timers::Cancelled::no;
}

OwnTimers::~OwnTimers() {
  for (TimerNode* const each : places_) {
    if (!is_free(each)) cancel(*each, 1, false);
  }
}

// The wheel holds it from here on, by a reference that is counted already.
void arm_counted(TimerNode& timer, std::chrono::nanoseconds delay) noexcept {
  Core& core = timer.cell->core();
  timer.deadline = later(core.now(), std::max(delay, std::chrono::nanoseconds{0})).count();
  const std::size_t home = core.timer_home(*timer.cell);
  // relaxed: published with the timer.
  timer.state.store(static_cast<std::uint32_t>(home) << TimerNode::home_shift,
                    std::memory_order_relaxed);
  core.timers(home).set(timer);
}

// Notes it, if its actor sets it for itself; the handle's reference is there. Nothing is lost when
// there is no memory for that: the timer is not armed yet.
template <class Node>
void note_and_arm(Node& node, std::chrono::nanoseconds delay) {
  // relaxed, both: nobody else has seen it.
  if (is_running(*node.cell)) {
    node.set_own_place(OwnTimers::made_for_running_actor().add(node));
    node.refs.store(3, std::memory_order_relaxed);
  } else {
    node.refs.store(2, std::memory_order_relaxed);
  }
  arm_counted(node, delay);
}

}  // namespace

void arm(TimerNode& timer, std::chrono::nanoseconds delay) noexcept {
  retain(timer);
  arm_counted(timer, delay);
}

bool disarm(TimerNode& timer) noexcept { return cancel(timer, 0, true); }
bool disarm_and_release(TimerNode& timer) noexcept { return cancel(timer, 1, true); }

Timer send_later(Cell& receiver, Envelope* envelope, std::chrono::nanoseconds delay) {
  Core& core = receiver.core();
  DelayedNode* node = nullptr;
  try {
    void* memory = allocate_block(core, sizeof(DelayedNode), BlockKind::message);
    node = ::new (memory) DelayedNode(receiver, envelope);
  } catch (...) {
    dispose(core, envelope, Error(Errc::broken_promise));
    throw;
  }
  envelope->next = nullptr;
  Timer timer = Timer::adopt(*node);
  try {
    note_and_arm(*node, delay);
  } catch (...) {
    dispose(core, envelope, Error(Errc::broken_promise));
    throw;
  }
  return timer;
}

std::int64_t fire_periodic(TimerNode& node, std::int64_t now) noexcept {
  auto& self = static_cast<PeriodicNode&>(node);
  try {
    deliver(*self.cell, self.make(self));
  } catch (...) {
    // No memory, or a copy that throws: this time is left out, the next may fare better.
    self.cell->core().count_dead_letter(*self.cell, "(periodic message)", Errc::no_memory);
  }
  const std::int64_t missed = std::max<std::int64_t>(now - self.deadline, 0) / self.period;
  const auto ahead = std::chrono::nanoseconds{self.period};
  return later(std::chrono::nanoseconds{self.deadline + missed * self.period}, ahead).count();
}

Timer start_periodic(PeriodicNode& node) {
  STET_ASSERT(node.period > 0);
  Timer timer = Timer::adopt(node);
  note_and_arm(node, std::chrono::nanoseconds{node.period});
  return timer;
}

}  // namespace stet::detail
