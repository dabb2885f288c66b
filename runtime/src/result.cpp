// runtime/src/result.cpp - names of the codes, and what a failed assertion does.
#include <stet/runtime/result.hpp>

#include <atomic>
#include <cstdlib>

namespace stet {

std::string_view to_string(Errc code) noexcept {
  switch (code) {
    case Errc::receiver_gone: return "receiver_gone";
    case Errc::mailbox_full: return "mailbox_full";
    case Errc::timed_out: return "timed_out";
    case Errc::would_deadlock: return "would_deadlock";
    case Errc::would_block: return "would_block";
    case Errc::handler_threw: return "handler_threw";
    case Errc::broken_promise: return "broken_promise";
    case Errc::ask_cycle: return "ask_cycle";
    case Errc::no_memory: return "no_memory";
    case Errc::shutting_down: return "shutting_down";
    case Errc::invalid_argument: return "invalid_argument";
    case Errc::unknown_option: return "unknown_option";
    case Errc::out_of_range: return "out_of_range";
    case Errc::not_found: return "not_found";
    case Errc::already_exists: return "already_exists";
    case Errc::already_owned: return "already_owned";
    case Errc::already_open: return "already_open";
    case Errc::too_large: return "too_large";
    case Errc::corrupt: return "corrupt";
    case Errc::newer_format: return "newer_format";
    case Errc::unsupported: return "unsupported";
    case Errc::io: return "io";
    case Errc::disk_full: return "disk_full";
    case Errc::map_full: return "map_full";
    case Errc::readers_full: return "readers_full";
    case Errc::poisoned: return "poisoned";
    case Errc::outcome_unknown: return "outcome_unknown";
    case Errc::revision_conflict: return "revision_conflict";
    case Errc::hydration_failed: return "hydration_failed";
    case Errc::rolled_back: return "rolled_back";
    case Errc::closed: return "closed";
    case Errc::expired: return "expired";
  }
  return "unknown";
}

std::string Error::message() const {
  std::string out(to_string(code));
  if (native != 0) out.append(" (").append(std::to_string(native)).append(")");
  if (!text.empty()) out.append(": ").append(text);
  return out;
}

namespace detail {
namespace {
// The one global: a debugging aid for builds with assertions, never read in a release build.
std::atomic<AssertionHook> assertion_hook{nullptr};
}  // namespace

void set_assertion_hook(AssertionHook hook) noexcept {
  // release: pairs with assertion_failed(), which calls what the hook's setter prepared.
  assertion_hook.store(hook, std::memory_order_release);
}

void assertion_failed(const char* condition, const char* file, int line) noexcept {
  // acquire: pairs with set_assertion_hook().
  if (const AssertionHook hook = assertion_hook.load(std::memory_order_acquire)) {
    hook(condition, file, line);
  }
  std::abort();
}

}  // namespace detail
}  // namespace stet
