// stet/runtime/recipient.hpp - Recipient<M>: the handle to any actor that accepts M.
//
// Sixteen bytes: the actor, and the constant that says how it handles M. Made from any Address
// whose actor has such a handler; the compiler refuses others. All else is as for Address.
#pragma once

#include <utility>

#include <stet/runtime/address.hpp>

namespace stet {

template <Message M>
class Recipient {
 public:
  Recipient() = default;  // Of nobody; only comparison and assignment are allowed.
  template <class A>
    requires Handles<A, M>
  Recipient(const Address<A>& address) noexcept
      : cell_(&address.cell()), ops_(&detail::Dispatch<A, M>::ops) {
    detail::retain(cell_);
  }
  Recipient(const Recipient& other) noexcept : cell_(other.cell_), ops_(other.ops_) {
    if (cell_ != nullptr) detail::retain(cell_);
  }
  Recipient(Recipient&& other) noexcept
      : cell_(std::exchange(other.cell_, nullptr)), ops_(other.ops_) {}
  Recipient& operator=(Recipient other) noexcept {
    std::swap(cell_, other.cell_);
    std::swap(ops_, other.ops_);
    return *this;
  }
  ~Recipient() {
    if (cell_ != nullptr) detail::release(cell_);
  }

  template <class... Args>
  void send(Args&&... args) const {
    detail::deliver(*cell_,
                    detail::make_envelope<M>(cell_->core(), ops_, std::forward<Args>(args)...));
  }
  // `auto`: Ask<M> is no type for a message without an answer, and this class is made for those
  // too.
  template <class... Args>
  [[nodiscard]] auto ask(Args&&... args) const
    requires Question<M>
  {
    return Ask<M>(*cell_,
                  detail::make_envelope<M>(cell_->core(), ops_, std::forward<Args>(args)...));
  }

  [[nodiscard]] bool is_alive() const noexcept {
    return cell_ != nullptr && !cell_->mailbox.is_closed();
  }
  explicit operator bool() const noexcept { return cell_ != nullptr; }
  friend bool operator==(const Recipient& left, const Recipient& right) noexcept {
    return left.cell_ == right.cell_;
  }

  // Not for applications.
  [[nodiscard]] detail::Cell& cell() const noexcept { return *cell_; }
  [[nodiscard]] const detail::EnvelopeOps* ops() const noexcept { return ops_; }

 private:
  detail::Cell* cell_ = nullptr;
  const detail::EnvelopeOps* ops_ = nullptr;
};

}  // namespace stet
