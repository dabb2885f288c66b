// persistence/src/faulty_engine.hpp - an engine that fails when a test says so.
//
// It stands before another engine and keeps the contract of engine.hpp: an error of the world
// leaves nothing behind, outcome_unknown poisons. What is planned in the control happens at the nth
// call, by seeded chance, or as long as a switch is on.
//
// Threads    FaultControl: any. The engine: as engine.hpp says.
// Ownership  The engine owns the one behind it and shares the control with the test.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <vector>

#include "engine.hpp"

namespace stet::detail {

class FaultControl {
 public:
  enum class Call : std::uint8_t { commit, flush, view, get, scan, reopen };
  // Whether what was asked for happens all the same. `after` needs outcome_unknown: any other error
  // promises that nothing was kept.
  enum class Effect : std::uint8_t { none, after };

  explicit FaultControl(std::uint64_t seed = 0) : random_(seed) {}

  // The nth call of this kind from now on fails, 1 being the next.
  void fail_at(Call call, std::uint64_t nth, Errc code, Effect effect = Effect::none);
  // Each call of this kind fails with this chance, drawn from the seed; 0 ends it.
  void fail_randomly(Call call, unsigned permille, Errc code);
  // While it is full, a commit that puts anything is disk_full; one that only erases goes through.
  void set_disk_full(bool full);
  // Whether peek() asks the engine behind. Without, each read needs a view, as on a disk.
  void set_peeks(bool peeks);
  // What foreign_readers() says, instead of the engine behind.
  void set_foreign_readers(std::vector<ForeignReader> readers);
  // Called at the begin of each call, outside of any lock of ours: may sleep, block or count.
  void set_delay(std::function<void(Call)> delay);

  [[nodiscard]] std::uint64_t calls(Call call) const;   // Made so far.
  [[nodiscard]] std::uint64_t faults(Call call) const;  // Of these, failed on purpose.

 private:
  friend class FaultyEngine;
  friend class FaultyView;

  struct Fault {
    Errc code = Errc::io;
    Effect effect = Effect::none;
  };
  struct Planned {
    Call call = Call::commit;
    std::uint64_t at = 0;
    Fault fault;
  };
  struct PerCall {
    std::uint64_t calls = 0;
    std::uint64_t faults = 0;
    unsigned permille = 0;
    Errc code = Errc::io;
  };

  // Counts the call, waits as told, and says whether it fails.
  [[nodiscard]] std::optional<Fault> begin(Call call, bool needs_room = false);
  [[nodiscard]] std::optional<Fault> choose(PerCall& state, Call call, bool needs_room);
  [[nodiscard]] PerCall& state(Call call) { return states_[static_cast<std::size_t>(call)]; }

  mutable std::mutex mutex_;
  std::mt19937_64 random_;
  std::array<PerCall, 6> states_{};
  std::vector<Planned> planned_;  // Bounded by what the test plans.
  std::function<void(Call)> delay_;
  bool disk_full_ = false;
  bool peeks_ = false;
  std::vector<ForeignReader> foreign_readers_;
};

[[nodiscard]] std::unique_ptr<Engine> make_faulty_engine(std::unique_ptr<Engine> inner,
                                                         std::shared_ptr<FaultControl> control);

}  // namespace stet::detail
