// persistence/src/crash_point.cpp - crash points and planted faults, in test builds only.
#include "crash_point.hpp"

#include "planted_fault.hpp"

#ifdef STET_CRASH_POINTS

#include <atomic>

namespace stet::detail {
namespace {
// A global, because a kill test has no other way into the middle of a commit; absent from release.
constinit std::atomic<CrashHook> crash_hook{nullptr};
constinit std::atomic<Fault> planted{Fault::none};
}  // namespace

void set_crash_hook(CrashHook hook) noexcept {
  // release: pairs with reach_crash_point(), whose hook reads what the setter prepared.
  crash_hook.store(hook, std::memory_order_release);
}

void reach_crash_point(CrashPoint point) noexcept {
  // acquire: pairs with set_crash_hook().
  if (const CrashHook hook = crash_hook.load(std::memory_order_acquire)) hook(point.name());
}

// relaxed, both: set before the threads that ask.
void plant_fault(Fault fault) noexcept { planted.store(fault, std::memory_order_relaxed); }
bool is_planted(Fault fault) noexcept { return planted.load(std::memory_order_relaxed) == fault; }

}  // namespace stet::detail

#endif
