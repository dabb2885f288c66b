// persistence/src/store_reopener.hpp - makes a poisoned engine's successor, beside the store's thread.
//
// Threads    An actor on an elastic thread: it copies all records, or waits for who does.
// Progress   One attempt a message. The System's shutdown waits for one under way.
// Failure    Every message is answered.
#pragma once

#include <memory>

#include <stet/runtime/actor.hpp>
#include <stet/runtime/recipient.hpp>

#include "engine.hpp"

namespace stet::detail {

struct Reopened {
  Result<Successor> made;
};

struct MakeSuccessor {
  std::shared_ptr<Engine> engine;  // Poisoned; nobody commits to it.
  CommitNumber at_least = 0;
  Recipient<Reopened> to;
};

class StoreReopener : public Actor<StoreReopener> {
 public:
  void handle(MakeSuccessor message);
};

}  // namespace stet::detail
