// persistence/src/direct_writes.cpp - scopes that were written by another way.
#include <stet/persistence/detail/direct_writes.hpp>

#include <algorithm>

#include <stet/persistence/change.hpp>
#include <stet/persistence/key.hpp>

#include "planted_fault.hpp"

namespace stet::detail {

void DirectWrites::note(std::string_view change) {
  ++number_;
  ChangeView operations(change);
  ChangeOperation operation;
  while (operations.next(operation)) {
    if (operation.owned || is_planted(Fault::forget_direct)) continue;
    writes_.push_back({number_, std::string(scope_of_key(operation.key)),
                       operation.kind == ChangeKind::erase_scope});
    if (writes_.size() > kept_max) {
      forgotten_ = writes_.front().number;
      writes_.erase(writes_.begin());
    }
  }
}

bool DirectWrites::touched(std::string_view scope, std::uint64_t since) const noexcept {
  if (since < forgotten_) return true;
  return std::any_of(writes_.begin(), writes_.end(), [&](const Write& write) {
    if (write.number <= since || !scope.starts_with(write.scope)) return false;
    const std::string_view rest = scope.substr(write.scope.size());
    return rest.empty() || (write.has_below && rest.front() == '/');
  });
}

}  // namespace stet::detail
