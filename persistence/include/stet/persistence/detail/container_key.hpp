// stet/persistence/detail/container_key.hpp - keys of containers as bytes that order as they do.
//
// Threads    Pure functions.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <stet/persistence/key.hpp>

namespace stet::detail {

template <class K>
inline constexpr bool is_ordered_key = (std::integral<K> && !std::same_as<K, bool>) ||
                                       std::is_enum_v<K> || std::same_as<K, std::string>;
template <class A, class B>
inline constexpr bool is_ordered_key<std::pair<A, B>> = is_ordered_key<A> && is_ordered_key<B>;

// Of what an integer or enum is stored as.
template <class K>
struct StoredInteger {
  using type = K;
};
template <class K>
  requires std::is_enum_v<K>
struct StoredInteger<K> {
  using type = std::underlying_type_t<K>;
};

// `last`: nothing follows in the element.
template <class K>
void append_key(std::string& element, const K& key, bool last = true) {
  if constexpr (std::same_as<K, std::string>) {
    if (last) {
      element.append(key);
    } else {
      append_ordered_part(element, key);
    }
  } else if constexpr (std::integral<K> || std::is_enum_v<K>) {
    append_ordered(element, static_cast<typename StoredInteger<K>::type>(key));
  } else {
    append_key(element, key.first, false);
    append_key(element, key.second, last);
  }
}

// False: there is no such key at the front of `element`, or more than it if it is the last.
template <class K>
[[nodiscard]] bool take_key(std::string_view& element, K& key, bool last = true) {
  if constexpr (std::same_as<K, std::string>) {
    if (!last) return take_ordered_part(element, key);
    key.assign(std::exchange(element, std::string_view()));
    return true;
  } else if constexpr (std::integral<K> || std::is_enum_v<K>) {
    using Stored = typename StoredInteger<K>::type;
    using Wide = std::conditional_t<std::is_signed_v<Stored>, std::int64_t, std::uint64_t>;
    Wide wide = 0;
    if (!take_ordered(element, wide)) return false;
    if (wide < Wide{std::numeric_limits<Stored>::min()} ||
        wide > Wide{std::numeric_limits<Stored>::max()}) {
      return false;
    }
    key = static_cast<K>(wide);
    return !last || element.empty();
  } else {
    return take_key(element, key.first, false) && take_key(element, key.second, last);
  }
}

}  // namespace stet::detail
