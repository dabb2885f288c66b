// stet/runtime/router.hpp - one message to one of several actors: whose turn it is, who has least to
// do, whom its key belongs to; or to all of them.
//
//   const std::vector<stet::Address<Resizer>> resizers = ...;
//   const stet::RoundRobin<Resize> next(system, resizers);
//   const stet::LeastLoaded<Resize> idlest(system, resizers);
//   const stet::ConsistentHash<Resize> by_album(
//       system, [](const Resize& message) { return message.album; }, resizers);
//   const stet::Broadcast<Reload> all(system, resizers);
//   next.send("album", "picture");
//   idlest.ask("album", "picture").then(*this, [](stet::Result<Size> size) { ... });
//
// A router is a handle: its copies share members and whose turn it is. It is no actor and runs
// nothing: who sends through it chooses the member and sends to it. Members need not be of one type
// or of one System; Addresses and Recipients both will do, but LeastLoaded takes Addresses. Members
// may come and go: add(), remove(); who has stopped is passed over, and dropped.
//
// Order      Between one sender and one member as for any send. So for one key of a ConsistentHash,
//            as long as its members stay; between messages that went to different members none.
// Threads    All members: any, also inside handlers.
// Progress   send(), try_send(), ask(): lock-free but for memory, as of an Address; they look at
//            each member at most once. add(), remove(): a lock against each other.
// Ownership  Keeps no actor alive.
// Errors     No living member: what is sent goes to the dead letters (receiver NoMember<M>), who
//            asks is told receiver_gone, try_send() leaves the message with the caller. A member
//            that stops after it was chosen: as when its Address had been used.
// Bounds     Memory. A change copies the list: for hundreds of members, not for millions.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

#include <stet/runtime/detail/load.hpp>
#include <stet/runtime/detail/route.hpp>

namespace stet {

// Each member in turn.
template <Message M>
class RoundRobin : public detail::Router<M, detail::PlainMember<M>> {
  using Member = detail::PlainMember<M>;
  using Base = detail::Router<M, Member>;

 public:
  explicit RoundRobin(System& system, std::vector<Member> members = {})
      : Base(system, std::move(members)) {}
  template <detail::Reaches<M> T>
  RoundRobin(System& system, const std::vector<T>& members)
      : Base(system, Base::members_of(members)) {}

  template <class... Args>
  void send(Args&&... args) const {
    const auto all = this->read();
    choose(*all).send(std::forward<Args>(args)...);
  }
  template <class... Args>
  [[nodiscard]] auto ask(Args&&... args) const
    requires Question<M>
  {
    const auto all = this->read();
    return choose(*all).ask(std::forward<Args>(args)...);
  }
  // Offers the message to each member, beginning with whose turn it is, until one takes it.
  [[nodiscard]] Result<void> try_send(M& message) const {
    const auto all = this->read();
    Result<void> answer = Errc::receiver_gone;
    const std::size_t start = all->empty() ? 0 : this->next_turn();
    for (std::size_t i = 0; i < all->size(); ++i) {
      answer = detail::offer((*all)[(start + i) % all->size()].to, message);
      if (answer) return answer;
    }
    return answer;
  }

 private:
  const Recipient<M>& choose(const std::vector<Member>& all) const noexcept {
    const Member* one = all.empty() ? nullptr : this->alive_from(all, this->next_turn());
    return one == nullptr ? this->nobody() : one->to;
  }
};

// Who has the fewest messages of this router that wait or are being handled; among equals whose
// turn it is. An answer that a handler has promised for later does not count as work.
template <Message M>
class LeastLoaded : public detail::Router<M, detail::LoadedMember<M>> {
  using Member = detail::LoadedMember<M>;
  using Base = detail::Router<M, Member>;

 public:
  explicit LeastLoaded(System& system, std::vector<Member> members = {})
      : Base(system, std::move(members)) {}
  template <class A>
    requires Handles<A, M>
  LeastLoaded(System& system, const std::vector<Address<A>>& members)
      : Base(system, Base::members_of(members)) {}

  template <class... Args>
  void send(Args&&... args) const {
    const auto all = this->read();
    if (const Member* one = choose(*all)) return one->send(std::forward<Args>(args)...);
    this->nobody().send(std::forward<Args>(args)...);
  }
  template <class... Args>
  [[nodiscard]] auto ask(Args&&... args) const
    requires Question<M>
  {
    const auto all = this->read();
    if (const Member* one = choose(*all)) return one->ask(std::forward<Args>(args)...);
    return this->nobody().ask(std::forward<Args>(args)...);
  }
  [[nodiscard]] Result<void> try_send(M& message) const {
    const auto all = this->read();
    // Who refuses has stopped, and is not chosen again: bounded by the members.
    while (const Member* one = choose(*all)) {
      if (one->try_send(message)) return {};
    }
    return Errc::receiver_gone;
  }

  // Messages of this router at all members together: waiting or being handled.
  [[nodiscard]] std::uint64_t load() const noexcept {
    const auto all = this->read();
    std::uint64_t sum = 0;
    for (const Member& one : *all) sum += one.load();
    return sum;
  }

 private:
  const Member* choose(const std::vector<Member>& all) const noexcept {
    if (all.empty()) return nullptr;
    const std::size_t start = this->next_turn();
    const Member* best = nullptr;
    std::uint32_t least = 0;
    bool stopped = false;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Member& one = all[(start + i) % all.size()];
      if (!one.to.is_alive()) {
        stopped = true;
      } else if (const std::uint32_t load = one.load(); best == nullptr || load < least) {
        best = &one;
        least = load;
        if (load == 0) break;
      }
    }
    if (stopped) this->drop_stopped();
    return best;
  }
};

