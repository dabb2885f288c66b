// stet/persistence/detail/direct_writes.hpp - what a writer's turns have written by repositories, and
// not through what it holds in memory.
//
// A Persistable believes to know what is stored at its scope. Where a turn of the same actor wrote
// there by another way that may be wrong, and its next change is written whole.
//
// Threads    The writer's.
// Bounds     The last kept_max writes are known by scope; before these, any scope may have been.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace stet::detail {

class DirectWrites {
 public:
  static constexpr std::size_t kept_max = 64;

  // Takes note of those operations of a change that are not `owned`. May throw bad_alloc.
  void note(std::string_view change);
  // A number that grows with each note().
  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  // Since the note of that number, at this scope?
  [[nodiscard]] bool touched(std::string_view scope, std::uint64_t since) const noexcept;

 private:
  struct Write {
    std::uint64_t number;
    std::string scope;
    bool has_below;  // All scopes below it too.
  };
  std::vector<Write> writes_;  // Not a deque: that takes memory when there is nothing in it.
  std::uint64_t number_ = 0;
  std::uint64_t forgotten_ = 0;  // Up to this number.
};

}  // namespace stet::detail
