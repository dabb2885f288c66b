// stet/runtime/monitor.hpp - being told when another actor ends.
//
//   stet::monitor(*this, teller_);                         // void handle(const stet::Down& down);
//
// Exactly one Down comes for each monitor, also if the other was gone already (then without the
// text of its failure), but for those that are cancelled. A restart is no end. Down waits behind
// the mail that came before it, and so behind all that the other has sent; it counts against no
// bound and is never dropped.
//
// Threads    monitor(), cancel(): in the watcher.
// Ownership  A monitor belongs to the object that made it: it goes when that is restarted or ends.
// Memory     Two blocks a monitor, made at once: to be told costs no memory. Throws std::bad_alloc.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <stet/runtime/address.hpp>
#include <stet/runtime/detail/watch.hpp>
#include <stet/runtime/exit_reason.hpp>

namespace stet {

// An actor that was watched has ended.
struct Down {
  std::string_view type;
  std::string name;
  ExitReason reason;
  std::uintptr_t id = 0;  // As Turn::actor_id().

  template <class A>
  [[nodiscard]] bool is_of(const Address<A>& address) const noexcept {
    return address && reinterpret_cast<std::uintptr_t>(&address.cell()) == id;
  }
};

// The handle to a monitor. Dropping it cancels nothing.
class Monitor {
 public:
  Monitor() = default;  // Of nothing.
  Monitor(const Monitor& other) noexcept : watch_(other.watch_) {
    if (watch_ != nullptr) detail::retain(*watch_);
  }
  Monitor(Monitor&& other) noexcept : watch_(std::exchange(other.watch_, nullptr)) {}
  Monitor& operator=(Monitor other) noexcept {
    std::swap(watch_, other.watch_);
    return *this;
  }
  ~Monitor() {
    if (watch_ != nullptr) detail::release(*watch_);
  }

  // No Down comes from here on. In the watcher only.
  void cancel() noexcept {
    if (watch_ != nullptr) detail::cancel(*watch_);
  }

  // Not for applications. Takes one reference.
  [[nodiscard]] static Monitor adopt(detail::Watch& watch) noexcept {
    Monitor monitor;
    monitor.watch_ = &watch;
    return monitor;
  }

 private:
  detail::Watch* watch_ = nullptr;
};

namespace detail {

struct DownEnvelope : Envelope {
  Watch* watch;  // One reference.
};
// False: the monitor was cancelled meanwhile. Else it is over, and `out` says how the other ended.
[[nodiscard]] bool take_down(Watch& watch, Down& out);
void destroy_down(Envelope& envelope) noexcept;

template <class A>
struct DownDispatch {
  static void invoke(Cell& cell, Envelope& envelope) {
    Down down;
    if (!take_down(*static_cast<DownEnvelope&>(envelope).watch, down)) return;
    Access::handle(object_of<A>(cell), std::move(down));
  }
  static constexpr EnvelopeOps ops{&invoke, &destroy_down,     sizeof(DownEnvelope),
                                   false,   type_name<Down>(), true};
};
[[nodiscard]] Watch& watch(Cell& watcher, Cell& target, const EnvelopeOps& ops);

}  // namespace detail

template <class A, class B>
Monitor monitor(const A& self, const Address<B>& other) {
  static_assert(Access::plain<A, Down>,
                "stet: who monitors must be told: it needs void handle(const stet::Down&)");
  return Monitor::adopt(detail::watch(self.cell(), other.cell(), detail::DownDispatch<A>::ops));
}

}  // namespace stet
