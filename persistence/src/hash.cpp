// persistence/src/hash.cpp - XXH3, compiled in.
#include "hash.hpp"

#include <cstring>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace stet::detail {

std::uint64_t hash64(std::string_view bytes, std::uint64_t seed) noexcept {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::array<char, 16> hash128(std::string_view bytes, std::uint64_t seed) noexcept {
  XXH128_canonical_t canonical;
  XXH128_canonicalFromHash(&canonical, XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed));
  std::array<char, 16> out{};
  static_assert(sizeof canonical.digest == 16);
  std::memcpy(out.data(), canonical.digest, out.size());
  return out;
}

}  // namespace stet::detail
