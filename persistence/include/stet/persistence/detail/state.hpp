// stet/persistence/detail/state.hpp - what saves itself, without its type.
//
// State knows its scope and how a change of it leaves: with the turn, or, outside of turns, at
// once. What is below a Persistable is a ValueState, what is below a container a ContainerState.
//
// Threads    One at a time, as the Persistable.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <stet/persistence/detail/claim.hpp>
#include <stet/persistence/detail/store_link.hpp>
#include <stet/persistence/detail/turn_change.hpp>
#include <stet/persistence/detail/unit.hpp>
#include <stet/persistence/token.hpp>

namespace stet::detail {

class State {
 public:
  State(std::shared_ptr<Unit> unit, Claim claim) noexcept
      : unit_(std::move(unit)), claim_(std::move(claim)) {}
  virtual ~State() = default;  // The type's own destructor calls leave_turn().
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  [[nodiscard]] const std::string& scope() const noexcept { return claim_.scope(); }
  [[nodiscard]] bool is_broken() const noexcept { return is_broken_; }
  [[nodiscard]] const std::shared_ptr<Unit>& unit() const noexcept { return unit_; }
  void set_durability(Durability durability) noexcept { durability_ = durability; }

  // Around every change. begin(): may it be changed now? Errors: rolled_back (reload first), what
  // has failed the unit, would_block (outside of turns: the queue has no room), invalid_argument.
  [[nodiscard]] Result<void> begin();
  // It threw half-way.
  void abandon() noexcept;
  // It is done.
  [[nodiscard]] Token commit(std::optional<Durability> durability);

  // Writes what differs from what is stored, if anything. Errors: too_large, with nothing written.
  [[nodiscard]] virtual Result<void> write_to(ChangeWriter& writer, std::uint64_t revision) = 0;

  // After what failed the writer: a new one under the same claim. Only outside of turns.
  void renew_writer();

 protected:
  // Refuses changes until mark_sound().
  void mark_broken() noexcept { is_broken_ = true; }
  void mark_sound() noexcept { is_broken_ = false; }
  void leave_turn() noexcept;
  // False: turns of this writer have written its records by another way since this was last asked.
  [[nodiscard]] bool take_is_sure() noexcept;

 private:
  friend class TurnChange;

  [[nodiscard]] Token send_now(Durability durability);
  // Becomes a part of this writer, with its scope.
  void move_to(const std::shared_ptr<Unit>& unit);

  std::shared_ptr<Unit> unit_;
  Claim claim_;
  std::uint64_t seen_direct_writes_ = 0;  // The number of the last one of unit_.
  bool is_new_to_unit_ = false;
  bool is_broken_ = false;
  bool in_turn_ = false;  // The current turn's change knows it.
  std::optional<Durability> durability_;
};

}  // namespace stet::detail
