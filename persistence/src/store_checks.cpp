// persistence/src/store_checks.cpp - what may be asked of a store at all.
#include <algorithm>
#include <string>

#include <stet/persistence/key.hpp>

#include "store_actor.hpp"

namespace stet::detail {

Result<void> StoreActor::check_key(std::string_view key) const {
  if (!key.starts_with("//")) {
    return Error(Errc::invalid_argument,
                 "a record's key begins with its scope, as in //bank/alice");
  }
  const std::size_t bytes_max = std::min(key_bytes_max, limits_.key_bytes_max);
  if (key.size() > bytes_max) {
    return Error(Errc::too_large, "a key of " + std::to_string(key.size()) + " bytes; at most " +
                                      std::to_string(bytes_max) + " are stored: shorten it");
  }
  return {};
}

Result<void> StoreActor::check_record(std::string_view key, std::string_view value) const {
  if (auto good = check_key(key); !good) return good;
  const std::size_t bytes_max = std::min(record_bytes_max, limits_.value_bytes_max);
  if (value.size() > bytes_max) {
    return Error(Errc::too_large, "a record of " + std::to_string(value.size()) +
                                      " bytes; at most " + std::to_string(bytes_max) +
                                      " are stored: split it into several scopes");
  }
  return {};
}

Result<void> StoreActor::check_change(std::string_view bytes, std::uint64_t owner_id) const {
  if (bytes.size() > group_bytes_max_) {
    return Error(Errc::too_large, "a change of " + std::to_string(bytes.size()) +
                                      " bytes; at most " + std::to_string(group_bytes_max_) +
                                      " are stored together: change less in one turn");
  }
  ChangeView view(bytes);
  ChangeOperation operation;
  while (view.next(operation)) {
    const bool is_range = operation.kind == ChangeKind::erase_scope ||
                          operation.kind == ChangeKind::erase_entries ||
                          operation.kind == ChangeKind::erase_fields;
    Result<void> good =
        is_range ? check_scope_path(operation.key) : check_record(operation.key, operation.value);
    if (good && operation.kind == ChangeKind::erase_scope) {
      good = owners_.may_erase_scope(operation.key, owner_id);
    } else if (good && !operation.owned) {
      good = owners_.may_write(operation.key, owner_id);
    }
    if (!good) return good;
  }
  return {};
}

Result<void> StoreActor::check_open(bool single) const {
  if (disk_ == Disk::lost) {
    return Error(Errc::poisoned, "a flush failed before: reopen the store to go on");
  }
  if (single && link_->is_over_bound()) {
    return Error(Errc::would_block, "the store holds as much as it may: wait and try again");
  }
  return {};
}

}  // namespace stet::detail
