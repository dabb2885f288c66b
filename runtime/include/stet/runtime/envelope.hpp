// stet/runtime/envelope.hpp - the pooled node around one message on its way.
//
// An envelope is one block: links, a table of functions for its message and receiver, where the
// answer goes, and the message itself. Nobody registers message types: the table is a constant made
// where a message is sent.
//
// Threads    One owner at a time: sender, then mailbox, then the worker that runs the receiver.
// Ownership  push() hands it to the mailbox. Whoever takes it out must dispose() of it.
// Memory     From the block pool of the receiver's System; 64 bytes for a message up to 32 bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace stet {

struct Error;

namespace detail {

class Core;
struct Cell;
struct Envelope;
struct ReplySlot;

// What can be done with one kind of envelope. One constant per receiver and message type.
struct EnvelopeOps {
  // Runs the handler. The payload stays constructed; an exception leaves through it.
  void (*invoke)(Cell& cell, Envelope& envelope);
  // Destroys the payload; nullptr when there is nothing to do.
  void (*destroy)(Envelope& envelope) noexcept;
  std::uint32_t bytes;  // Of the whole block, for the pool.
  // Also handled while the actor's user messages are paused: replies and acknowledgements.
  bool passes_pause;
  std::string_view message_name;
  // Of the runtime, in the receiver's line: counts against no bound, and is no dead letter.
  bool is_signal = false;
};

struct Envelope {
  Envelope* next;
  const EnvelopeOps* ops;
  ReplySlot* reply;         // Where the answer goes; nullptr for a plain send. Owned.
  std::uint64_t stamp = 0;  // The observer's, see observer.hpp.
};

// Where one answer goes. It is owned by the request's envelope, then by the Promise of it; whoever
// holds it last answers, if only with an error: no question stays unanswered.
struct ReplySlot {
  // Takes the slot. `value` points to a Reply to be moved from, or is nullptr and `error` says why.
  void (*resolve)(ReplySlot* slot, void* value, const Error* error) noexcept;
};

// Destroys payload and block, which is of this System; a question that was not answered is answered
// with `error`.
void dispose(Core& core, Envelope* envelope, const Error& error) noexcept;
// As dispose(), but the block stays.
void empty(Core& core, Envelope& envelope, const Error& error) noexcept;

}  // namespace detail
}  // namespace stet
