// persistence/src/lmdb/journal_reading.hpp - what is in the journal and in the state, as of one moment.
//
// Threads    Any.
// Errors     readers_full, map_full (as Engine::view()), corrupt; no_memory is thrown.
#pragma once

#include <cstdint>
#include <memory>

#include <stet/runtime/result.hpp>

#include "../engine.hpp"
#include "../journal/overlay.hpp"
#include "environment.hpp"
#include "lmdb_view.hpp"

namespace stet::detail {

struct JournalReading {
  Layers layers;  // Oldest first, all newer than the state.
  std::unique_ptr<LmdbView> state;
  CommitNumber number = 0;
};

[[nodiscard]] Result<JournalReading> begin_reading(const std::shared_ptr<Environment>& state,
                                                   Overlay& overlay);

// Looks up each key of the layers, and walks over what they or pending ranges erase.
[[nodiscard]] Result<std::uint64_t> count_records(const JournalReading& reading);

}  // namespace stet::detail
