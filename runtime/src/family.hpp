// runtime/src/family.hpp - what the runtime keeps of actors that have a parent, children, monitors
// or links. Nothing of it exists for any other actor.
//
// A child and its parent talk by system messages. Down: Reset (be without an object), End. Up: a
// Report that the child was born, is down, or has ended. "Start" goes down as an envelope, so that
// it runs as a turn. Starts are numbered, and reports say of which start they are, so that what
// crosses on the way is told apart.
//
// Threads    Each member says whose it is: the actor's own thread, or its parent's.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include <stet/runtime/detail/cell.hpp>
#include <stet/runtime/detail/timer_node.hpp>
#include <stet/runtime/detail/watch.hpp>
#include <stet/runtime/exit_reason.hpp>
#include <stet/runtime/supervision.hpp>

namespace stet::detail {

struct RestartTimer;

enum class Phase : std::uint8_t {
  starting,  // Told to start, no word yet.
  up,
  falling,  // Told to be down, no word yet.
  down,     // Has no object, and waits to be told to start.
  ending,   // Told to end.
};

// A child, as its parent sees it. The parent's, once it is in the list.
struct Place {
  Family* next = nullptr;  // In the order of spawning.
  Family* previous = nullptr;
  Phase phase = Phase::starting;
  bool marked = false;            // To be restarted with others, after all of them are down.
  std::uint32_t start = 1;        // The number of its last start.
  std::uint32_t failures = 0;     // In a row, for the backoff.
  std::int64_t last_failure = 0;  // Nanoseconds on the System's clock.
  RestartTimer* timer = nullptr;  // Holds one reference.
};

// What a parent knows of its children. Parent only.
struct Brood {
  Brood() = default;
  ~Brood();
  Brood(const Brood&) = delete;
  Brood& operator=(const Brood&) = delete;

  std::optional<Supervision> how;  // Nothing: who fails stops.
  Family* first = nullptr;
  Family* last = nullptr;
  std::size_t living = 0;
  enum class Told : std::uint8_t { nothing, to_end_gently, to_end } told = Told::nothing;
  std::deque<std::int64_t> restarts;  // When, within the window: at most restarts_max.
  // The one round of those that are restarted together.
  bool in_round = false;
  std::size_t round_falling = 0;     // Marked, and not down yet.
  std::uint32_t round_failures = 0;  // As Place::failures.
  std::int64_t round_last_failure = 0;
  RestartTimer* round_timer = nullptr;
  std::uint64_t random = 0;  // 0: not drawn from yet.
};

// One end of a link. Its actor only.
struct Tie {
  Cell* other;  // Holds one reference.
  const EnvelopeOps* ops;
};

struct Family {
  explicit Family(Cell& whose) noexcept : self(whose) {}
  Family(const Family&) = delete;
  Family& operator=(const Family&) = delete;

  Cell& self;
  // Of the actor itself, its own thread only.
  ExitReason reason;       // Where Cell::exit does not say it all.
  bool gently = false;     // Told to end after its mail, and its children too.
  bool falling = false;    // Its object goes once its children are gone.
  Cell* parent = nullptr;  // Holds one reference. Constant until the end.
  std::unique_ptr<Maker> maker;
  std::uint32_t start = 0;       // The last start begun, or called off before it came.
  std::optional<Error> failure;  // Why it fell; nothing: it was told to.
  std::unique_ptr<Brood> brood;
  Watch* watching = nullptr;  // Its own monitors, newest first.
  Watch* watchers = nullptr;  // Those of others on it, newest first.
  std::vector<Tie> ties;
  // Its parent's.
  Place place;
};

[[nodiscard]] inline Family* family_of(const Cell& cell) noexcept {
  const CellExtra* const extra = cell.extra();
  return extra == nullptr ? nullptr : extra->family.get();
}
// Owner only. Throws std::bad_alloc.
Family& make_family(Cell& cell);

// Its parent; nullptr: none. Owner only.
[[nodiscard]] inline Cell* parent_of(const Cell& cell) noexcept {
  const Family* const family = family_of(cell);
  return family == nullptr ? nullptr : family->parent;
}

// "bank::Teller 'bob'"
[[nodiscard]] std::string called(const Cell& cell);

// For visit.cpp. Owner only, on its thread.

// A turn failed. The actor stops; one that has a parent falls, and its parent decides.
void fail_actor(Cell& cell, std::string_view message, const Error& why) noexcept;
// For an actor that is to stop, between visits. False: its children have not ended yet.
[[nodiscard]] bool may_end(Cell& cell) noexcept;
// For an actor that has no object, between visits: it may still have the one that fell.
void settle(Cell& cell) noexcept;
// The actor is gone: whoever waits for that is told.
void tell_ended(Cell& cell) noexcept;

// Between these.

// One that is to be made again loses its object, and all that goes by the number of its life.
// nullptr: it was told to.
void fall(Cell& cell, Family& family, const Error* failure) noexcept;
// The object goes, and what belonged to it; what it does meanwhile is outside of turns.
void destroy_object(Cell& cell) noexcept;
// It ends after its current turn.
void end_now(Cell& cell, ExitKind kind) noexcept;
// It fails because of what happened outside of its turns.
void fail_outside(Cell& cell, const Error& why) noexcept;

// supervisor.cpp: the parent's side. On the parent's thread.
void born(Cell& child) noexcept;  // These two, on the child's: reports to its parent.
void report_down(Family& child) noexcept;
void report_end(Family& child, Cell& parent) noexcept;
void tell_children(Family& parent, Brood::Told what) noexcept;

// monitor.cpp, link.cpp. The actor's own thread.
void cancel_watches(Family& family) noexcept;
void tell_watchers(Family& family, const ExitReason& reason) noexcept;
void tell_tied(Family& family, const ExitReason& reason) noexcept;

// How an actor ended that a message did not reach, as far as its cell still says.
[[nodiscard]] ExitReason reason_of_gone(Cell& cell) noexcept;

// As deliver(), past any bound.
void deliver_signal(Cell& cell, Envelope* envelope) noexcept;

}  // namespace stet::detail
