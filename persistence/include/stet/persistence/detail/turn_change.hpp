// stet/persistence/detail/turn_change.hpp - the one change that the current turn is making.
//
// Persistables and repositories that are written in a turn join it; when the handler has returned
// their records are encoded, on the actor's worker, and leave as one Change. When it threw, or a
// mutate() did, nothing leaves and the actor is discarded.
//
// Threads    One object a thread, used by the turn that this thread runs.
// Bounds     group_bytes_max, checked by the store and, a record at a time, here.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include <stet/persistence/change.hpp>
#include <stet/persistence/detail/claim.hpp>
#include <stet/persistence/detail/deferred.hpp>
#include <stet/persistence/detail/store_link.hpp>
#include <stet/persistence/durability.hpp>
#include <stet/runtime/result.hpp>
#include <stet/runtime/turn.hpp>

namespace stet::detail {

class State;

class TurnChange final : public TurnParticipant {
 public:
  TurnChange() = default;
  ~TurnChange();

  // The current turn's, for this store. `unit`: of the Persistable that is written; nullptr: none.
  // Requires Turn::active(). Errors: invalid_argument (the turn writes to another store already: it
  // is then doomed), and what has failed a unit before. May throw bad_alloc.
  [[nodiscard]] static Result<TurnChange*> join(const std::shared_ptr<StoreLink>& link,
                                                const std::shared_ptr<Unit>& unit);
  // The actor that runs is this writer, to its end. Requires Turn::active(), and no write of it yet.
  // May throw bad_alloc.
  static void begin_writer(const std::shared_ptr<Unit>& unit);
  // As far as the current turn has one.
  [[nodiscard]] static TurnChange* joined() noexcept;

  [[nodiscard]] std::uint64_t revision() const noexcept { return revision_; }
  [[nodiscard]] const std::shared_ptr<Unit>& unit() const noexcept { return unit_; }

  // To be encoded at the end of the turn.
  void add(State& state, Durability durability);
  // The state ends within the turn that changed it: encodes it now, keeps its claim to the end.
  void finish(State& state);
  // Single records, by key. `durability` is the least that is wanted.
  [[nodiscard]] ChangeWriter& write(Durability durability) noexcept {
    has_direct_writes_ = true;
    raise(durability);
    return writer_;
  }
  // A mutate() threw: the turn must not be kept, even if somebody catches it.
  void doom() noexcept { is_doomed_ = true; }
  void after_send(std::unique_ptr<Deferred> what) { deferred_.push_back(std::move(what)); }

  [[nodiscard]] bool on_turn_end(TurnOutcome outcome) noexcept override;

 private:
  void raise(Durability durability) noexcept {
    if (durability > durability_) durability_ = durability;
  }
  [[nodiscard]] bool send();  // May throw bad_alloc.
  void note_direct_writes();  // May throw bad_alloc.
  void reset() noexcept;

  bool is_joined_ = false;
  bool has_direct_writes_ = false;  // Not through a Persistable.
  bool is_doomed_ = false;
  Durability durability_ = Durability::async;
  std::uint64_t revision_ = 0;
  std::shared_ptr<Unit> unit_;
  std::vector<State*> states_;
  std::vector<Claim> claims_;
  std::vector<std::unique_ptr<Deferred>> deferred_;
  ChangeWriter writer_;
  std::size_t noted_bytes_ = 0;  // Of writer_: direct writes up to here are noted.
};

}  // namespace stet::detail
