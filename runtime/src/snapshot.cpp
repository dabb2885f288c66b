// runtime/src/snapshot.cpp - asking every actor what it is at.
#include <stet/runtime/snapshot.hpp>

#include <algorithm>
#include <memory>
#include <utility>

#include <stet/runtime/detail/host_wait.hpp>

#include "core.hpp"
#include "family.hpp"
#include "flow.hpp"

namespace stet {
namespace detail {
namespace {

std::string called_in_full(const Cell& cell) {
  std::string text(cell.type->name);
  if (!cell.name().empty()) text.append(" '").append(cell.name()).append("'");
  return text;
}

std::size_t count_mail(const Envelope* chain, std::size_t so_far) noexcept {
  for (; chain != nullptr && so_far < SystemSnapshot::depth_max; chain = chain->next) {
    if (is_user_mail(*chain)) ++so_far;
  }
  return so_far;
}

void name_awaited(CellExtra& extra, std::vector<std::string>& out) {
  AskEdges::Cursor rest(&extra.asks);
  // Bounded by the most questions that the actor ever had open.
  while (AskEdges::Edge* const edge = rest.next()) {
    // Orders and steps as in a walk, see ask_edges.hpp: only while the edge stands it is certain
    // that this cell is still the receiver's.
    const std::uint32_t serial = edge->serial.load(std::memory_order_acquire);
    Cell* const to = edge->to.load(std::memory_order_seq_cst);
    if (to == nullptr || !BlockPool::try_retain(*to)) continue;
    if (edge->to.load(std::memory_order_seq_cst) == to &&
        edge->serial.load(std::memory_order_acquire) == serial) {
      out.push_back(called_in_full(*to));
    }
    release(to);
  }
}

// On the actor's own thread, between turns. `fresh`: mail taken, and not yet pending.
void describe(const Cell& cell, const Envelope* fresh, ActorSnapshot& out) {
  CellExtra* const extra = cell.extra();
  out.depth = count_mail(cell.mailbox.peek(), count_mail(cell.pending, count_mail(fresh, 0)));
  if (cell.limited) {
    // Where the bound keeps its own count, that is the better one.
    out.depth = std::max<std::size_t>(out.depth, extra->flow->level.waiting());
  }
  const bool has_mail = out.depth != 0 || fresh != nullptr || cell.pending != nullptr ||
                        cell.mailbox.peek() != nullptr;
  out.state = cell.stopping     ? ActorState::stopping
              : !cell.born      ? ActorState::unborn
              : cell.pauses > 0 ? ActorState::paused
              : has_mail        ? ActorState::queued
                                : ActorState::idle;
  out.parent = reinterpret_cast<std::uintptr_t>(parent_of(cell));
  if (extra != nullptr) name_awaited(*extra, out.waits_for);
  out.described = true;
}

// One round of questions, shared by who asks and all who have not answered yet.
struct Round {
  struct Asked {
    Cell* cell;  // Holds one reference.
    ActorSnapshot about;
    // Whose `about` is: with `answered` or `gone` it is the round's.
    enum : std::uint32_t { open, answered, gone };
    Atomic<std::uint32_t> state{open};
  };

  Round(Core& core, std::size_t count)
      : wait(core), asked(std::make_unique<Asked[]>(count)), left(count) {}
  ~Round() {
    for (std::size_t i = 0; i < size; ++i) release(asked[i].cell);
  }
  Round(const Round&) = delete;
  Round& operator=(const Round&) = delete;

  void close(Asked& one, std::uint32_t how) noexcept {
    // release: pairs with take_snapshot().
    one.state.store(how, std::memory_order_release);
    // relaxed: what was written is published above, one by one. Nobody destroys the wait: all who
    // come here hold the round.
    if (left.fetch_sub(1, std::memory_order_relaxed) == 1) static_cast<void>(wait.complete());
  }

