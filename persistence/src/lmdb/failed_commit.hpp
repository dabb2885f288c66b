// persistence/src/lmdb/failed_commit.hpp - was a failed commit undone, or is its outcome unknown?
//
// LMDB commits in four steps: free list, dirty pages, flush, meta page. An error of the first two
// leaves the state before; an error of the last two leaves doubt about what the disk holds. LMDB
// returns one code for all four, and EIO also for a short write, which is how a full disk first
// shows. So the step has to be inferred, and where that fails the answer is `unknown`.
//
// Threads    The writing thread.
#pragma once

#include <cstddef>

#include "environment.hpp"

namespace stet::detail {

enum class Outcome : std::uint8_t {
  undone,   // As if it had not been tried: repeat it when the cause is gone.
  no_room,  // The same; the cause is a full disk, whatever the code said.
  unknown,  // Poison the engine.
};

// `code`: what mdb_txn_commit returned, not 0. `batch_bytes`: about what the commit had to write.
[[nodiscard]] Outcome judge_failed_commit(Environment& environment, int code,
                                          std::size_t batch_bytes);

// Before the commit (while it was being filled) no step but the second can have run: dirty pages
// that do not fit memory are written early.
[[nodiscard]] Outcome judge_failed_fill(Environment& environment, int code,
                                        std::size_t batch_bytes);

}  // namespace stet::detail
