// stet/persistence/detail/unknown.hpp - fields that a struct was stored with and does not know.
//
// An older program that reads, changes and writes a newer one's record must not lose what it does
// not understand. The fields are kept as they stood, by the struct they belong to: the value itself
// is node 0, structs nested in it directly are counted in declared order, each before its own.
//
// Threads    A plain value: one thread at a time.
// Bounds     No larger than the record it was read from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <stet/persistence/detail/kinds.hpp>

namespace stet {

class UnknownFields {
 public:
  struct Entry {
    std::size_t node;
    std::uint32_t count;  // Fields in `bytes`, each a name and a value.
    std::string bytes;
  };

  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  [[nodiscard]] std::size_t bytes() const noexcept {
    std::size_t sum = 0;
    for (const Entry& entry : entries_) sum += entry.bytes.size();
    return sum;
  }
  void clear() noexcept { entries_.clear(); }

  [[nodiscard]] const Entry* find(std::size_t node) const noexcept {
    for (const Entry& entry : entries_) {
      if (entry.node == node) return &entry;
    }
    return nullptr;
  }
  void add(std::size_t node, std::string_view name_and_value) {
    for (Entry& entry : entries_) {
      if (entry.node == node) {
        entry.bytes.append(name_and_value);
        ++entry.count;
        return;
      }
    }
    entries_.push_back({node, 1, std::string(name_and_value)});
  }

 private:
  std::vector<Entry> entries_;
};

namespace detail {

// A struct that is not nested directly: its unknown fields are dropped.
inline constexpr std::size_t no_node = static_cast<std::size_t>(-1);

template <class T>
consteval std::size_t count_nodes() {
  if constexpr (kind_of<T> != Kind::structure) {
    return 0;
  } else {
    return []<std::size_t... I>(std::index_sequence<I...>) {
      return (std::size_t{1} + ... + count_nodes<FieldType<T, I>>());
    }(std::make_index_sequence<field_count<T>>{});
  }
}
// From a struct's node to that of the struct in its field I.
template <class T, std::size_t I>
inline constexpr std::size_t node_offset = []<std::size_t... J>(std::index_sequence<J...>) {
  return (std::size_t{1} + ... + count_nodes<FieldType<T, J>>());
}(std::make_index_sequence<I>{});

}  // namespace detail
}  // namespace stet
