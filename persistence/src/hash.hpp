// persistence/src/hash.hpp - the one place that names a hash function.
//
// XXH3 notices accidents, not attackers: who can write the store can write checksums too.
//
// Threads    Pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace stet::detail {

[[nodiscard]] std::uint64_t hash64(std::string_view bytes, std::uint64_t seed = 0) noexcept;

// In canonical (big-endian) order, the same on every machine.
[[nodiscard]] std::array<char, 16> hash128(std::string_view bytes, std::uint64_t seed = 0) noexcept;

}  // namespace stet::detail
