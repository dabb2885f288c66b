// persistence/src/lmdb/journal_engine.hpp - journal mode: commits are appended, and folded later.
//
// A commit is one entry appended to the journal: a few adjacent pages and one flush, however its
// keys are scattered. It is then visible in the overlay, in memory. The folder brings many commits
// at once into the state, in the order of their keys, where many keys share each page that is
// written.
//
//   journal_log   what is durable and not yet in the state
//   overlay       the same, in memory, in order
//   folder        from there into the state
//
// Threads    As engine.hpp says, and one of its own.
// Progress   commit() may sleep where folding is behind; stats() looks up each record that is not
//            folded.
// Bounds     JournalOptions::bytes_max of entries that are not folded, and one commit more.
#pragma once

#include <memory>

#include "environment.hpp"
#include "lmdb_engine.hpp"
#include "meta_record.hpp"

namespace stet::detail {

// Both environments have been flushed after they were opened; `mark` is what the state says.
// Errors: corrupt, where the two do not fit together or an entry is damaged; no_memory.
[[nodiscard]] Result<std::unique_ptr<LmdbEngine>> make_journal_engine(
    std::shared_ptr<Environment> state, std::shared_ptr<Environment> journal,
    const LmdbOptions& options, const MetaRecord& meta, CommitNumber mark);

// How far the journal's own map may grow: what is in it must also fit into the state.
[[nodiscard]] std::size_t journal_map_bytes_max(const LmdbOptions& options) noexcept;

}  // namespace stet::detail
