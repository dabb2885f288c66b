// stet/persistence/detail/state.hpp - what saves itself, without its type.
//
// State knows its scope and how a change of it leaves: with the turn, or, outside of turns, at
// once. RootState, below a Persistable, is one record, and knows what of it is stored. Containers
// have their own kind, ContainerState.
//
// Threads    One at a time, as the Persistable.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <stet/persistence/buffer.hpp>
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
  // False: turns of this writer have written records by another way since this was last asked.
  [[nodiscard]] bool take_is_sure() noexcept;

 private:
  friend class TurnChange;

  [[nodiscard]] Token send_now(Durability durability);
  // Becomes a part of this writer, with its scope.
  void move_to(const std::shared_ptr<Unit>& unit);

  std::shared_ptr<Unit> unit_;
  Claim claim_;
  std::uint64_t seen_direct_writes_ = 0;  // Of unit_.
  bool is_broken_ = false;
  bool in_turn_ = false;  // The current turn's change knows it.
  std::optional<Durability> durability_;
};

class RootState : public State {
 public:
  using State::State;

  [[nodiscard]] bool has() const noexcept { return has_; }
  // The record is to be there, or not.
  [[nodiscard]] Token commit(bool has, std::optional<Durability> durability) {
    has_ = has;
    return State::commit(durability);
  }
  [[nodiscard]] Result<void> write_to(ChangeWriter& writer, std::uint64_t revision) override;

  // The record as the store has it now. Only outside of turns.
  [[nodiscard]] Result<std::optional<std::string>> read_again(std::chrono::nanoseconds timeout);

 protected:
  // Takes a payload as it was read, nullopt for none: what is stored from now on.
  void set_stored(std::optional<std::string_view> payload) noexcept;
  virtual void encode_payload(Buffer& out) const = 0;
  [[nodiscard]] virtual std::uint16_t codec_version() const noexcept = 0;

 private:
  std::array<char, 16> stored_hash_{};
  bool is_stored_ = false;
  bool has_ = false;
};

}  // namespace stet::detail
