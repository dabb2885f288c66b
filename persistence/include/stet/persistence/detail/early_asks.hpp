// stet/persistence/detail/early_asks.hpp - who asks about a turn that has not ended yet.
//
// A token may leave its turn and be used on another thread while the turn still runs. Whether its
// change will be sent is then not known, and the store would answer for what came before. So such
// questions are kept here until the turn's end.
//
// Threads    Any.
// Progress   end_turn(): two atomic accesses while nobody is early, else a short lock. wait()
//            blocks up to its deadline.
// Bounds     One entry a then() that was called early, one thread a wait().
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include <stet/persistence/detail/deferred.hpp>
#include <stet/persistence/detail/unit.hpp>
#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

class EarlyAsks {
 public:
  // Keeps `what` and runs it at the turn's end, on its thread. False: the turn has ended, `what` is
  // the caller's.
  [[nodiscard]] bool keep(const Unit& unit, std::uint64_t revision,
                          std::unique_ptr<Deferred>& what);
  // Until the turn has ended. False: not before the deadline.
  [[nodiscard]] bool wait(const Unit& unit, std::uint64_t revision,
                          std::chrono::steady_clock::time_point deadline);

  // By the turn, once its change is in the store's mailbox or has been dropped.
  void end_turn(Unit& unit) noexcept;

 private:
  void tell(const Unit& unit) noexcept;

  struct Kept {
    const Unit* unit;  // Alive: the question behind `what` holds it.
    std::unique_ptr<Deferred> what;
  };

  Atomic<std::uint32_t> early_{0};  // Kept and waiting ones.
  std::mutex mutex_;                // Guards kept_; never held over a call out.
  std::condition_variable ended_;
  std::vector<Kept> kept_;
};

}  // namespace stet::detail
