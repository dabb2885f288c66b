// runtime/src/ask.cpp - deadlines, exclusive questions, and questions that are passed on.
#include <stet/runtime/detail/ask_guard.hpp>

#include <memory>
#include <new>
#include <string>
#include <utility>

#include <stet/runtime/detail/birth.hpp>

#include "core.hpp"

namespace stet::detail {
namespace {

struct AskGraph {
  static bool try_retain(Cell& cell) noexcept { return BlockPool::try_retain(cell); }
  static void release(Cell& cell) noexcept { detail::release(&cell); }
  static AskEdges* edges(Cell& cell) noexcept {
    // seq_cst: pairs with make_extra(), see ask_edges.hpp.
    CellExtra* const extra = cell.extra_.load(std::memory_order_seq_cst);
    return extra == nullptr ? nullptr : &extra->asks;
  }
};
using AskWalk = BasicAskWalk<Cell, AskGraph>;

void append_actor(std::string& text, const Cell& cell) {
  text.append(cell.type->name);
  if (!cell.name().empty()) text.append(" '").append(cell.name()).append("'");
}

// "Teller 'a' waits for Ledger 'b' waits for Teller 'a'"
Error cycle_error(const Cell& asker, const AskWalk& walk) noexcept {
  Error error(Errc::ask_cycle);
  try {
    append_actor(error.text, asker);
    for (std::size_t i = 0; i < walk.actors(); ++i) {
      error.text.append(" waits for ");
      append_actor(error.text, walk.actor(i));
    }
    // Who asks itself stands at both ends already.
    if (&walk.actor(walk.actors() - 1) != &asker) {
      error.text.append(" waits for ");
      append_actor(error.text, asker);
    }
  } catch (...) {
    error.text.clear();  // No memory for the names: the code says enough.
  }
  return error;
}

struct AskGuard final : TimerNode, ReplySlot {
  AskGuard(Cell& asker, ReplySlot& answer, AskEdges::Edge* waits) noexcept
      : TimerNode(asker, ops_), ReplySlot{&take}, inner(&answer), edge(waits) {}

  // The receiver's answer. Takes the slot's reference.
  static void take(ReplySlot* slot, void* value, const Error* error) noexcept {
    auto* self = static_cast<AskGuard*>(slot);
    // acq_rel: who decides sees the edge as who moved it left it (acquire); whoever comes later
    // finds it decided (release). Who holds the slot moves no edge now.
    if (self->phase.exchange(decided, std::memory_order_acq_rel) == open) {
      if (self->timed) disarm(*self);
      self->hand_on(value, error);
    }
    release(*self);
  }

  static std::int64_t fire(TimerNode& timer, std::int64_t) noexcept {
    static_cast<AskGuard&>(timer).give_up(Errc::timed_out);
    return 0;
  }
  // Called by take()'s own disarm() too: then it is decided.
  static void drop(TimerNode& timer) noexcept {
    static_cast<AskGuard&>(timer).give_up(Errc::shutting_down);
  }
  static void free(TimerNode* timer) noexcept {
    auto* self = static_cast<AskGuard*>(timer);
    Core& core = self->cell->core();
    std::destroy_at(self);
    release_block(core, self, sizeof(AskGuard), BlockKind::message);
  }
  static constexpr TimerOps ops_{&fire, &drop, &free, false};

  // Who holds the slot passes the question on. True: that would close a cycle, which `why` names.
  bool move_closes_cycle(Cell& receiver, Error& why) noexcept {
    if (edge == nullptr) return false;
    std::uint32_t expected = open;
    // acquire: pairs with the end of an earlier move. Once decided, nobody waits, so there is no
    // cycle. relaxed on failure: nothing is read.
    if (!phase.compare_exchange_strong(expected, moving, std::memory_order_acquire,
                                       std::memory_order_relaxed)) {
      return false;
    }
    bool is_cycle = false;
    if (asked == nullptr) {
      // It went to another System before, and the edge may be another question's by now.
    } else if (&receiver.core() == &cell->core()) {
      wait_for(receiver);
      AskWalk walk;
      is_cycle = walk.find(*cell, receiver);
      if (is_cycle) why = cycle_error(*cell, walk);
    } else {
      wait_no_more();
    }
    expected = moving;
    // acq_rel: release pairs with take() and give_up(), who see the edge as it is now; acquire pairs
    // with a give_up() that came meanwhile and left the rest to this thread.
    if (!phase.compare_exchange_strong(expected, open, std::memory_order_acq_rel,
                                       std::memory_order_acquire)) {
      time_is_up(Errc::timed_out);
    }
    return is_cycle;
  }

