// runtime/src/monitor.cpp - one actor that waits for the end of another.
//
// A Watch goes to its target as a message, waits there in a list, and comes back as a message when
// the target ends. From the watcher's lane it goes on into the watcher's mailbox, behind the mail
// that is there: all that the target has sent before.
#include <stet/runtime/monitor.hpp>

#include <utility>

#include "core.hpp"
#include "family.hpp"

namespace stet::detail {

// Ownership  Counted: the watcher's list and the way to the target and back hold one each, so does
//            each handle, and a cancel on its way. Who holds it last frees it.
struct Watch : SystemMessage {
  struct Cancel : SystemMessage {
    Watch* watch;  // One reference while it is on its way.
  };

  Watch(Cell& who, Cell& whom) noexcept : watcher(who), target(whom) {
    detail::retain(&watcher);
    detail::retain(&target);
  }
  ~Watch() {
    detail::release(&watcher);
    detail::release(&target);
  }

  Cell& watcher;
  Cell& target;
  Atomic<std::uint32_t> refs{3};  // Watcher's list, way and handle.
  Cancel cancel_message{};
  DownEnvelope* envelope = nullptr;  // Of the way: made beforehand, so that to be told cannot fail.
  ExitReason reason;                 // The target's, until it is on its way back.
  // The watcher's.
  bool over = false;  // It was told, or has cancelled.
  Watch* next_own = nullptr;
  Watch** back_own = nullptr;
  // The target's, while it waits there.
  Watch* next_other = nullptr;
  Watch** back_other = nullptr;  // nullptr: in no list.
};

void retain(Watch& watch) noexcept {
  // relaxed: the caller's reference keeps it.
  watch.refs.fetch_add(1, std::memory_order_relaxed);
}
void release(Watch& watch) noexcept {
  // acq_rel: who frees sees what all others did.
  if (watch.refs.fetch_sub(1, std::memory_order_acq_rel) == 1) delete &watch;
}

namespace {

void free_unsent(Watch& watch) noexcept {
  release_block(watch.watcher.core(), std::exchange(watch.envelope, nullptr), sizeof(DownEnvelope),
                BlockKind::message);
}

void take_out_of_own(Watch& watch) noexcept {
  *watch.back_own = watch.next_own;
  if (watch.next_own != nullptr) watch.next_own->back_own = watch.back_own;
}

// In the target: no longer on the way, and it will not come back.
void give_up(Watch& watch) noexcept {
  if (watch.back_other == nullptr) return;
  *watch.back_other = watch.next_other;
  if (watch.next_other != nullptr) watch.next_other->back_other = watch.back_other;
  watch.back_other = nullptr;
  free_unsent(watch);
  release(watch);
}

// Back at the watcher.
void arrive(SystemMessage* self, Cell& watcher) noexcept {
  auto& watch = static_cast<Watch&>(*self);
  if (watch.over || watcher.stopping) {
    free_unsent(watch);
    release(watch);
    return;
  }
  DownEnvelope* const envelope = std::exchange(watch.envelope, nullptr);
  envelope->watch = &watch;  // With the way's reference.
  deliver_signal(watcher, envelope);
}
void arrive_late(SystemMessage* self, Cell&) noexcept {
  auto& watch = static_cast<Watch&>(*self);
  free_unsent(watch);
  release(watch);
}

// The target has ended.
void send_back(Watch& watch) noexcept {
  watch.run = &arrive;
  watch.discard = &arrive_late;
  deliver_system(watch.watcher, &watch);
}

// At the target.
void wait_here(SystemMessage* self, Cell& target) noexcept {
  auto& watch = static_cast<Watch&>(*self);
  Family& family = make_family(target);
  watch.next_other = family.watchers;
  if (watch.next_other != nullptr) watch.next_other->back_other = &watch.next_other;
  watch.back_other = &family.watchers;
  family.watchers = &watch;
}
void find_gone(SystemMessage* self, Cell& target) noexcept {
  auto& watch = static_cast<Watch&>(*self);
  watch.reason = reason_of_gone(target);
  send_back(watch);
}

void run_cancel(SystemMessage* self, Cell&) noexcept {
  Watch& watch = *static_cast<Watch::Cancel*>(self)->watch;
  give_up(watch);
  release(watch);
}
void discard_cancel(SystemMessage* self, Cell&) noexcept {
  release(*static_cast<Watch::Cancel*>(self)->watch);
}

}  // namespace

Watch& watch(Cell& watcher, Cell& target, const EnvelopeOps& ops) {
  Family& family = make_family(watcher);
  auto made = std::make_unique<Watch>(watcher, target);
  void* const memory = allocate_block(watcher.core(), sizeof(DownEnvelope), BlockKind::message);
  made->envelope = ::new (memory) DownEnvelope{{nullptr, &ops, nullptr, 0}, nullptr};
  made->run = &wait_here;
  made->discard = &find_gone;
  made->next_own = family.watching;
  if (made->next_own != nullptr) made->next_own->back_own = &made->next_own;
  made->back_own = &family.watching;
  family.watching = made.get();
  Watch& watch = *made.release();
  deliver_system(target, &watch);
  return watch;
}

void cancel(Watch& watch) noexcept {
  if (std::exchange(watch.over, true)) return;
  take_out_of_own(watch);
  watch.cancel_message.run = &run_cancel;
  watch.cancel_message.discard = &discard_cancel;
  watch.cancel_message.watch = &watch;  // With the list's reference.
  deliver_system(watch.target, &watch.cancel_message);
}

bool take_down(Watch& watch, Down& out) {
  if (watch.over) return false;
  // The texts are copied before anything is given up.
  out.type = watch.target.type->name;
  out.name = watch.target.name();
  out.reason = watch.reason;
  out.id = reinterpret_cast<std::uintptr_t>(&watch.target);
  watch.over = true;
  take_out_of_own(watch);
  release(watch);
  return true;
}

void destroy_down(Envelope& envelope) noexcept {
  release(*static_cast<DownEnvelope&>(envelope).watch);
}

void cancel_watches(Family& family) noexcept {
  while (family.watching != nullptr) cancel(*family.watching);
}

void tell_watchers(Family& family, const ExitReason& reason) noexcept {
  while (Watch* const watch = family.watchers) {
    family.watchers = watch->next_other;
    if (family.watchers != nullptr) family.watchers->back_other = &family.watchers;
    watch->back_other = nullptr;
    watch->reason.kind = reason.kind;
    try {
      watch->reason.error = reason.error;
    } catch (...) {
      // No memory for the text: the kind is told all the same.
    }
    send_back(*watch);
  }
}

}  // namespace stet::detail