namespace detail {

template <Message M>
struct HashedMember : PlainMember<M> {
  template <Reaches<M> T>
  HashedMember(const T& who) : PlainMember<M>(who) {}
  std::uint64_t seat = 0;  // Decides which keys it has; given by the router.
};

}  // namespace detail

// Equal keys to the same member. When a member comes or goes, only its own keys move, about one of
// n; all others stay where they are.
//
// Key        A function of the message: anything with a std::hash. Called by whoever sends, possibly
//            at the same time on several threads.
// Source     Rendezvous (highest random weight) hashing: Thaler and Ravishankar, "Using name-based
//            mappings to increase hit rates", IEEE/ACM Transactions on Networking 6(1), 1998.
template <Message M>
class ConsistentHash : public detail::Router<M, detail::HashedMember<M>> {
  using Member = detail::HashedMember<M>;
  using Base = detail::Router<M, Member>;

 public:
  template <class KeyOf>
    requires std::invocable<const KeyOf&, const M&>
  explicit ConsistentHash(System& system, KeyOf key_of, std::vector<Member> members = {})
      : Base(system, seated(std::move(members))), state_(std::make_shared<State>()) {
    using Key = std::remove_cvref_t<std::invoke_result_t<const KeyOf&, const M&>>;
    state_->hash_of = [key_of = std::move(key_of)](const M& message) {
      return mix(std::uint64_t{std::hash<Key>{}(key_of(message))});
    };
    // relaxed: the handle has not been given to anybody yet.
    state_->seats.store(this->size(), std::memory_order_relaxed);
  }
  template <class KeyOf, detail::Reaches<M> T>
    requires std::invocable<const KeyOf&, const M&>
  ConsistentHash(System& system, KeyOf key_of, const std::vector<T>& members)
      : ConsistentHash(system, std::move(key_of), Base::members_of(members)) {}

  template <class... Args>
  void send(Args&&... args) const {
    M message(std::forward<Args>(args)...);
    const auto all = this->read();
    target(*all, message).send(std::move(message));
  }
  template <class... Args>
  [[nodiscard]] auto ask(Args&&... args) const
    requires Question<M>
  {
    M message(std::forward<Args>(args)...);
    const auto all = this->read();
    return target(*all, message).ask(std::move(message));
  }
  [[nodiscard]] Result<void> try_send(M& message) const {
    const auto all = this->read();
    // Who is gone is not chosen again: bounded by the members.
    while (const Member* one = choose(*all, state_->hash_of(message))) {
      const Result<void> answer = detail::offer(one->to, message);
      if (answer || answer.error() != Errc::receiver_gone) return answer;
    }
    return Errc::receiver_gone;
  }

  // The newcomer takes its keys from all others.
  void add(Member who) const {
    // relaxed: only a number.
    who.seat = state_->seats.fetch_add(1, std::memory_order_relaxed);
    Base::add(who);
  }
  // `fresh` takes exactly the keys of `old`, also when that one has stopped and was not dropped yet.
  // False: `old` is no member (any more), nothing was done.
  template <detail::Reaches<M> T>
  bool replace(const T& old, Member fresh) const {
    const Recipient<M> gone = old;
    bool found = false;
    this->update([&](std::vector<Member>& all) {
      for (Member& one : all) {
        if (one.to != gone) continue;
        one.to = fresh.to;
        found = true;
      }
    });
    return found;
  }

 private:
  struct State {
    std::function<std::uint64_t(const M&)> hash_of;
    detail::Atomic<std::uint64_t> seats{0};
  };

  // The finalizer of SplitMix64: neighbouring numbers give unrelated ones.
  static constexpr std::uint64_t mix(std::uint64_t x) noexcept {
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
  }
  static std::vector<Member> seated(std::vector<Member> members) noexcept {
    for (std::size_t i = 0; i < members.size(); ++i) members[i].seat = i;
    return members;
  }
  const Recipient<M>& target(const std::vector<Member>& all, const M& message) const {
    const Member* one = choose(all, state_->hash_of(message));
    return one == nullptr ? this->nobody() : one->to;
  }
  const Member* choose(const std::vector<Member>& all, std::uint64_t key) const noexcept {
    const Member* best = nullptr;
    std::uint64_t heaviest = 0;
    bool stopped = false;
    for (const Member& one : all) {
      const std::uint64_t weight = mix(key ^ mix(one.seat));
      if (best != nullptr && weight <= heaviest) continue;
      if (!one.to.is_alive()) {
        stopped = true;
        continue;
      }
      best = &one;
      heaviest = weight;
    }
    if (stopped) this->drop_stopped();
    return best;
  }

  std::shared_ptr<State> state_;
};

// To every member, each gets a copy.
template <Message M>
class Broadcast : public detail::Router<M, detail::PlainMember<M>> {
  static_assert(std::copy_constructible<M>,
                "stet: a broadcast gives each member a copy: its message must be copyable");
  using Member = detail::PlainMember<M>;
  using Base = detail::Router<M, Member>;

 public:
  explicit Broadcast(System& system, std::vector<Member> members = {})
      : Base(system, std::move(members)) {}
  template <detail::Reaches<M> T>
  Broadcast(System& system, const std::vector<T>& members)
      : Base(system, Base::members_of(members)) {}

  // Answers to how many it was sent.
  template <class... Args>
  std::size_t send(Args&&... args) const {
    const M message(std::forward<Args>(args)...);
    const auto all = this->read();
    std::size_t sent = 0;
    for (const Member& one : *all) {
      if (!one.to.is_alive()) continue;
      one.to.send(message);
      ++sent;
    }
    if (sent != all->size()) this->drop_stopped();
    if (sent == 0) this->nobody().send(message);
    return sent;
  }
};

}  // namespace stet
