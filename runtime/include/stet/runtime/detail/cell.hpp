// stet/runtime/detail/cell.hpp - what the runtime keeps of one actor, in 64 bytes.
//
// The cell is what addresses point to. State up to 128 bytes lies behind it in the same block; a
// larger one has its own memory, freed when the actor stops, so that a kept address costs 64 bytes
// and not the state. The block itself goes when the last address goes.
//
// Threads    mailbox, system lane, refs: any. All else: the owner, that is who was told
//            must_schedule and those it hands the cell to.
// Ownership  A living actor holds one reference to its own cell; each Address holds one.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <stet/runtime/detail/ask_edges.hpp>
#include <stet/runtime/detail/atomic.hpp>
#include <stet/runtime/detail/context.hpp>
#include <stet/runtime/detail/references.hpp>
#include <stet/runtime/envelope.hpp>
#include <stet/runtime/exit_reason.hpp>
#include <stet/runtime/mailbox.hpp>
#include <stet/runtime/result.hpp>
#include <stet/runtime/turn.hpp>

namespace stet::detail {

// What can be done with one type of actor. One constant per type.
struct ActorType {
  std::string_view name;
  void (*destroy)(Cell& cell) noexcept;  // The object, and its memory where it has its own.
  void (*drained)(Cell& cell);           // nullptr: the type has no on_drained().
  void (*wake)(Cell& cell);              // nullptr: the type has no on_wake().
  std::uint32_t object_bytes;
  bool inline_object;
};

// Bounded, counted or urgent mail, see runtime/src/flow.hpp.
struct Flow;
struct FlowDeleter {
  void operator()(Flow* flow) const noexcept;
};
using FlowPointer = std::unique_ptr<Flow, FlowDeleter>;

// Of actors with a parent, children, monitors or links: see runtime/src/family.hpp.
struct Family;
struct FamilyDelete {
  void operator()(Family* family) const noexcept;
};

// Things few actors have. Made when first needed, gone with the cell.
struct CellExtra {
  std::string name;                              // Constant; all else: owner only.
  std::unique_ptr<Error> stillborn;              // Why there never was an object.
  std::unique_ptr<ActorAttachment> attachments;  // Of this object: gone when it is.
  AskEdges asks;                                 // Exclusive questions; see there who may read it.
  std::unique_ptr<Family, FamilyDelete> family;
  Atomic<std::uint32_t> life{0};  // How often the object has been discarded. Read by any.
  FlowPointer flow;  // Constant where the cell is limited, and then read by any thread.
};

// A message to the runtime's part of an actor. Runs on the owner; never bounded, never paused.
struct SystemMessage {
  SystemMessage* next = nullptr;
  void (*run)(SystemMessage* self, Cell& cell) noexcept;      // Frees itself.
  void (*discard)(SystemMessage* self, Cell& cell) noexcept;  // The actor was gone. Frees itself.
};

class Executor {
 public:
  explicit Executor(Core& whose) noexcept : core(&whose) {}
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Puts a cell where a worker finds it. The caller was told must_schedule. Any thread.
  virtual void schedule(Cell& cell) noexcept = 0;

  // While a turn of one of its actors runs: wake that actor at this time, on the System's clock.
  // Only executors that serve few actors can; the pool answers false.
  virtual bool wake_at(Cell& cell, std::chrono::nanoseconds when) noexcept = 0;

  // The memory of a cell that ran here is given back. Any thread.
  virtual void cell_freed() noexcept = 0;

  Core* const core;

 protected:
  ~Executor() = default;
};

struct alignas(64) Cell {
  static constexpr std::size_t inline_bytes_max = 128;

  Mailbox mailbox;
  Atomic<SystemMessage*> system{nullptr};
  // Addresses and the living actor itself; 0 marks a free block. Left alone by the constructor and
  // reached through references() only: who walks over all cells may be reading it.
  std::uint32_t refs_;
  // Owner only.
  bool stopping : 1 = false;  // Set in a turn: the actor ends after it.
  bool born : 1 = true;       // False: the object is not there yet, see Nascent.
  bool held : 1 = false;      // `pending` is newest first and has no answers: user messages wait.
  ExitKind exit : 2 = ExitKind::normal;  // Why it stops. Read by any once the mailbox is closed.
  bool fresh : 1 = false;                // Spawned and not visited yet.
  bool flow : 1 = false;    // Mail is taken by next_mail_by_flow(), see runtime/src/flow.hpp.
  std::uint8_t pauses = 0;  // Above zero: user messages wait.
  // Constant.
  bool service : 1 = false;  // Stops after all others.
  bool limited : 1 = false;  // Its mail is counted, see mailbox_limit.hpp.
  bool carrier : 1 = false;  // No actor: stands for a group's queue, see runtime/src/group.hpp.
  Executor* executor;
  const ActorType* type;
  void* object = nullptr;       // this + 1, or memory of its own.
  Envelope* pending = nullptr;  // Taken and not yet handled, in order unless held.
  Atomic<CellExtra*> extra_{nullptr};

