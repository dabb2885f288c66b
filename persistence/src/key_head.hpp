// persistence/src/key_head.hpp - eight bytes of a key as a number, to compare most keys at once.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace stet::detail {

// The bytes behind the first `shared`, which all keys to be compared have in common; zeros stand for
// what a short key lacks. Heads that differ are ordered as their keys are; equal ones decide nothing.
[[nodiscard]] inline std::uint64_t key_head(std::string_view key, std::size_t shared) noexcept {
  std::uint64_t head = 0;
  std::memcpy(&head, key.data() + shared, std::min(key.size() - shared, sizeof(head)));
  static_assert(std::endian::native == std::endian::little, "the first byte must weigh most");
  return __builtin_bswap64(head);
}

}  // namespace stet::detail
