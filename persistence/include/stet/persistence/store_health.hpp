// stet/persistence/store_health.hpp - how a store is, fit for a readiness probe.
//
// Threads    Plain values. The hook runs on the store's thread.
// Progress   Store::health() takes a short lock. A hook that blocks holds up every commit.
// Ownership  A StoreHealth has its own copy of the reason.
// Errors     None. The hook must not throw.
// Bounds     One call of the hook for each change of the state.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

#include <stet/runtime/result.hpp>

namespace stet {

enum class StoreState : std::uint8_t {
  ok,
  slow,      // Commits take long, writers wait for room in the queue, or another process reads one
             // commit for so long that the file grows.
  degraded,  // A commit failed and is being repeated: reads go on, acknowledgements wait. With
             // FailurePolicy::degrade they do not wait, and what they tell of is in memory only.
  full,      // So too, for want of room: free some, and writes resume by themselves.
  poisoned,  // A flush failed: nothing is written until the store is reopened, by Store::reopen() or,
             // with FailurePolicy::reopen, by itself. Reads go on.
  closed,    // The System has stopped it.
};

[[nodiscard]] std::string_view to_string(StoreState state) noexcept;

struct StoreHealth {
  StoreState state = StoreState::ok;
  Error reason;                       // Says nothing while the state is ok.
  std::chrono::nanoseconds since{0};  // By System::now().
  std::uint64_t epoch = 0;            // How often it was reopened since the System opened it.
};

// Called on the store's thread each time the state changes; must be quick and must not throw.
using StoreHealthHook = std::function<void(const StoreHealth&)>;

}  // namespace stet
