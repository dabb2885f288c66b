// stet/runtime/detail/answer_word.hpp - where a host thread that waits, its deadline and the answer
// meet.
//
// Threads    wait(), abandon(): the thread that waits. complete(): the one that answers, once.
// Progress   wait() blocks until its deadline. abandon(), complete(): wait-free but for the wake-up
//            call.
// Memory     What was done before complete() is visible once wait() says true, or abandon() false.
// Ownership  The object around this is shared by the two threads, and destroyed by the one that is
//            told so: whoever comes last.
#pragma once

#include <chrono>
#include <cstdint>

#include <stet/runtime/detail/atomic.hpp>

namespace stet::detail {

// Sleep: wait(word, expected, timeout), wake_one(word), now(). A template for the models.
template <class Sleep>
class BasicAnswerWord {
 public:
  enum State : std::uint32_t { pending, waiting, done, abandoned };

  // True: the answer is there, the caller destroys.
  [[nodiscard]] bool wait(std::chrono::nanoseconds deadline) noexcept {
    std::uint32_t expected = pending;
    // acquire: pairs with complete(), where that came first; the word is only announced otherwise.
    if (!word_.compare_exchange_strong(expected, waiting, std::memory_order_acquire,
                                       std::memory_order_acquire)) {
      return true;
    }
    for (;;) {
      const std::chrono::nanoseconds left = deadline - Sleep::now();
      if (left.count() <= 0) return false;
      Sleep::wait(word_, waiting, left);
      if (is_done()) return true;
    }
  }
  [[nodiscard]] bool is_done() const noexcept {
    // acquire: pairs with complete().
    return word_.load(std::memory_order_acquire) == done;
  }

  // Where wait() said false. True: who answers destroys. False: the answer came after all, the
  // caller destroys.
  [[nodiscard]] bool abandon() noexcept {
    // acq_rel: release pairs with complete(): whoever destroys comes after this thread's last look;
    // acquire pairs with it too, for the answer.
    return word_.exchange(abandoned, std::memory_order_acq_rel) != done;
  }

  // The answer is filled in. True: nobody waits any more, the caller destroys.
  [[nodiscard]] bool complete() noexcept {
    // acq_rel: release pairs with wait() and abandon(), who use the answer; acquire pairs with
    // abandon(), so that what is destroyed here is not in use any more.
    switch (word_.exchange(done, std::memory_order_acq_rel)) {
      case abandoned: return true;
      // After this line the waiter may have destroyed the word; a wake-up of an address that is
      // gone is allowed: at worst somebody looks around without need.
      case waiting: Sleep::wake_one(word_); return false;
      default: return false;
    }
  }

  // For a loop that waits on a word of its own, see HostWait.
  [[nodiscard]] Atomic<std::uint32_t>& word() noexcept { return word_; }

 private:
  Atomic<std::uint32_t> word_{pending};
};

}  // namespace stet::detail