  enum : std::uint32_t {
    open,
    moving,   // The holder of the slot is changing the edge.
    decided,  // Answered, or too late to be.
  };
  // The edge leads to this actor from here on. Counted as long as it does: of memory that is given
  // back another actor is made, and a walk would come to that one.
  void wait_for(Cell& receiver) noexcept {
    retain(&receiver);
    edge->set(receiver);
    if (Cell* const before = std::exchange(asked, &receiver)) detail::release(before);
  }

  ReplySlot* const inner;      // Of whoever decides.
  AskEdges::Edge* const edge;  // nullptr: not exclusive, or between Systems.
  // Where the edge leads; counted. nullptr: nowhere any more, and the edge is the asker's again.
  // Changed before it is sent, then only by who has made the phase `moving` or `decided`.
  Cell* asked = nullptr;
  Atomic<std::uint32_t> phase{open};
  bool timed = false;  // Constant once it is sent: the timer was armed.

 private:
  void give_up(Errc why) noexcept {
    // acq_rel: as in take(). Who is moving the edge finds it decided, and does the rest.
    if (phase.exchange(decided, std::memory_order_acq_rel) == open) time_is_up(why);
  }
  void time_is_up(Errc why) noexcept {
    const Error error(why);
    hand_on(nullptr, &error);
  }
  void wait_no_more() noexcept {
    Cell* const before = std::exchange(asked, nullptr);
    edge->clear();  // From here on it may be the asker's next question's.
    detail::release(before);
  }
  void hand_on(void* value, const Error* error) noexcept {
    // First, so that who gets the answer finds the edge free, and who gave it may ask back.
    if (asked != nullptr) wait_no_more();
    inner->resolve(inner, value, error);
  }
};
static_assert(sizeof(AskGuard) <= 2 * BlockCache::granule_bytes);

void send_question(Cell& receiver, Envelope* question, const AskTerms& terms) noexcept {
  if (terms.urgent) {
    deliver_urgent_question(receiver, question);
  } else {
    deliver(receiver, question);
  }
}

}  // namespace

bool ask_guarded(Cell& asker, Cell& receiver, Envelope* question, ReplySlot& answer,
                 const AskTerms& terms) noexcept {
  const bool timed = terms.within != std::chrono::nanoseconds::max();
  // Cells of other Systems may go with their System, so no walk may come to them.
  const bool visible = terms.exclusive && &asker.core() == &receiver.core();
  if (!timed && !visible) {
    question->reply = &answer;
    send_question(receiver, question, terms);
    return true;
  }
  AskGuard* guard = nullptr;
  try {
    AskEdges::Edge* const edge = visible ? &asker.make_extra().asks.claim() : nullptr;
    void* const memory = allocate_block(asker.core(), sizeof(AskGuard), BlockKind::message);
    guard = ::new (memory) AskGuard(asker, answer, edge);
  } catch (const std::bad_alloc&) {
    return false;
  }
  if (visible) {
    guard->wait_for(receiver);
    AskWalk walk;
    if (walk.find(asker, receiver)) {
      const Error error = cycle_error(asker, walk);
      AskGuard::take(guard, nullptr, &error);
      dispose(receiver.core(), question, error);
      return true;
    }
  }
  // Before it is sent: an answer disarms it.
  if (timed) {
    guard->timed = true;
    arm(*guard, terms.within);
  }
  question->reply = guard;
  send_question(receiver, question, terms);
  return true;
}

void delegate_to(Cell& receiver, Envelope* question, ReplySlot* answer) noexcept {
  if (answer != nullptr && answer->resolve == &AskGuard::take) {
    Error why;
    if (static_cast<AskGuard*>(answer)->move_closes_cycle(receiver, why)) {
      answer->resolve(answer, nullptr, &why);
      dispose(receiver.core(), question, why);
      return;
    }
  }
  question->reply = answer;
  deliver(receiver, question);
}

std::uint32_t begin_await(Cell& cell) {
  AskEdges& asks = cell.make_extra().asks;
  if (asks.open++ == 0) {
    STET_ASSERT(cell.pauses < 255);
    ++cell.pauses;
  }
  return asks.life;
}

void end_await(Cell& cell, std::uint32_t life) noexcept {
  AskEdges& asks = cell.extra()->asks;
  if (asks.life != life) return;
  STET_ASSERT(asks.open > 0 && cell.pauses > 0);
  if (--asks.open == 0) --cell.pauses;
}

void end_await_unheard(Cell* cell, std::uint32_t life) noexcept {
  // On any other thread, and outside of its turns, the actor has ended.
  if (current_context != nullptr && current_context->running == cell) end_await(*cell, life);
}

void forget_awaits(Cell& cell) noexcept {
  CellExtra* const extra = cell.extra();
  if (extra == nullptr || extra->asks.open == 0) return;
  extra->asks.open = 0;
  ++extra->asks.life;
  --cell.pauses;
}

}  // namespace stet::detail
