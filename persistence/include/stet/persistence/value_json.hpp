// stet/persistence/value_json.hpp - a stored value as JSON, without the program's types.
//
// Nothing is lost: bytes become {"$bytes": "<hex>"}, a text that is no UTF-8 {"$text": "<hex>"},
// NaN and infinities {"$float": "nan"}, extensions {"$ext": [type, "<hex>"]}. A float has a dot or
// an exponent. A map's key that is no text becomes the text of its JSON. Compact, on one line.
//
// Threads    A pure function.
// Errors     corrupt: not exactly one MessagePack value, or nested over json_depth_max deep.
// Bounds     The result has at most about 12 times the input's bytes.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <stet/runtime/result.hpp>

namespace stet {

// What the codec can write: 32 levels of a type and 32 of unknown fields in the innermost, and one.
inline constexpr std::size_t json_depth_max = 65;

[[nodiscard]] Result<std::string> to_json(std::string_view value);

}  // namespace stet