  Cell(Executor& where, const ActorType& what) noexcept : executor(&where), type(&what) {}

  [[nodiscard]] Core& core() const noexcept { return *executor->core; }
  // nullptr where nothing ever needed it. Any thread may read what is constant in it.
  [[nodiscard]] CellExtra* extra() const noexcept {
    // acquire: pairs with make_extra().
    return extra_.load(std::memory_order_acquire);
  }
  // Owner only. Throws std::bad_alloc.
  CellExtra& make_extra(std::string name = {});
  [[nodiscard]] std::string_view name() const noexcept {
    const CellExtra* const found = extra();
    return found == nullptr ? std::string_view() : std::string_view(found->name);
  }
  [[nodiscard]] std::atomic_ref<std::uint32_t> references() noexcept {
    return std::atomic_ref<std::uint32_t>(refs_);
  }
  [[nodiscard]] static std::size_t block_bytes(const ActorType& type) noexcept {
    return sizeof(Cell) + (type.inline_object ? type.object_bytes : 0);
  }
};
static_assert(sizeof(Cell) == 64);

// The number of the object that the actor has, or is about to have. What was set in motion for an
// earlier one comes to nothing. Any thread.
[[nodiscard]] inline std::uint32_t life_of(const Cell& cell) noexcept {
  const CellExtra* const extra = cell.extra();
  // relaxed: only compared.
  return extra == nullptr ? 0 : extra->life.load(std::memory_order_relaxed);
}

// Counts one more address. Requires that the caller holds one already.
inline void retain(Cell* cell) noexcept { References::retain(cell->references()); }
void free_cell(Cell* cell) noexcept;
inline void release(Cell* cell) noexcept {
  if (References::release(cell->references())) free_cell(cell);
}

// The clock of its System, as ActorBase::now(). Any thread that holds an address.
[[nodiscard]] std::chrono::nanoseconds system_now(const Cell& cell) noexcept;

// Hands a runnable cell to its executor; on its own worker into the worker's slot or queue.
void schedule(Cell& cell) noexcept;

// Where mail goes that nobody will handle: disposed of, counted, told to the dead letter handler.
void undeliverable(Cell& cell, Envelope* envelope, const Error& why) noexcept;
void undeliverable_closed(Cell& cell, Envelope* envelope) noexcept;

void deliver_limited(Cell& cell, Envelope* envelope) noexcept;
inline void deliver(Cell& cell, Envelope* envelope) noexcept {
  if (cell.limited) [[unlikely]] {
    deliver_limited(cell, envelope);
    return;
  }
  switch (cell.mailbox.push(envelope)) {
    case Mailbox::Pushed::queued: return;
    case Mailbox::Pushed::must_schedule: schedule(cell); return;
    case Mailbox::Pushed::closed: undeliverable_closed(cell, envelope); return;
  }
}

// As deliver(); what is refused stays with the caller, with the reason.
[[nodiscard]] std::optional<Errc> offer_limited(Cell& cell, Envelope* envelope,
                                                bool may_wait) noexcept;
[[nodiscard]] inline std::optional<Errc> offer(Cell& cell, Envelope* envelope) noexcept {
  if (cell.limited) [[unlikely]]
    return offer_limited(cell, envelope, false);
  switch (cell.mailbox.push(envelope)) {
    case Mailbox::Pushed::queued: break;
    case Mailbox::Pushed::must_schedule: schedule(cell); break;
    case Mailbox::Pushed::closed: return Errc::receiver_gone;
  }
  return std::nullopt;
}

// To the runtime's part of the actor. After the actor's end it is discarded at once.
void deliver_system(Cell& cell, SystemMessage* message) noexcept;

// Ends the current turn of the running actor: tells the participants. False: one of them refused.
[[nodiscard]] bool end_turn(Context& context, bool kept) noexcept;

}  // namespace stet::detail
