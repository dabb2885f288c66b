// persistence/src/lmdb/direct_engine.hpp - direct mode: every commit goes into the state at once.
//
// One environment, no thread, no second copy: the least there is, and for keys that come in order as
// fast as anything. With random keys each commit writes about a page a record.
//
// Threads    As engine.hpp says.
#pragma once

#include <memory>

#include <stet/runtime/result.hpp>

#include "environment.hpp"
#include "lmdb_engine.hpp"
#include "meta_record.hpp"

namespace stet::detail {

// `environment` was flushed after it was opened.
[[nodiscard]] Result<std::unique_ptr<LmdbEngine>> make_direct_engine(
    std::shared_ptr<Environment> environment, const LmdbOptions& options, const MetaRecord& meta);

}  // namespace stet::detail
