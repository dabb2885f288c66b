// persistence/src/journal/key_ranges.hpp - a set of keys given by ranges, [from, to).
//
// Ranges that touch or overlap become one, so a key is looked up in one step however often it was
// erased. Most sets are empty.
//
// Threads    A plain value.
// Ownership  Keeps copies of the bounds.
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace stet::detail {

class KeyRanges {
 public:
  using Map = std::map<std::string, std::string, std::less<>>;  // From, to.

  // Requires: from < to.
  void add(std::string_view from, std::string_view to) {
    auto next = ranges_.upper_bound(from);
    std::string low(from);
    std::string high(to);
    if (next != ranges_.begin() && std::prev(next)->second >= from) {
      --next;
      low = next->first;
    }
    // Bounded: each round takes one range away.
    while (next != ranges_.end() && next->first <= high) {
      high = std::max(high, next->second);
      next = ranges_.erase(next);
    }
    ranges_.emplace_hint(next, std::move(low), std::move(high));
  }
  void add(const KeyRanges& other) {
    for (const auto& [from, to] : other.ranges_) add(from, to);
  }

  // This one key leaves the set.
  void cut(std::string_view key) {
    const Map::value_type* const found = covering(key);
    if (found == nullptr) return;
    const auto range = ranges_.find(found->first);
    std::string after(key);
    after.push_back('\0');
    if (after < range->second) ranges_.emplace(std::move(after), range->second);
    if (range->first == key) {
      ranges_.erase(range);
    } else {
      range->second = key;
    }
  }
  // All keys less than this one leave it.
  void remove_below(std::string_view key) {
    // Bounded: each round takes a range away.
    while (!ranges_.empty() && ranges_.begin()->second <= key) ranges_.erase(ranges_.begin());
    if (ranges_.empty() || ranges_.begin()->first >= key) return;
    auto first = ranges_.extract(ranges_.begin());
    first.key() = key;
    ranges_.insert(std::move(first));
  }

  // The range that has this key; nullptr: none. Valid until a change.
  [[nodiscard]] const Map::value_type* covering(std::string_view key) const noexcept {
    if (ranges_.empty()) return nullptr;
    auto next = ranges_.upper_bound(key);
    return next != ranges_.begin() && key < (--next)->second ? &*next : nullptr;
  }
  [[nodiscard]] bool covers(std::string_view key) const noexcept {
    return covering(key) != nullptr;
  }

  [[nodiscard]] bool empty() const noexcept { return ranges_.empty(); }
  [[nodiscard]] std::size_t size() const noexcept { return ranges_.size(); }
  [[nodiscard]] Map::const_iterator begin() const noexcept { return ranges_.begin(); }
  [[nodiscard]] Map::const_iterator end() const noexcept { return ranges_.end(); }
  friend bool operator==(const KeyRanges&, const KeyRanges&) = default;

 private:
  Map ranges_;
};

}  // namespace stet::detail
