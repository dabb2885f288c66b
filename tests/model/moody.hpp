// tests/model/moody.hpp - what the models of a pool of workers sleep on and take actors from.
//
// Sleeping is relacy's: a wake-up that is lost shows as a deadlock. The queue fails now and then while
// it is not empty, as moodycamel's does. Included after model.hpp.
#pragma once

namespace stet::model {

using Word = Atomic<std::uint32_t>;

// One futex of relacy's own per sleeping word would need its int atomics; a mutex and a condition
// give the same: compare and sleep in one step, wake up whoever sleeps.
struct Bed {
  rl::mutex mutex;
  rl::condition_variable_any sleepers;
};
inline Bed* bed = nullptr;

struct Sleep {
  static void wait(Word& word, std::uint32_t expected, std::chrono::nanoseconds timeout) {
    if (timeout.count() == 0) return;
    bed->mutex.lock($);
    if (word.load(std::memory_order_relaxed) == expected) bed->sleepers.wait(bed->mutex, $);
    bed->mutex.unlock($);
  }
  static void wake_one(Word&) {
    bed->mutex.lock($);
    bed->sleepers.notify_all($);
    bed->mutex.unlock($);
  }
};

// A bag of places that claims to be empty for one look in a while.
template <class T>
class MoodyQueue {
 public:
  bool put(T element) {
    for (auto& place : places_) {
      T none{};
      if (place.compare_exchange_strong(none, element, std::memory_order_release,
                                        std::memory_order_relaxed)) {
        return true;
      }
    }
    return false;
  }
  bool try_take(T& element) {
    if (moods_ > 0 && rl::rand(2) == 0) {
      --moods_;
      return false;
    }
    for (auto& place : places_) {
      element = place.exchange(nullptr, std::memory_order_acquire);
      if (element != nullptr) return true;
    }
    return false;
  }

 private:
  Atomic<T> places_[2];
  int moods_ = 1;
};

}  // namespace stet::model
