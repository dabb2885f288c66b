// stet/runtime/promise.hpp - an answer that is given later.
//
// A handler `void handle(M, Promise<M>)` may keep the promise and answer in a later turn.
//
// Threads    One owner at a time; may move between threads and actors.
// Delegation delegate() passes the question on: the receiver answers the original asker directly, and
//            whatever becomes of the question there (receiver_gone, handler_threw, broken_promise)
//            is what the asker is told. A deadline of the asker's goes on running. In a promise that
//            was handed on inside a message the asker waits, for the search for cycles, still for
//            who got it first.
// Ownership  Movable, not copyable. Dropped without an answer, it answers Errc::broken_promise.
#pragma once

#include <exception>
#include <utility>

#include <stet/runtime/envelope.hpp>
#include <stet/runtime/message.hpp>
#include <stet/runtime/result.hpp>

namespace stet {

namespace detail {
struct Cell;
struct EnvelopeOps;
}  // namespace detail
template <class A>
class Address;
template <Message M>
class Recipient;

template <Question M>
class Promise {
 public:
  using Reply = ReplyOf<M>;

  Promise() = default;  // Nobody asks: answers go nowhere.
  explicit Promise(detail::ReplySlot* slot) noexcept : slot_(slot) {}  // Takes the slot.
  Promise(Promise&& other) noexcept : slot_(std::exchange(other.slot_, nullptr)) {}
  Promise& operator=(Promise&& other) noexcept {
    if (this != &other) {
      drop();
      slot_ = std::exchange(other.slot_, nullptr);
    }
    return *this;
  }
  ~Promise() { drop(); }

  // Not for applications: who takes the slot answers.
  [[nodiscard]] detail::ReplySlot* release() noexcept { return std::exchange(slot_, nullptr); }

  // Does anybody wait for the answer? False for a message that was sent, not asked.
  [[nodiscard]] bool is_asked() const noexcept { return slot_ != nullptr; }

  // Answers; later calls do nothing.
  void resolve(Reply reply) noexcept {
    if (detail::ReplySlot* slot = std::exchange(slot_, nullptr)) {
      slot->resolve(slot, &reply, nullptr);
    }
  }
  void fail(const Error& error) noexcept {
    if (detail::ReplySlot* slot = std::exchange(slot_, nullptr)) {
      slot->resolve(slot, nullptr, &error);
    }
  }
  void set(Result<Reply> result) noexcept {
    if (result) {
      resolve(std::move(result).value());
    } else {
      fail(result.error());
    }
  }

  // Passes the question on as an N with these arguments, whose Reply must be the same; without N as
  // an M: answer.delegate(other, std::move(message)) forwards it. The promise is empty afterwards.
  // For a message that was sent, not asked, N is sent. An exclusive asker that would so come to wait
  // in a cycle is told ask_cycle instead. Throws as send() does; the promise is then kept.
  template <Question N = M, class A, class... Args>
  void delegate(const Address<A>& receiver, Args&&... args);
  template <Question N, class... Args>
  void delegate(const Recipient<N>& receiver, Args&&... args);

 private:
  template <class N, class... Args>
  void delegate_to(detail::Cell& receiver, const detail::EnvelopeOps* ops, Args&&... args);
  void drop() noexcept {
    if (slot_ == nullptr) return;
    // A handler that throws destroys the promise it was given on the way out.
    fail(Error(std::uncaught_exceptions() > 0 ? Errc::handler_threw : Errc::broken_promise));
  }
  detail::ReplySlot* slot_ = nullptr;
};

}  // namespace stet
