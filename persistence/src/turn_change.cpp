// persistence/src/turn_change.cpp - collecting what a turn changes, and sending it at its end.
#include <stet/persistence/detail/turn_change.hpp>

#include <algorithm>
#include <new>
#include <utility>

#include <stet/persistence/detail/state.hpp>
#include <stet/runtime/detail/cell.hpp>

namespace stet::detail {
namespace {

// A turn runs on one thread from begin to end and turns do not nest, so one a thread is enough, and
// its buffers are used again.
TurnChange& of_this_thread() {
  thread_local TurnChange change;
  return change;
}

// One actor is one writer to a store, from its birth to its end, so that after a turn that was not
// stored no later one is. Kept under the address of the link, which lives as long as the writer.
class WriterOfActor final : public ActorAttachment {
 public:
  explicit WriterOfActor(std::shared_ptr<Unit> its_unit) noexcept : unit(std::move(its_unit)) {}
  const std::shared_ptr<Unit> unit;
};

// `unit`: of a Persistable in use, nullptr for none. The first one's becomes the actor's.
std::shared_ptr<Unit> writer_of_actor(const std::shared_ptr<StoreLink>& link,
                                      const std::shared_ptr<Unit>& unit) {
  if (const ActorAttachment* const found = Turn::attachment(link.get())) {
    return static_cast<const WriterOfActor*>(found)->unit;
  }
  const bool is_its_own = unit != nullptr && unit->may_be_of(*current_context->running);
  auto made = is_its_own ? unit : std::make_shared<Unit>(link, link->next_owner_id());
  Turn::attach(link.get(), std::make_unique<WriterOfActor>(made));
  if (!made->has_actor()) made->set_actor(*current_context->running);
  return made;
}

}  // namespace

TurnChange::~TurnChange() { STET_ASSERT(!is_joined_); }

TurnChange* TurnChange::joined() noexcept {
  if (!Turn::active()) return nullptr;
  TurnChange& change = of_this_thread();
  return change.is_joined_ ? &change : nullptr;
}

Result<TurnChange*> TurnChange::join(const std::shared_ptr<StoreLink>& link,
                                     const std::shared_ptr<Unit>& unit) {
  TurnChange& change = of_this_thread();
  if (!change.is_joined_) {
    change.unit_ = writer_of_actor(link, unit);
    change.revision_ = link->next_revision();
    change.unit_->begin_turn(change.revision_);
    change.is_joined_ = true;
    Turn::join(change);
  } else if (change.unit_->link() != link) {
    change.doom();
    return Error(Errc::invalid_argument,
                 "this turn writes to another store already: one turn, one store");
  }
  // What it sent before it came here may still fail: that concerns this actor now.
  if (unit != nullptr && !unit->has_actor()) unit->set_actor(*current_context->running);
  for (const Unit* const each : {change.unit_.get(), unit.get()}) {
    if (each == nullptr || !each->failed()) continue;
    change.doom();
    return Error(each->why(), "an earlier change of this actor was not stored");
  }
  return &change;
}

void TurnChange::begin_writer(const std::shared_ptr<Unit>& unit) {
  Turn::attach(unit->link().get(), std::make_unique<WriterOfActor>(unit));
  unit->set_actor(*current_context->running);
}

void TurnChange::add(State& state, Durability durability) {
  raise(durability);
  state.move_to(unit_);  // Loaded on its own and moved into this actor: one actor, one writer.
  if (state.in_turn_) return;
  states_.push_back(&state);
  state.in_turn_ = true;
}

void TurnChange::finish(State& state) {
  note_direct_writes();
  if (!state.write_to(writer_, revision_)) doom();
  std::erase(states_, &state);
  state.in_turn_ = false;
  claims_.push_back(std::move(state.claim_));
}

bool TurnChange::on_turn_end(TurnOutcome outcome) noexcept {
  bool is_kept = outcome == TurnOutcome::kept && !is_doomed_ && !unit_->failed();
  try {
    if (is_kept) is_kept = send();
  } catch (const std::bad_alloc&) {
    is_kept = false;
  }
  if (!is_kept) unit_->note_rolled_back(revision_);  // Its tokens may be with others.
  unit_->link()->early.end_turn(*unit_);
  reset();
  return is_kept;
}

void TurnChange::note_direct_writes() {
  if (!has_direct_writes_) return;
  unit_->direct_writes().note(writer_.view().substr(noted_bytes_));
  noted_bytes_ = writer_.bytes();
}

bool TurnChange::send() {
  note_direct_writes();
  for (State* const state : states_) {
    const Result<void> done = state->write_to(writer_, revision_);
    if (done) continue;
    unit_->link()->tell_refused(state->scope(), done.error());
    return false;
  }
  if (!writer_.empty()) {
    Change change{writer_.take(), {}, durability_};
    change.ticket = Ticket(unit_, change.bytes.size() + Ticket::overhead_bytes);
    unit_->link()->change.send(std::move(change));
  }
  for (const std::unique_ptr<Deferred>& what : deferred_) what->run();
  return true;
}

void TurnChange::reset() noexcept {
  for (State* const state : states_) state->in_turn_ = false;
  states_.clear();
  deferred_.clear();
  claims_.clear();  // Given back behind the change.
  writer_.clear();
  unit_.reset();
  durability_ = Durability::async;
  is_joined_ = false;
  has_direct_writes_ = false;
  noted_bytes_ = 0;
  is_doomed_ = false;
}

}  // namespace stet::detail
