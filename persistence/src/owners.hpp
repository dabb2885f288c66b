// persistence/src/owners.hpp - which scope belongs to whom.
//
// A scope has one owner at a time: its own records are written by that owner alone. Scopes below it
// are scopes of their own.
//
// An owner that has written its last change is *leaving* until that change is safe. Whoever writes
// meanwhile comes after it and may; whoever wants to own the scope waits.
//
// Threads    One: the store's.
// Bounds     One entry a living Persistable.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <stet/runtime/result.hpp>

namespace stet::detail {

class Owners {
 public:
  // All or none. Errors: already_owned, also for a scope named twice.
  [[nodiscard]] Result<void> acquire(const std::vector<std::string>& scopes,
                                     std::uint64_t owner_id);
  // Nothing happens if it is another's by now.
  void leave(std::string_view scope, std::uint64_t owner_id) noexcept;
  void release(std::string_view scope, std::uint64_t owner_id) noexcept;
  // All that are leaving.
  void release_leaving() noexcept;
  // Would acquire() succeed once all that are leaving have gone?
  [[nodiscard]] bool may_wait_for(const std::vector<std::string>& scopes) const noexcept;
  // Nothing happens if it is not `from_id`'s.
  void hand_over(std::string_view scope, std::uint64_t from_id, std::uint64_t to_id) noexcept;

  // May `owner_id` write the record at this key? Errors: already_owned.
  [[nodiscard]] Result<void> may_write(std::string_view key, std::uint64_t owner_id) const;
  // May it erase this scope and all below?
  [[nodiscard]] Result<void> may_erase_scope(std::string_view path, std::uint64_t owner_id) const;

  [[nodiscard]] std::size_t size() const noexcept { return owners_.size(); }

 private:
  struct Owner {
    std::uint64_t id = 0;
    bool leaving = false;
  };
  std::map<std::string, Owner, std::less<>> owners_;  // Ordered: "all below" is a range.
};

}  // namespace stet::detail
