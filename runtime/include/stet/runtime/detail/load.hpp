// stet/runtime/detail/load.hpp - how many messages one sender has at an actor, counted exactly.
//
// The message travels in an envelope that is one pointer longer and, when it is destroyed, counts
// down: after its handler, or where it was given up. Neither the actor nor the runtime knows of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include <stet/runtime/address.hpp>
#include <stet/runtime/detail/atomic.hpp>
#include <stet/runtime/recipient.hpp>

namespace stet::detail {

// Counted by the messages on their way and by the members that show it, in one word.
class Load {
 public:
  // The one share of all members together; their shared_ptr gives it back.
  [[nodiscard]] static std::shared_ptr<Load> make() {
    return std::shared_ptr<Load>(new Load, [](Load* load) { load->drop(shown); });
  }
  [[nodiscard]] std::uint32_t messages() const noexcept {
    // relaxed: a measure, old as soon as it is read.
    return static_cast<std::uint32_t>(word_.load(std::memory_order_relaxed));
  }
  void message_sent() noexcept {
    // relaxed: the caller's member keeps it.
    word_.fetch_add(1, std::memory_order_relaxed);
  }
  void message_done() noexcept { drop(1); }

 private:
  static constexpr std::uint64_t shown = std::uint64_t{1} << 32U;
  void drop(std::uint64_t share) noexcept {
    // acq_rel: who deletes must see what all others did.
    if (word_.fetch_sub(share, std::memory_order_acq_rel) == share) delete this;
  }
  Atomic<std::uint64_t> word_{shown};
};

template <class M>
struct LoadEnvelope : TypedEnvelope<M> {
  using TypedEnvelope<M>::TypedEnvelope;
  Load* load = nullptr;
};

template <class A, class M>
struct LoadDispatch {
  static void destroy(Envelope& envelope) noexcept {
    auto& self = static_cast<LoadEnvelope<M>&>(envelope);
    std::destroy_at(&self.message);
    if (self.load != nullptr) self.load->message_done();
  }
  // All else as for any message to A.
  static constexpr EnvelopeOps ops = [] {
    EnvelopeOps changed = Dispatch<A, M>::ops;
    changed.destroy = &destroy;
    changed.bytes = sizeof(LoadEnvelope<M>);
    return changed;
  }();
};

// A member whose messages are counted. It needs the Address: a Recipient does not say how its actor
// handles M.
template <Message M>
class LoadedMember {
 public:
  template <class A>
    requires Handles<A, M>
  LoadedMember(const Address<A>& who)
      : to(who), cell_(&who.cell()), ops_(&LoadDispatch<A, M>::ops), load_(Load::make()) {}

  [[nodiscard]] std::uint32_t load() const noexcept { return load_->messages(); }

  template <class... Args>
  void send(Args&&... args) const {
    deliver(*cell_, make(std::forward<Args>(args)...));
  }
  template <class... Args>
  [[nodiscard]] auto ask(Args&&... args) const
    requires Question<M>
  {
    return Ask<M>(*cell_, make(std::forward<Args>(args)...));
  }
  [[nodiscard]] Result<void> try_send(M& message) const {
    return try_deliver_made(*cell_, message, [this](M&& moved) { return make(std::move(moved)); });
  }

  Recipient<M> to;

 private:
  template <class... Args>
  LoadEnvelope<M>* make(Args&&... args) const {
    auto* const envelope =
        make_envelope_of<LoadEnvelope<M>>(cell_->core(), ops_, std::forward<Args>(args)...);
    envelope->load = load_.get();
    load_->message_sent();
    return envelope;
  }

  Cell* cell_;  // Kept by `to`.
  const EnvelopeOps* ops_;
  std::shared_ptr<Load> load_;
};

}  // namespace stet::detail
