// runtime/src/parking.hpp - how an idle worker sleeps and how it is woken, without polling.
//
// An eventcount with one sleeping place per worker. A worker that finds nothing announces itself
// (prepare), looks once more at the count of queued actors, and only then sleeps (commit) or takes
// the announcement back (cancel). Who queues an actor raises that count first and then looks for an
// announced worker. One of the two sees the other, so no actor waits while all sleep.
//
// Threads    prepare(), cancel(), commit(): the worker of that place. The rest: any.
// Progress   wake_one(): lock-free, and one system call if somebody sleeps. commit() blocks.
// Memory     All operations here that matter for the argument are seq_cst; see each.
// Bounds     places_max workers.
// Source     Eventcount as in Vyukov's, and the rule for searching workers from tokio's scheduler.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include <stet/runtime/detail/assert.hpp>
#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

// Sleep: wait(word, expected, timeout) and wake_one(word). A template for the models.
template <class Sleep, std::size_t places_max>
class BasicParking {
 public:
  enum class Woken : std::uint8_t { by_other, by_timeout };

  explicit BasicParking(std::size_t places) : places_(std::make_unique<Place[]>(places)) {
    STET_ASSERT(places <= places_max);
  }

  void prepare(std::size_t place) noexcept {
    // seq_cst: pairs with wake_one()'s load. Between this and sleeping the worker reads the count
    // of queued actors (seq_cst), which the waker raised (seq_cst) before it reads this.
    idle_[place / 64].fetch_or(bit(place), std::memory_order_seq_cst);
  }

  void cancel(std::size_t place) noexcept {
    // seq_cst: who goes to work so looks afterwards whether somebody watches over it, and who ends
    // a watch looks afterwards who is at work: one sees the other (WorkerPool::ensure_watched()). If
    // a waker has taken the bit, its token stays in the place and ends the next commit() at once:
    // the worker looks around once more than needed.
    idle_[place / 64].fetch_and(~bit(place), std::memory_order_seq_cst);
  }

  // Sleeps until woken or until the timeout, after prepare(). The announcement is gone afterwards.
  Woken commit(std::size_t place, std::chrono::nanoseconds timeout, bool timed) noexcept {
    Atomic<std::uint32_t>& token = places_[place].token;
    for (;;) {
      // acquire: pairs with wake_at_place(): what the waker did before is seen, such as the end of
      // the pool.
      if (token.exchange(0, std::memory_order_acquire) != 0) return woken(place);
      Sleep::wait(token, 0, timeout);
      // acquire: as above.
      if (token.exchange(0, std::memory_order_acquire) != 0) return woken(place);
      if (timed) {
        // seq_cst: as in cancel(). A bit that is gone means that a token is under way: take it, or
        // it would be lost on a worker that then sleeps with other news.
        const std::uint64_t before =
            idle_[place / 64].fetch_and(~bit(place), std::memory_order_seq_cst);
        if ((before & bit(place)) != 0) return Woken::by_timeout;
        timed = false;
        timeout = std::chrono::nanoseconds::max();
      }
    }
  }

  // Wakes one announced worker. False: there is none.
  bool wake_one(std::size_t places) noexcept {
    for (std::size_t word = 0; word * 64 < places; ++word) {
      // seq_cst: pairs with prepare(); the caller's count was raised before.
      std::uint64_t idle = idle_[word].load(std::memory_order_seq_cst);
      while (idle != 0) {
        const std::uint64_t lowest = idle & (~idle + 1);
        // seq_cst: as in cancel(), for the worker that is woken. Who clears the bit owes the token,
        // nobody else.
        const std::uint64_t before = idle_[word].fetch_and(~lowest, std::memory_order_seq_cst);
        if ((before & lowest) != 0) {
          wake_at_place(word * 64 + index_of(lowest));
          return true;
        }
        idle = before & ~lowest;
      }
    }
    return false;
  }

  // Wakes this worker if it is announced or will be: its next commit() returns.
  void wake_at_place(std::size_t place) noexcept {
    // release: pairs with commit(). The exchange tells whether a token was there already.
    if (places_[place].token.exchange(1, std::memory_order_release) == 0) {
      Sleep::wake_one(places_[place].token);
    }
  }

  // A guess without cost: for decisions that may be wrong either way.
  [[nodiscard]] bool anybody_idle(std::size_t places) const noexcept {
    for (std::size_t word = 0; word * 64 < places; ++word) {
      // relaxed: only a hint.
      if (idle_[word].load(std::memory_order_relaxed) != 0) return true;
    }
    return false;
  }
  [[nodiscard]] bool is_idle(std::size_t place) const noexcept {
    // seq_cst: pairs with prepare(), for a caller that has stored a timer before, and with
    // cancel(), for one that has ended its watch.
    return (idle_[place / 64].load(std::memory_order_seq_cst) & bit(place)) != 0;
  }

 private:
  // The token may be an old one, of a wake-up that met a cancel(), or of wake_at_place(): then this
  // worker is still announced. Left so, it would be woken in another's stead while it works.
  Woken woken(std::size_t place) noexcept {
    if (is_idle(place)) cancel(place);
    return Woken::by_other;
  }
  static constexpr std::uint64_t bit(std::size_t place) noexcept {
    return std::uint64_t{1} << (place % 64);
  }
  static std::size_t index_of(std::uint64_t lowest) noexcept {
    return static_cast<std::size_t>(__builtin_ctzll(lowest));
  }

  struct alignas(cache_line_bytes) Place {
    Atomic<std::uint32_t> token{0};  // 1: somebody wants this worker awake.
  };

  Atomic<std::uint64_t> idle_[(places_max + 63) / 64]{};
  std::unique_ptr<Place[]> places_;
};

}  // namespace stet::detail
