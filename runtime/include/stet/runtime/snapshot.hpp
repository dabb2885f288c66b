// stet/runtime/snapshot.hpp - take_snapshot(): all actors, and what each is at.
//
//   auto seen = stet::take_snapshot(system);
//   if (seen) std::cout << stet::to_text(*seen);
//
// Each actor is asked to describe itself between two of its turns. Who does not in time is in a
// handler, or waits for a thread: of that one only what others can see is told.
//
// Threads    Any that runs no actor; in a handler the error is would_deadlock. In a stepped system
//            its one thread, which steps nothing for this. The thread of a host's loop runs what is
//            ready meanwhile.
// Progress   Waits up to the deadline for actors; no actor ever waits for this. Each actor, also an
//            idle one, is visited once.
// Errors     would_deadlock. Throws std::bad_alloc.
// Bounds     actors_max actors; mail is counted up to depth_max.
// Lifetime   A snapshot is a plain value. Ids tell actors apart while they live.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <stet/runtime/result.hpp>
#include <stet/runtime/system.hpp>

namespace stet {

enum class ActorState : std::uint8_t {
  idle,      // Has no mail.
  queued,    // Has mail, or waits for a thread to describe itself.
  running,   // In a handler.
  paused,    // Its user messages wait: it asked something exclusively, or a write of its is slow.
  stopping,  // Ends, perhaps after its children.
  unborn,    // Has no object: its state is being read, or it waits to be restarted.
};
[[nodiscard]] std::string_view to_string(ActorState state) noexcept;

struct SnapshotOptions {
  std::chrono::nanoseconds deadline = std::chrono::milliseconds(100);
  std::size_t actors_max = 10'000;
};

struct ActorSnapshot {
  std::uintptr_t id = 0;
  std::string name;           // Empty: none.
  std::string_view type;      // Constant of the program.
  std::uintptr_t parent = 0;  // Its id; 0: none, or not known.
  ActorState state = ActorState::idle;
  bool described = false;    // By itself. False: depth, parent and waits_for are not known.
  std::size_t depth = 0;     // Messages that wait; at most depth_max.
  std::string_view message;  // Running: the type of what it handles, where that is known.
  std::vector<std::string> waits_for;  // Whose answer it awaits: "Ledger 'b'".
};

struct SystemSnapshot {
  static constexpr std::size_t depth_max = 100'000;
  std::vector<ActorSnapshot> actors;
  std::size_t left_out = 0;  // Over actors_max.
};

[[nodiscard]] Result<SystemSnapshot> take_snapshot(System& system,
                                                   const SnapshotOptions& options = {});
// A line each, for people.
[[nodiscard]] std::string to_text(const SystemSnapshot& snapshot);

}  // namespace stet
