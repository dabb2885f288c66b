// stet/runtime/turn.hpp - a handler call as a transaction: who takes part is told how it ended.
//
// A turn is one handler call (or continuation, or constructor) of one actor. Code that must act
// when it ends, such as state that saves its changes, joins the turn; after the handler returned it
// is told `kept`, after it threw `discarded`. What the runtime itself does never depends on it.
//
// Threads    Only the thread that runs the turn.
// Bounds     A participant joins a turn once, however often it calls join().
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

namespace stet {

namespace detail {
struct Cell;
struct CellExtra;
struct Context;
struct SystemMessage;
[[nodiscard]] bool end_turn(Context& context, bool kept) noexcept;
}  // namespace detail

enum class TurnOutcome : std::uint8_t {
  kept,       // The handler returned.
  discarded,  // It threw: what it changed must not count. The actor stops.
};

// Something that acts at the end of a turn. Lives longer than the turn it joined.
class TurnParticipant {
 public:
  TurnParticipant() = default;
  TurnParticipant(const TurnParticipant&) = delete;
  TurnParticipant& operator=(const TurnParticipant&) = delete;

  // Called once for each turn that was joined, on the thread that ran it, before the answer leaves.
  // May send. Answers whether the turn stands: false turns a returned handler into a failed one
  // (the actor stops as after a throw, and who asked is told rolled_back).
  [[nodiscard]] virtual bool on_turn_end(TurnOutcome outcome) noexcept = 0;

 protected:
  ~TurnParticipant() = default;

 private:
  friend class Turn;
  friend bool detail::end_turn(detail::Context& context, bool kept) noexcept;
  TurnParticipant* next_ = nullptr;
  bool joined_ = false;
};

// Something that a library keeps with an actor, such as what it knows of that actor's writes.
// Destroyed on the actor's thread when the actor ends, after the actor's object.
class ActorAttachment {
 public:
  ActorAttachment() = default;
  ActorAttachment(const ActorAttachment&) = delete;
  ActorAttachment& operator=(const ActorAttachment&) = delete;
  virtual ~ActorAttachment() = default;

 private:
  friend class Turn;
  const void* key_ = nullptr;
  std::unique_ptr<ActorAttachment> next_;
};

// Keeps an actor's user messages waiting while at least one of these exists for it. Replies and
// acknowledgements still arrive. Counted; movable; may be dropped on any thread.
class ActorPause {
 public:
  ActorPause() = default;  // Pauses nothing.
  ActorPause(ActorPause&& other) noexcept
      : cell_(std::exchange(other.cell_, nullptr)), end_(std::exchange(other.end_, nullptr)) {}
  ActorPause& operator=(ActorPause&& other) noexcept;
  ~ActorPause();

  explicit operator bool() const noexcept { return cell_ != nullptr; }

 private:
  friend class Turn;
  ActorPause(detail::Cell* cell, detail::SystemMessage* end) noexcept : cell_(cell), end_(end) {}
  detail::Cell* cell_ = nullptr;          // Holds one reference and one count of its pauses.
  detail::SystemMessage* end_ = nullptr;  // Made with the pause, so that its end cannot fail.
};

// The turn that this thread is running.
class Turn {
 public:
  // Is this thread inside a turn?
  [[nodiscard]] static bool active() noexcept;

  // Requires active().
  static void join(TurnParticipant& participant) noexcept;

  // From the end of this turn on the actor gets no user message until the pause is dropped.
  // Requires active(). Throws std::bad_alloc.
  [[nodiscard]] static ActorPause pause_actor();

  // Which actor it is: equal ids mean the same actor, as long as it lives. 0 when not active().
  [[nodiscard]] static std::uintptr_t actor_id() noexcept;

  // What was attached to the running actor under this key, the address of something of the
  // caller's; nullptr if nothing was. A walk over what is attached: a few things at most. Requires
  // active().
  [[nodiscard]] static ActorAttachment* attachment(const void* key) noexcept;
  // Stays whether or not the turn is kept. Requires active(), and nothing under this key yet.
  // Throws std::bad_alloc.
  static void attach(const void* key, std::unique_ptr<ActorAttachment> what);
};

}  // namespace stet
