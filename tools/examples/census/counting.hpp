// tools/examples/census/counting.hpp - windows of stanzas to packages, checkpoints behind them.
//
// Two windows are on their way at any time: while the older one is waited for and stored, workers
// have the younger one and the next is read. Where the input keeps us waiting, what is in hand is
// sent, waited for and stored as well, so that the position never is much more than half a second
// behind.
//
// Threads    One; the packages run on the System's workers.
// Ownership  Refers to all that it is given, which outlives it. What refers to a Settlement may
//            still wait in a mailbox when it is gone: those outlive the System.
// Errors     run(): those of the input (input_failed() says so), of the store; timed_out when
//            nothing has moved for `patience`; not_found: no stanza in all of the input.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include <stet/persistence/data_store.hpp>
#include <stet/persistence/repository.hpp>
#include <stet/persistence/store.hpp>
#include <stet/runtime/system.hpp>

#include "checkpoint.hpp"
#include "input.hpp"
#include "line_reader.hpp"
#include "population.hpp"
#include "progress.hpp"
#include "reports.hpp"
#include "stanza_parser.hpp"
#include "trouble.hpp"
#include "window.hpp"

namespace census {

class Counting {
 public:
  static constexpr std::size_t windows_max = 2;
  using Settlements = std::array<Settlement, windows_max>;
  // As long as something still moves, we wait; this long without any movement is a failure.
  static constexpr std::chrono::seconds patience{60};
  // What came in is stored no later than this, and one wait of the input's, after the last time.
  static constexpr std::chrono::milliseconds unstored_max{500};

  struct Places {
    stet::System& system;
    const stet::Store& store;
    const stet::DataStore& packages;
    const stet::Repository<Checkpoint>& checkpoints;
    Settlements& settlements;
    const Trouble& trouble;
  };

  // `reader` stands where `checkpoint` says; both move on.
  Counting(const Places& places, Input& input, LineReader& reader, Checkpoint& checkpoint);

  // Counts to the end of input, and stores that.
  [[nodiscard]] stet::Result<void> run();

  [[nodiscard]] bool input_failed() const noexcept { return input_failed_; }
  // There was nothing behind the stored end of a finished run: nothing was counted.
  [[nodiscard]] bool was_complete() const noexcept { return was_complete_; }
  [[nodiscard]] std::uint64_t messages() const noexcept { return population_.messages(); }

 private:
  using Clock = std::chrono::steady_clock;

  // A window on its way; its Settlement is the one of the same number.
  struct Sent {
    Position end;
    Counts counts;
  };

  [[nodiscard]] stet::Result<void> count();
  [[nodiscard]] stet::Result<void> read_window();
  [[nodiscard]] stet::Result<void> keep_up();
  [[nodiscard]] stet::Result<void> send_window();
  [[nodiscard]] stet::Result<void> settle_oldest();
  [[nodiscard]] stet::Result<void> settle_all();
  [[nodiscard]] stet::Result<void> wait_for(Settlement& settlement) const;
  [[nodiscard]] stet::Result<void> store_checkpoint();

  Places places_;
  Input& input_;
  LineReader& reader_;
  Checkpoint& checkpoint_;
  Reports reports_;
  Progress progress_;
  StanzaParser parser_;
  Population population_;
  Window window_;
  std::array<Sent, windows_max> sent_;  // Numbers settled_ up to begun_, each modulo windows_max.
  std::uint64_t begun_ = 0;
  std::uint64_t settled_ = 0;
  Clock::time_point stored_at_ = Clock::now();
  bool input_failed_ = false;
  bool keeping_up_failed_ = false;  // A read that failed did so for the store's sake.
  bool was_complete_ = false;
};

}  // namespace census
