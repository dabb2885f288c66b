// stet/persistence/detail/load.hpp - taking a scope on a host thread.
#pragma once

#include <chrono>
#include <memory>

#include <stet/persistence/data_store.hpp>
#include <stet/persistence/detail/store_link.hpp>
#include <stet/runtime/result.hpp>

namespace stet::detail {

struct Loaded {
  std::shared_ptr<Unit> unit;
  Acquired::One scope;
};

// Blocks. Errors: already_owned, unsupported (not a store), and those of DataStore.
[[nodiscard]] Result<Loaded> acquire_one(const DataStore& data, std::chrono::nanoseconds timeout);

}  // namespace stet::detail
