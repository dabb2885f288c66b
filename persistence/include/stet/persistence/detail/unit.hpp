// stet/persistence/detail/unit.hpp - who wrote a change, as the store sees it.
//
// One for each writer: an actor, from its birth to its end and whatever it writes through, or a
// Persistable on a host thread. It tells the store whom to stop when a change of his fails, and the
// writer that it did.
//
// Threads    fail(), failed(), why(), is_open(), was_rolled_back(), return_pause(), remove_queued(): any. The rest: the writer.
// Ownership  Shared by the writer's Persistables and its changes on their way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <stet/persistence/detail/direct_writes.hpp>
#include <stet/runtime/address.hpp>
#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

struct StoreLink;

// An actor of any type, only to be stopped.
struct AnyActor;
using AnyAddress = Address<AnyActor>;

class Unit {
 public:
  Unit(std::shared_ptr<StoreLink> link, std::uint64_t owner_id) noexcept
      : link_(std::move(link)), owner_id_(owner_id) {}
  ~Unit() {
    // relaxed: the last holder is alone.
    if (Cell* const cell = actor_.load(std::memory_order_relaxed)) release(cell);
  }
  Unit(const Unit&) = delete;
  Unit& operator=(const Unit&) = delete;

  [[nodiscard]] const std::shared_ptr<StoreLink>& link() const noexcept { return link_; }
  // Under which it holds scopes; never 0, never used twice by one store.
  [[nodiscard]] std::uint64_t owner_id() const noexcept { return owner_id_; }

  [[nodiscard]] bool has_actor() const noexcept {
    // relaxed: the writer alone sets it.
    return actor_.load(std::memory_order_relaxed) != nullptr;
  }
  // Is it this actor's, or may it become so?
  [[nodiscard]] bool may_be_of(const Cell& cell) const noexcept {
    // relaxed: as has_actor().
    const Cell* const actor = actor_.load(std::memory_order_relaxed);
    return actor == nullptr || actor == &cell;
  }
  // Once; the actor's changes may be on their way already, from when their writer was none. Keeps
  // one reference to the cell.
  void set_actor(Cell& cell) noexcept {
    retain(&cell);
    // seq_cst: pairs with fail(), which sets failed_ and then looks here: one of the two sees both.
    actor_.store(&cell, std::memory_order_seq_cst);
    if (failed_.load(std::memory_order_seq_cst) != 0) post_stop_now(cell);
  }

  [[nodiscard]] DirectWrites& direct_writes() noexcept { return direct_writes_; }

  // The turn with this revision was not kept. There is at most one: its actor stops.
  void note_rolled_back(std::uint64_t revision) noexcept {
    // release: pairs with was_rolled_back().
    rolled_back_.store(revision, std::memory_order_release);
  }
  [[nodiscard]] bool was_rolled_back(std::uint64_t revision) const noexcept {
    // acquire: pairs with note_rolled_back().
    return revision != 0 && rolled_back_.load(std::memory_order_acquire) == revision;
  }

  // The turn with this revision runs, until end_turn(): what becomes of its change is not known.
  void begin_turn(std::uint64_t revision) noexcept {
    // relaxed: who holds one of its tokens got it from the turn.
    open_turn_.store(revision, std::memory_order_relaxed);
  }
  void end_turn() noexcept {
    // seq_cst: see EarlyAsks; as a release it pairs with is_open().
    open_turn_.store(0, std::memory_order_seq_cst);
  }
  [[nodiscard]] bool is_open(std::uint64_t revision) const noexcept {
    // seq_cst: see EarlyAsks; as an acquire it pairs with end_turn(): who sees the turn closed also
    // sees its change sent, or rolled_back_.
    return revision != 0 && open_turn_.load(std::memory_order_seq_cst) == revision;
  }

  // Its own part of the store's queue, in bytes. Both return what it was before.
  std::size_t add_queued(std::size_t bytes) noexcept {
    // relaxed, both: a bound with slack; nothing else is read because of it.
    return queued_bytes_.fetch_add(bytes, std::memory_order_relaxed);
  }
  std::size_t remove_queued(std::size_t bytes) noexcept {
    return queued_bytes_.fetch_sub(bytes, std::memory_order_relaxed);
  }

  // At most one of the writer's changes keeps its actor paused at a time; its end lets the actor go
  // on, and the next change over the bound pauses it again.
  [[nodiscard]] bool take_pause() noexcept {
    // relaxed, here and below: only who takes it matters, the pause itself orders the rest.
    return !is_paused_.exchange(true, std::memory_order_relaxed);
  }
  void return_pause() noexcept { is_paused_.store(false, std::memory_order_relaxed); }

  // A change of his was not stored: what he holds in memory must not be used any more. Stops the
  // actor. The first reason counts.
  void fail(Errc why) noexcept {
    std::uint8_t none = 0;
    // seq_cst: see set_actor(); as a release it pairs with failed(). relaxed on failure: the first
    // reason stays, nothing is read.
    if (!failed_.compare_exchange_strong(none, static_cast<std::uint8_t>(why),
                                         std::memory_order_seq_cst, std::memory_order_relaxed)) {
      return;
    }
    if (Cell* const cell = actor_.load(std::memory_order_seq_cst)) post_stop_now(*cell);
  }
  [[nodiscard]] bool failed() const noexcept {
    // acquire: pairs with fail().
    return failed_.load(std::memory_order_acquire) != 0;
  }
  // Requires failed().
  [[nodiscard]] Errc why() const noexcept {
    // acquire: pairs with fail().
    return static_cast<Errc>(failed_.load(std::memory_order_acquire));
  }

 private:
  Atomic<std::uint64_t> open_turn_{0};  // Its revision; 0: none.
  Atomic<std::uint64_t> rolled_back_{0};
  DirectWrites direct_writes_;  // The writer's.
  const std::shared_ptr<StoreLink> link_;
  const std::uint64_t owner_id_;
  Atomic<Cell*> actor_{nullptr};
  Atomic<std::size_t> queued_bytes_{0};
  Atomic<bool> is_paused_{false};
  Atomic<std::uint8_t> failed_{0};  // An Errc.
};

}  // namespace stet::detail
