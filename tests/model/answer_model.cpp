// tests/model/answer_model.cpp
// Goal    Where an answer and a deadline meet, exactly one of the two threads destroys what they share,
//         after the other's last look at it; an answer in time is seen whole, a late one vanishes, and
//         nobody sleeps on for an answer that is there.
// Method  Relacy over the shipped word. Sleeping is a mutex and a condition; time is up when the model
//         says so. To destroy is to write: a thread that is not done races with that. Planted bugs:
//         a word without order, an answer that wakes nobody, a waiter who destroys when time is up.
#include "model.hpp"
//
#include <stet/runtime/detail/answer_word.hpp>

// The same header with a bug in each; CMakeLists.txt makes them.
#include "planted/answer_word.hpp"
#include "planted/answer_word_mute.hpp"

namespace {

using stet::model::Expect;
using stet::model::explore;
using Word = stet::model::Atomic<std::uint32_t>;

// A mutex and a condition give what a futex does: compare and sleep in one step, wake who sleeps.
struct Bed {
  rl::mutex mutex;
  rl::condition_variable_any sleepers;
  std::chrono::nanoseconds now{0};
};
Bed* bed = nullptr;
constexpr std::chrono::nanoseconds deadline{10};

struct Sleep {
  static std::chrono::nanoseconds now() { return bed->now; }
  static void wait(Word& word, std::uint32_t expected, std::chrono::nanoseconds left) {
    RL_ASSERT(left.count() > 0);
    if (left <= deadline && rl::rand(2) == 0) {
      bed->now = deadline;
      return;
    }
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

enum class Bug { none, destroys_when_time_is_up };

// Thread 0 waits, thread 1 answers. `timed`: thread 0 may lose patience.
template <template <class> class Answer, bool timed, Bug bug = Bug::none>
struct Waiting : rl::test_suite<Waiting<Answer, timed, bug>, 2> {
  Bed place;
  Answer<Sleep> word;
  rl::var<int> answer;
  rl::var<int> memory;  // Of all of this: read by who uses it, written by who destroys it.
  int destroyed = 0;
  bool answered = false;

  void before() {
    bed = &place;
    memory($) = 1;
  }
  void destroy() {
    memory($) = 0;
    RL_ASSERT(++destroyed == 1);
  }
  void thread(unsigned index) {
    if (index == 1) {
      answer($) = 42;
      RL_ASSERT(memory($) == 1);
      if (word.complete()) destroy();
      return;
    }
    const bool in_time = word.wait(timed ? deadline : deadline * 100);
    RL_ASSERT(in_time || timed);
    RL_ASSERT(memory($) == 1);
    const bool left = !in_time && word.abandon();
    if (!left) {
      RL_ASSERT(answer($) == 42);
      answered = true;
    }
    if (!left || bug == Bug::destroys_when_time_is_up) destroy();
  }
  void after() {
    RL_ASSERT(destroyed == 1);
    RL_ASSERT(answered || timed);
  }
};

template <class S>
using Shipped = stet::detail::BasicAnswerWord<S>;
template <class S>
using Planted = stet::planted::BasicAnswerWord<S>;
template <class S>
using Mute = stet::planted_mute::BasicAnswerWord<S>;

}  // namespace

int main() {
  using namespace stet::model;
  return verdict({
      explore<Waiting<Shipped, false>>("a thread waits, an answer comes", all, Expect::clean),
      explore<Waiting<Shipped, true>>("an answer meets a deadline", all, Expect::clean),
      explore<Waiting<Planted, true>>("a word without order", all, Expect::caught),
      explore<Waiting<Mute, false>>("an answer that wakes nobody", all, Expect::caught),
      explore<Waiting<Shipped, true, Bug::destroys_when_time_is_up>>("destroyed because time is up",
                                                                     all, Expect::caught),
  });
}
