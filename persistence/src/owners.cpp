// persistence/src/owners.cpp - who owns which scope.
#include "owners.hpp"

#include <algorithm>

#include <stet/persistence/key.hpp>

namespace stet::detail {
namespace {

Error already_owned(std::string_view scope) {
  return Error(Errc::already_owned, "scope \"" + std::string(scope) +
                                        "\" has another owner: wait until that one has stopped");
}

}  // namespace

Result<void> Owners::acquire(const std::vector<std::string>& scopes, std::uint64_t owner_id) {
  for (std::size_t index = 0; index < scopes.size(); ++index) {
    if (owners_.try_emplace(scopes[index], Owner{owner_id}).second) continue;
    for (std::size_t taken = 0; taken < index; ++taken) owners_.erase(scopes[taken]);
    return already_owned(scopes[index]);
  }
  return {};
}

void Owners::leave(std::string_view scope, std::uint64_t owner_id) noexcept {
  const auto found = owners_.find(scope);
  if (found != owners_.end() && found->second.id == owner_id) found->second.leaving = true;
}

bool Owners::may_wait_for(const std::vector<std::string>& scopes) const noexcept {
  return std::all_of(scopes.begin(), scopes.end(), [&](const std::string& scope) {
    const auto found = owners_.find(scope);
    return (found == owners_.end() || found->second.leaving) &&
           std::count(scopes.begin(), scopes.end(), scope) == 1;
  });
}

void Owners::release(std::string_view scope, std::uint64_t owner_id) noexcept {
  const auto found = owners_.find(scope);
  if (found != owners_.end() && found->second.id == owner_id) owners_.erase(found);
}

void Owners::release_leaving() noexcept {
  std::erase_if(owners_, [](const auto& each) { return each.second.leaving; });
}

void Owners::hand_over(std::string_view scope, std::uint64_t from_id,
                       std::uint64_t to_id) noexcept {
  const auto found = owners_.find(scope);
  if (found != owners_.end() && found->second.id == from_id) found->second = Owner{to_id};
}

Result<void> Owners::may_write(std::string_view key, std::uint64_t owner_id) const {
  if (owners_.empty()) return {};
  const std::string_view scope = scope_of_key(key);
  const auto found = owners_.find(scope);
  if (found == owners_.end() || found->second.leaving) return {};
  if (found->second.id != owner_id) return already_owned(scope);
  return {};
}

Result<void> Owners::may_erase_scope(std::string_view path, std::uint64_t owner_id) const {
  const KeyRange below = below_range(path);
  if (auto own = may_write(path, owner_id); !own) return own;
  for (auto it = owners_.lower_bound(below.from); it != owners_.end() && it->first < below.to;
       ++it) {
    if (it->second.id != owner_id && !it->second.leaving) return already_owned(it->first);
  }
  return {};
}

}  // namespace stet::detail
