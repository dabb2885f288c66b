// stet/runtime/group.hpp - actors that share one serial queue.
//
//   const stet::Group group = system.group();
//   auto hall = system.spawn_with<Hall>({.group = group}, ledger);   // Both may use `ledger`:
//   auto desk = system.spawn_with<Desk>({.group = group}, ledger);   // never at the same time.
//
// The handlers of a group's members never run at the same time, and each sees what the one before
// has written: members may share data without locks. Constructors run on the thread that spawns,
// and destructors of members with their last turn, that is inside the group. The members' messages
// keep their order as always, for each pair of sender and receiver; between members there is none.
//
// The group takes turns with all other actors of the pool and is one of them: after turn_messages
// messages of any members the others come first, then the next member. In a system that a host's
// loop or step() drives all actors are serial anyway.
//
// Threads    Any.
// Ownership  A handle, counted. The queue goes with the last handle and the last member's cell.
// Memory     A few hundred bytes a group, and 48 a member.
#pragma once

#include <utility>

namespace stet {

namespace detail {
class Core;
class GroupQueue;
void retain(GroupQueue* group) noexcept;
void release(GroupQueue* group) noexcept;
}  // namespace detail

class Group {
 public:
  Group() noexcept = default;  // None.
  Group(const Group& other) noexcept : queue_(other.queue_) {
    if (queue_ != nullptr) detail::retain(queue_);
  }
  Group(Group&& other) noexcept : queue_(std::exchange(other.queue_, nullptr)) {}
  Group& operator=(Group other) noexcept {
    std::swap(queue_, other.queue_);
    return *this;
  }
  ~Group() {
    if (queue_ != nullptr) detail::release(queue_);
  }

  [[nodiscard]] explicit operator bool() const noexcept { return queue_ != nullptr; }
  friend bool operator==(const Group&, const Group&) = default;

  // Not for applications.
  [[nodiscard]] static Group adopt(detail::GroupQueue* queue) noexcept {
    Group group;
    group.queue_ = queue;
    return group;
  }
  [[nodiscard]] detail::GroupQueue* queue() const noexcept { return queue_; }

 private:
  detail::GroupQueue* queue_ = nullptr;
};

}  // namespace stet
