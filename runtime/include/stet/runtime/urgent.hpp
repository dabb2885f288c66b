// stet/runtime/urgent.hpp - a message that is handled before all mail that waits.
//
//   stet::send_urgent<Reload>(worker, path);   // an Address or a Recipient
//   worker.ask<Status>().urgent().get(1s);     // a question: see Ask::urgent()
//
// Order      After the turn that runs, before waiting mail; urgent ones of one sender among
//            themselves in the order sent. They overtake everything else, also what their own
//            sender sent before; not a pause: while user messages wait, urgent ones wait too.
// Threads    Any.
// Progress   As send().
// Bounds     None: urgent mail travels with the runtime's own and is neither counted nor refused.
//            For few messages; who sends many has made a second mailbox without a bound.
// Errors     As send(): to the dead letters, if the actor has stopped. Throws std::bad_alloc.
#pragma once

#include <utility>

#include <stet/runtime/address.hpp>
#include <stet/runtime/recipient.hpp>

namespace stet {

namespace detail {
// Takes the envelope. Throws std::bad_alloc; the envelope is disposed of then.
void deliver_urgent(Cell& cell, Envelope* envelope);
}  // namespace detail

template <class M, class A, class... Args>
void send_urgent(const Address<A>& receiver, Args&&... args) {
  static_assert(Handles<A, M>, "stet: this actor has no handler for this message");
  detail::Cell& cell = receiver.cell();
  detail::deliver_urgent(cell, detail::make_envelope<M>(cell.core(), &detail::Dispatch<A, M>::ops,
                                                        std::forward<Args>(args)...));
}

template <class M, class... Args>
void send_urgent(const Recipient<M>& receiver, Args&&... args) {
  detail::Cell& cell = receiver.cell();
  detail::deliver_urgent(
      cell, detail::make_envelope<M>(cell.core(), receiver.ops(), std::forward<Args>(args)...));
}

}  // namespace stet
