// runtime/src/stash.cpp - a chain of envelopes beside the mail.
#include <stet/runtime/stash.hpp>

#include <utility>

#include "flow.hpp"

namespace stet::detail {

StashBase::~StashBase() {
  if (!cell_->stopping) {
    unstash_all();
    return;
  }
  while (first_ != nullptr) {
    Envelope* const envelope = first_;
    first_ = envelope->next;
    undeliverable_closed(*cell_, envelope);
  }
}

void StashBase::put_aside(Envelope* envelope) noexcept {
  envelope->next = nullptr;
  (first_ == nullptr ? first_ : last_->next) = envelope;
  last_ = envelope;
  ++size_;
}

void StashBase::unstash_all() noexcept {
  put_in_front(*cell_, std::exchange(first_, nullptr), std::exchange(last_, nullptr),
               static_cast<std::uint32_t>(std::exchange(size_, 0)));
}

}  // namespace stet::detail
