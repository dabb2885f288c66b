// stet/runtime/supervision.hpp - children of actors, and what happens when they fail.
//
//   class Bank : public stet::Actor<Bank> {
//    public:
//     Bank() {
//       stet::supervise(*this, {.strategy = stet::Strategy::one_for_one, .restarts_max = 5});
//       teller_ = stet::spawn_child<Teller>(*this, "Ann");
//     }
//   };
//   auto root = system.spawn<stet::Supervisor>(stet::Supervision{});      // From the host.
//   auto clerk = stet::spawn_child<Clerk>(root, 7);
//
// A child that fails keeps its cell: addresses stay valid, mail that waits is handled by the object
// made in its place, from copies of the same arguments. What belonged to the failed object goes
// with it: continuations of its questions, timers, attachments, monitors, children. The message
// that failed is answered handler_threw and not handled again. A child that ends otherwise, also by
// stop_now(), is not restarted: who stops it means it.
//
// A parent that ends, or is about to be restarted, ends its children first and is destroyed after
// the last of them; mail that comes to it meanwhile goes to the dead letters (or waits for the
// restart). After stop() its children end after the mail that they have, otherwise after their turn.
//
// Threads    supervise(): in the parent. Spawning by `*this`: in the parent; by an Address: any.
// Errors     Spawning throws std::bad_alloc, what copying the arguments throws, and where a thread
//            of its own cannot be started std::system_error. What a child's constructor throws is a
//            failure of the child, which is constructed in a turn of its own. A parent that is gone:
//            the child ends before it begins.
// Bounds     Restarts: restarts_max in restarts_within over all children of a parent, then the
//            parent itself fails (escalates): its own parent decides, or it stops.
// Time       The System's clock; the jitter of a stepped system is drawn from its seed.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include <stet/runtime/detail/rearing.hpp>
#include <stet/runtime/nascent.hpp>

namespace stet {

// Who is restarted with a child that failed. Those restarted together are all destroyed before the
// first is made again; they are made one after the other, in the order in which they were spawned.
enum class Strategy : std::uint8_t {
  one_for_one,   // It alone.
  one_for_all,   // All children.
  rest_for_one,  // It and those spawned after it.
};

enum class Decision : std::uint8_t {
  restart,   // As the strategy says.
  stop,      // The child ends; the others are left alone.
  escalate,  // The parent fails.
};

// What a decider is told.
struct Failure {
  std::string_view type;  // The child's.
  std::string_view name;
  const Error& error;      // handler_threw, rolled_back, hydration_failed, ... and what was thrown.
  std::uint32_t restarts;  // Of this parent within the window, so far.
};

// The pause before a restart: min, then `factor` times the last, at most max; each longer by up to
// `jitter` of itself. It begins at min again after restarts_within without a failure.
struct Backoff {
  std::chrono::nanoseconds min{0};  // 0: no pause at all.
  std::chrono::nanoseconds max = std::chrono::seconds(10);
  double factor = 2.0;
  double jitter = 0.2;
};

struct Supervision {
  Strategy strategy = Strategy::one_for_one;
  std::uint32_t restarts_max = 5;  // 0: the first failure escalates.
  std::chrono::nanoseconds restarts_within = std::chrono::seconds(30);
  Backoff backoff = {};
  // Called in the parent, between its turns; if it throws, that is `escalate`. Empty: restart.
  std::function<Decision(const Failure&)> decide = {};
};

// Says what happens to the children of `self` that fail from here on. Without it they stop.
void supervise(const ActorBase& self, Supervision how);

// Who a child belongs to: `*this`, or any address.
class Parent {
 public:
  Parent(const ActorBase& self) noexcept : cell_(&self.cell()), is_self_(true) {}
  template <class A>
  Parent(const Address<A>& address) noexcept : cell_(&address.cell()) {}

 private:
  template <class A, class F>
  friend Address<A> spawn_child_from(const Parent& parent, const SpawnOptions& options, F make);
  detail::Cell* cell_;
  bool is_self_ = false;
};

// Each time the child is to be made, make(Nascent<A>) runs in a turn of the child: it births it, or
// keeps the Nascent until it can (an ask(...).then(nascent.address(), ...) whose answer it needs),
// or fails it, which counts as a failure of the child.
template <class A, class F>
Address<A> spawn_child_from(const Parent& parent, const SpawnOptions& options, F make) {
  static_assert(std::is_invocable_v<F&, Nascent<A>>,
                "stet: what makes a child takes a Nascent of it");
  auto maker = std::make_unique<detail::MakerOf<A, F>>(std::move(make));
  detail::Cell* const cell =
      detail::make_cell(parent.cell_->core(), detail::TypeOf<A>::type, &options, false);
  detail::retain(cell);
  Address<A> address = Address<A>::adopt(cell);
  detail::rear(*parent.cell_, parent.is_self_, *cell, std::move(maker));
  return address;
}

template <class A, class... Args>
Address<A> spawn_child_with(const Parent& parent, const SpawnOptions& options, Args&&... args) {
  static_assert((std::is_copy_constructible_v<std::decay_t<Args>> && ...) &&
                    std::is_constructible_v<A, const std::decay_t<Args>&...>,
                "stet: a child may be made again: its arguments must be copyable, or use "
                "spawn_child_from");
  return spawn_child_from<A>(
      parent, options,
      [kept = std::tuple<std::decay_t<Args>...>(std::forward<Args>(args)...)](Nascent<A> nascent) {
        std::apply([&](const auto&... each) { nascent.birth(each...); }, kept);
      });
}

template <class A, class... Args>
Address<A> spawn_child(const Parent& parent, Args&&... args) {
  return spawn_child_with<A>(parent, SpawnOptions{}, std::forward<Args>(args)...);
}

// An actor that has children and nothing else. Restarted, it has none: whoever spawned them by its
// address spawns them again; children that belong to it for good are spawned in a constructor.
class Supervisor : public Actor<Supervisor> {
 public:
  explicit Supervisor(Supervision how = {}) { supervise(*this, std::move(how)); }
};

}  // namespace stet
