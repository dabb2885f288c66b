// stet/persistence/ack.hpp - the answer to a write: it is as safe as was asked for.
//
// Threads    A plain value.
// Progress   Comes after the commit, or, for class async, once the store has taken the write.
// Ownership  Holds nothing.
// Errors     An Ack is the absence of one: what fails is answered with an Error instead, and every
//            write with exactly one of the two.
// Bounds     One for each question.
#pragma once

#include <cstdint>

namespace stet {

struct Ack {
  // The commit that holds the write. 0 where none is known yet: class async, and writes that joined
  // the change of the current turn.
  std::uint64_t commit = 0;
};

}  // namespace stet
