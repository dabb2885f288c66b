// stet/runtime/mailbox_limit.hpp - how much mail may wait for one actor, and what happens then.
//
//   system.spawn_with<Indexer>({.mailbox = {.capacity = 1000, .when_full = WhenFull::reject}});
//   system.spawn_with<Gauge>({.mailbox = {.capacity = 8, .when_full = WhenFull::drop_oldest}});
//
// What counts is what send(), ask() and try_send() put in and no turn has begun for. Never counted
// and never refused: answers, acknowledgements, stops, urgent mail and all else of the runtime.
//
// Threads    mailbox_state(): any. The hook: whichever thread passes the mark, perhaps two at once.
// Progress   As for send(); a host thread waits under WhenFull::wait, up to wait_max.
// Bounds     At most `capacity` messages wait. Beyond it come only those that unstash_all() puts
//            back, which the stash bounds. drop_oldest keeps 8 bytes a place from the start on, and
//            a sender that is half done counts there as a message.
// Errors     mailbox_full: told to who asks and who tries, else to the dead letters.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string_view>

namespace stet {

template <class A>
class Address;

namespace detail {
struct Cell;
}

// What becomes of a message that finds the mailbox full.
enum class WhenFull : std::uint8_t {
  // send(): to the dead letters; ask(): answered; try_send(): left with the caller.
  reject,
  // To the dead letters, and counted; try_send() succeeds. For mail that nobody will repeat.
  drop_newest,
  // It goes in, and the one that has waited longest to the dead letters, also while the actor is in
  // a long turn. For mail of which the newest matters.
  drop_oldest,
  // send() and ask() on host threads wait for a place, up to wait_max; the host of a stepped system
  // steps meanwhile. Then, on threads that run actors, and in try_send(): as reject.
  wait,
};

// The mail of an actor has come up to its high mark, or has fallen to its low one.
struct MailboxLevel {
  std::string_view type;  // Of the actor. The views are valid during the call.
  std::string_view name;
  std::uint32_t waiting;
  bool is_high;
  std::uint32_t number;  // Of the event, from 1 on: two threads may bring theirs in another order.
};
// Must be quick and must not throw; may send.
using MailboxLevelHook = std::function<void(const MailboxLevel&)>;

struct MailboxLimit {
  std::uint32_t capacity = 0;  // 0: none but memory. For drop_oldest at most 1,048,576.
  WhenFull when_full = WhenFull::reject;
  std::chrono::nanoseconds wait_max = std::chrono::seconds(10);
  // The hook is called when the mail reaches `high`, then when it has fallen to `low`, and so on in
  // turn; at the actor's end too, if it is high. 0: never. Also for a mailbox without a bound.
  std::uint32_t high = 0;
  std::uint32_t low = 0;  // Below `high`.
  MailboxLevelHook on_level = {};
};

// What mailbox_state() sees. All 0 for an actor that was spawned without a MailboxLimit.
struct MailboxState {
  std::uint32_t waiting = 0;
  std::uint32_t capacity = 0;
  bool is_high = false;
  std::uint64_t dropped = 0;  // By drop_newest and drop_oldest.
};

namespace detail {
[[nodiscard]] MailboxState mailbox_state(const Cell& cell) noexcept;
}

template <class A>
[[nodiscard]] MailboxState mailbox_state(const Address<A>& address) noexcept {
  return detail::mailbox_state(address.cell());
}

}  // namespace stet
