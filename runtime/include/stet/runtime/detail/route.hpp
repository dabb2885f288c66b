// stet/runtime/detail/route.hpp - what the routers share: their members, and what nobody takes.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include <stet/runtime/detail/shared_list.hpp>
#include <stet/runtime/system.hpp>

namespace stet::detail {

// Stops before its first message. So what is sent to it goes to the dead letters with this type as
// the receiver's, and who asks it is told receiver_gone.
template <Message M>
class NoMember : public Actor<NoMember<M>> {
 public:
  NoMember() noexcept { this->stop(); }
  void handle(const M&) {}
};
template <Question M>
class NoMember<M> : public Actor<NoMember<M>> {
 public:
  NoMember() noexcept { this->stop(); }
  void handle(const M&, Promise<M>) {}
};

template <class T, class M>
concept Reaches = std::convertible_to<const T&, Recipient<M>>;

// A member of which a router knows nothing but where it is.
template <Message M>
struct PlainMember {
  template <Reaches<M> T>
  PlainMember(const T& who) : to(who) {}
  Recipient<M> to;
};

// As try_send() of an Address. A Recipient that cannot try is looked at first: if its actor stops
// in between, the message goes to the dead letters.
template <Message M>
[[nodiscard]] Result<void> offer(const Recipient<M>& to, M& message) {
  if constexpr (requires { to.try_send(message); }) {
    return to.try_send(message);
  } else {
    if (!to.is_alive()) return Errc::receiver_gone;
    to.send(std::move(message));
    return {};
  }
}

// The base of all routers: a handle to members that its copies share. Member has a `to`.
template <Message M, class Member>
class Router {
 public:
  // Reached by every send that begins after this has returned.
  void add(const Member& who) const {
    state_->members.update([&](std::vector<Member>& all) {
      std::erase_if(all, &has_stopped);
      all.push_back(who);
    });
  }
  // Not reached by any send that begins after this has returned. False: it was no member.
  template <Reaches<M> T>
  bool remove(const T& who) const {
    const Recipient<M> gone = who;
    bool found = false;
    state_->members.update([&](std::vector<Member>& all) {
      found = std::erase_if(all, [&](const Member& one) { return one.to == gone; }) != 0;
      std::erase_if(all, &has_stopped);
    });
    return found;
  }
  // Members; those who have just stopped may be among them.
  [[nodiscard]] std::size_t size() const noexcept { return state_->members.read()->size(); }

 protected:
  Router(System& system, std::vector<Member> members)
      : state_(std::make_shared<State>(system, std::move(members))) {}
  template <class T>
  static std::vector<Member> members_of(const std::vector<T>& all) {
    return std::vector<Member>(all.begin(), all.end());
  }

  using View = typename SharedList<Member>::View;
  [[nodiscard]] View read() const noexcept { return state_->members.read(); }
  [[nodiscard]] const Recipient<M>& nobody() const noexcept { return state_->nobody; }
  // A number that is another for each call: whose turn it is.
  [[nodiscard]] std::size_t next_turn() const noexcept {
    // relaxed: only a number.
    return state_->turn.fetch_add(1, std::memory_order_relaxed);
  }

  // The first at or after `start` that is alive, else nullptr. Who has stopped leaves the list.
  [[nodiscard]] const Member* alive_from(const std::vector<Member>& all,
                                         std::size_t start) const noexcept {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Member& one = all[(start + i) % all.size()];
      if (one.to.is_alive()) {
        if (i != 0) drop_stopped();
        return &one;
      }
    }
    if (!all.empty()) drop_stopped();
    return nullptr;
  }
  // Neither waits nor fails: what is not done now is done by the next who meets it.
  void drop_stopped() const noexcept {
    try {
      state_->members.try_update([](auto& all) { std::erase_if(all, &has_stopped); });
    } catch (const std::bad_alloc&) {
      // See above: they are passed over.
    }
  }
  template <class Change>
  void update(Change&& change) const {
    state_->members.update(std::forward<Change>(change));
  }

 private:
  static bool has_stopped(const Member& one) noexcept { return !one.to.is_alive(); }

  struct State {
    State(System& system, std::vector<Member> first)
        : members(std::move(first)), nobody(system.spawn<NoMember<M>>()) {}
    SharedList<Member> members;
    const Recipient<M> nobody;
    // Own cache line: all who send write it.
    alignas(cache_line_bytes) Atomic<std::size_t> turn{0};
  };
  std::shared_ptr<State> state_;
};

}  // namespace stet::detail