  HostWait wait;
  std::unique_ptr<Asked[]> asked;
  std::size_t size = 0;
  Atomic<std::size_t> left;
};

struct Describe : SystemMessage {
  Describe(std::shared_ptr<Round> whose, std::size_t index)
      : round(std::move(whose)), one(round->asked[index]) {
    run = [](SystemMessage* self, Cell& cell) noexcept {
      const std::unique_ptr<Describe> message(static_cast<Describe*>(self));
      try {
        describe(cell, current_context->fresh, message->one.about);
        message->round->close(message->one, Round::Asked::answered);
      } catch (...) {
        message->round->close(message->one, Round::Asked::gone);  // No memory to describe it.
      }
    };
    discard = [](SystemMessage* self, Cell&) noexcept {
      const std::unique_ptr<Describe> message(static_cast<Describe*>(self));
      message->round->close(message->one, Round::Asked::gone);
    };
  }
  std::shared_ptr<Round> round;
  Round::Asked& one;
};

ActorSnapshot seen_from_outside(const Cell& cell) {
  ActorSnapshot out;
  out.id = reinterpret_cast<std::uintptr_t>(&cell);
  out.name = cell.name();
  out.type = cell.type->name;
  out.state = ActorState::queued;
  return out;
}

// What threads are at, for those that did not answer.
void add_activity(Core& core, std::vector<ActorSnapshot>& actors) {
  const auto look = [&](const Activity& activity) {
    const auto id = reinterpret_cast<std::uintptr_t>(activity.cell());
    const EnvelopeOps* const message = activity.message();
    if (id == 0) return;
    for (ActorSnapshot& actor : actors) {
      if (actor.id != id || actor.described) continue;
      actor.state = ActorState::running;
      if (message != nullptr) actor.message = message->message_name;
    }
  };
  for (std::size_t i = 0; core.pool != nullptr && i < core.pool->size(); ++i) {
    look(core.pool->worker(i).activity());
  }
  core.own_threads.for_each([&](const OwnThread& thread) { look(thread.activity()); });
  core.elastic.for_each_activity(look);
  if (core.host_loop != nullptr) look(core.host_loop->activity());
}

std::vector<Cell*> retain_all(Core& core, std::size_t actors_max, std::size_t& left_out) {
  std::vector<Cell*> cells;
  // So that nothing throws while references are held.
  cells.reserve(std::min<std::size_t>(actors_max, core.alive() + 1024));
  core.blocks.for_each_cell([&](Cell& cell) {
    if (cell.mailbox.is_closed()) return;
    if (cells.size() == cells.capacity() || cells.size() == actors_max) {
      ++left_out;
      return;
    }
    retain(&cell);
    cells.push_back(&cell);
  });
  return cells;
}

std::shared_ptr<Round> make_round(Core& core, std::size_t actors_max, std::size_t& left_out) {
  const std::vector<Cell*> cells = retain_all(core, actors_max, left_out);
  std::shared_ptr<Round> round;
  try {
    round = std::make_shared<Round>(core, cells.size());
  } catch (...) {
    for (Cell* const cell : cells) release(cell);
    throw;
  }
  for (Cell* const cell : cells) round->asked[round->size++].cell = cell;
  for (std::size_t i = 0; i < round->size; ++i) {
    round->asked[i].about = seen_from_outside(*round->asked[i].cell);
  }
  return round;
}

// Asks, and waits for answers.
void ask_all(const std::shared_ptr<Round>& round, std::chrono::nanoseconds deadline) {
  for (std::size_t i = 0; i < round->size; ++i) {
    deliver_system(*round->asked[i].cell, new Describe(round, i));
  }
  if (round->size != 0 && !round->wait.wait(deadline)) static_cast<void>(round->wait.abandon());
}

}  // namespace
}  // namespace detail

std::string_view to_string(ActorState state) noexcept {
  switch (state) {
    case ActorState::idle: return "idle";
    case ActorState::queued: return "queued";
    case ActorState::running: return "running";
    case ActorState::paused: return "paused";
    case ActorState::stopping: return "stopping";
    case ActorState::unborn: return "unborn";
  }
  return "unknown";
}

Result<SystemSnapshot> take_snapshot(System& system, const SnapshotOptions& options) {
  if (!detail::HostWait::allowed()) {
    return Error(Errc::would_deadlock, "take_snapshot() on a thread that runs actors");
  }
  detail::Core& core = system.core();
  SystemSnapshot out;
  const auto round = detail::make_round(core, options.actors_max, out.left_out);
  out.actors.reserve(round->size);
  if (core.stepper != nullptr) {
    // Nobody runs: this thread owns all of them.
    for (std::size_t i = 0; i < round->size; ++i) {
      out.actors.push_back(round->asked[i].about);
      detail::describe(*round->asked[i].cell, nullptr, out.actors.back());
    }
    return out;
  }
  detail::ask_all(round, options.deadline);
  for (std::size_t i = 0; i < round->size; ++i) {
    const auto& asked = round->asked[i];
    // acquire: pairs with Round::close().
    switch (asked.state.load(std::memory_order_acquire)) {
      case detail::Round::Asked::answered: out.actors.push_back(asked.about); break;
      case detail::Round::Asked::open:
        // It may be describing itself at this moment: what it writes is not looked at.
        out.actors.push_back(detail::seen_from_outside(*asked.cell));
        break;
      default: break;
    }
  }
  detail::add_activity(core, out.actors);
  return out;
}

std::string to_text(const SystemSnapshot& snapshot) {
  std::string out;
  for (const ActorSnapshot& actor : snapshot.actors) {
    out.append(actor.type);
    if (!actor.name.empty()) out.append(" '").append(actor.name).append("'");
    out.append(": ").append(to_string(actor.state));
    if (!actor.message.empty()) out.append(" in ").append(actor.message);
    if (actor.depth != 0) out.append(", ").append(std::to_string(actor.depth)).append(" wait");
    for (const std::string& other : actor.waits_for) out.append(", waits for ").append(other);
    out.append("\n");
  }
  if (snapshot.left_out != 0) {
    out.append("and ").append(std::to_string(snapshot.left_out)).append(" more\n");
  }
  return out;
}

}  // namespace stet
