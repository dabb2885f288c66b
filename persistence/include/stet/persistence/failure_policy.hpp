// stet/persistence/failure_policy.hpp - what a store does when its disk fails.
//
// Threads    A plain value.
#pragma once

#include <cstdint>

namespace stet {

// A flush that fails leaves open what the disk holds, so the files are never written again. What was
// on its way is kept in memory whatever the policy, and is the first that the reopened store writes.
enum class FailurePolicy : std::uint8_t {
  stop,    // Who waits is told outcome_unknown, later writers poisoned, until Store::reopen().
  reopen,  // The store makes a verified copy and goes on there. Who waits waits for it.
  degrade  // Also while no room can be had: goes on in memory alone, and acknowledges what only
           // memory holds, as far as queue_bytes. Health is `degraded` meanwhile: the alarm.
};

}  // namespace stet
