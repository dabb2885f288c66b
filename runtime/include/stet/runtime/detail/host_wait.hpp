// stet/runtime/detail/host_wait.hpp - how a host thread waits for one answer.
//
// Threads    wait(), abandon(): the thread that waits. complete(): the one that answers, once.
// Ownership  The object is shared by these two; whoever is told true last destroys it, see below.
// Progress   wait() blocks up to its timeout; complete() is wait-free but for the wake-up call.
#pragma once

#include <chrono>

#include <stet/runtime/detail/answer_word.hpp>

namespace stet::detail {

class Core;
struct FutexSleep;

class HostWait {
 public:
  explicit HostWait(Core& core) noexcept : core_(&core) {}

  // May this thread wait for an actor? Not if it is in a turn. The host of a stepped system steps
  // meanwhile, and the thread of a host's loop runs what is ready.
  [[nodiscard]] static bool allowed() noexcept;

  // True: the answer is there, and belongs to the caller with the object.
  [[nodiscard]] bool wait(std::chrono::nanoseconds timeout) noexcept;
  // After wait() gave false. True: who answers destroys the object. False: the answer came after
  // all, as if wait() had given true.
  [[nodiscard]] bool abandon() noexcept;
  // The answer is filled in. True: nobody waits any more, the caller destroys the object.
  [[nodiscard]] bool complete() noexcept;

 private:
  using Word = BasicAnswerWord<FutexSleep>;

  [[nodiscard]] bool complete_in_loop() noexcept;

  Core* core_;
  Word word_;
};

}  // namespace stet::detail
