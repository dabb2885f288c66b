// runtime/src/receive_timeout.cpp - one timer that looks whether there was mail, and sets itself
// again for what is left.
#include <stet/runtime/receive_timeout.hpp>

#include <new>

#include "core.hpp"
#include "flow.hpp"

namespace stet::detail {

// The runtime's own, so without a name: handled in its place, and never counted or refused.
struct SilenceWatch::Look {
  static void invoke(Cell& cell, Envelope&) {
    const Flow& flow = *cell.extra()->flow;
    if (flow.watch != nullptr) flow.watch->look();
  }
  static constexpr EnvelopeOps ops{&invoke, nullptr, sizeof(Envelope), false, ""};
};

void SilenceWatch::set(std::chrono::nanoseconds after) {
  STET_ASSERT(after.count() > 0);
  Flow& flow = flow_of(*cell_);
  STET_ASSERT(flow.watch == nullptr || flow.watch == this);
  timer_.cancel();
  after_ = after;
  look_after(after);
  flow.last_mail = cell_->core().now();
  flow.watch = this;
  cell_->flow = true;
}

void SilenceWatch::cancel() noexcept {
  timer_.cancel();
  if (after_.count() == 0) return;
  after_ = std::chrono::nanoseconds{0};
  Flow& flow = *cell_->extra()->flow;
  flow.watch = nullptr;
  cell_->flow = cell_->limited || flow.front_first != nullptr;
}

void SilenceWatch::look_after(std::chrono::nanoseconds delay) {
  Core& core = cell_->core();
  void* const memory = allocate_block(core, sizeof(Envelope), BlockKind::message);
  timer_ = send_later(*cell_, ::new (memory) Envelope{nullptr, &Look::ops, nullptr, 0}, delay);
}

void SilenceWatch::look() {
  if (timer_.is_pending()) return;  // This look is of an earlier setting.
  Flow& flow = *cell_->extra()->flow;
  const std::chrono::nanoseconds now = cell_->core().now();
  const std::chrono::nanoseconds silent = now - flow.last_mail;
  const bool mail_waits = cell_->pending != nullptr || !cell_->mailbox.seems_empty();
  if (silent < after_ || mail_waits) {
    look_after(silent < after_ ? after_ - silent : after_);
    return;
  }
  look_after(after_);
  Envelope* const envelope = make_envelope<ReceiveTimeout>(cell_->core(), ops_);
  flow.last_mail = now;
  put_in_front(*cell_, envelope, envelope, 1);
}

bool SilenceWatch::is_mail(const Envelope& envelope) const noexcept {
  return is_user_mail(envelope) && envelope.ops != ops_;
}

}  // namespace stet::detail
