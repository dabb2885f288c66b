// persistence/src/state.cpp - how a change leaves.
#include <stet/persistence/detail/state.hpp>

#include <new>
#include <utility>

namespace stet::detail {

Result<void> State::begin() {
  // Also in a turn: it may have been broken on a host thread before it was moved into an actor.
  if (is_broken_) {
    return Error(Errc::rolled_back,
                 "a change threw half-way or a reload failed: reload() must succeed first");
  }
  if (Turn::active()) {
    const Result<TurnChange*> turn = TurnChange::join(unit_->link(), unit_);
    if (!turn) return turn.error();
    return {};
  }
  if (unit_->failed()) {
    return Error(unit_->why(), "an earlier change was not stored: call reload() first");
  }
  return unit_->link()->wait_for_room();
}

void State::abandon() noexcept {
  if (TurnChange* const turn = TurnChange::joined()) {
    turn->doom();
  } else {
    is_broken_ = true;
  }
}

Token State::commit(std::optional<Durability> durability) {
  const Durability wanted = durability.value_or(durability_.value_or(unit_->link()->durability));
  if (TurnChange* const turn = TurnChange::joined()) {
    turn->add(*this, wanted);
    return Token(unit_, turn->revision(), wanted);
  }
  return send_now(wanted);
}

Token State::send_now(Durability durability) {
  StoreLink& link = *unit_->link();
  ChangeWriter writer;
  const std::uint64_t revision = link.next_revision();
  if (auto done = write_to(writer, revision); !done) {
    is_broken_ = true;  // The value in memory is not what is stored.
    link.tell_refused(scope(), done.error());
    return Token(unit_, std::move(done).error());
  }
  if (!writer.empty()) {
    Change change{writer.take(), {}, durability};
    change.ticket = Ticket(unit_, change.bytes.size() + Ticket::overhead_bytes);
    link.change.send(std::move(change));
  }
  return Token(unit_, revision, durability);
}

bool State::take_is_sure() noexcept {
  const DirectWrites& writes = unit_->direct_writes();
  const bool is_sure =
      !std::exchange(is_new_to_unit_, false) && !writes.touched(scope(), seen_direct_writes_);
  seen_direct_writes_ = writes.number();
  return is_sure;
}

void State::renew_writer() {
  const std::shared_ptr<StoreLink>& link = unit_->link();
  if (unit_->failed()) unit_ = std::make_shared<Unit>(link, unit_->owner_id());
}

void State::move_to(const std::shared_ptr<Unit>& unit) {
  if (unit_ == unit) return;
  claim_.hand_over(unit->owner_id());
  // What the other wrote by another way is not known here: the next change is sent in any case.
  is_new_to_unit_ = true;
  unit_ = unit;
}

void State::leave_turn() noexcept {
  if (!in_turn_) return;
  try {
    if (TurnChange* const turn = TurnChange::joined()) turn->finish(*this);
  } catch (const std::bad_alloc&) {
    TurnChange::joined()->doom();
  }
}

}  // namespace stet::detail
