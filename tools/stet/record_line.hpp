// tools/stet/record_line.hpp - a record as one line of JSON, without the program's types.
//
//   {"key":"//bank/alice","revision":7,"version":1,"program":"bank 1","layout":"packed","value":…}
//
// `program` and `layout` are a root record's. With its bytes it ends in ,"record":"<hex>"}: then
// nothing is lost. The store's own: {"key":…,"session":3}.
//
// Threads    Pure functions.
// Errors     corrupt, newer_format: parse_record()'s, or a value that is no MessagePack, or a key
//            that no store writes.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <stet/runtime/result.hpp>

namespace stet::tool {

// Only the value's JSON.
[[nodiscard]] Result<std::string> value_line(std::string_view key, std::string_view record);

enum class Bytes : bool { left_out, included };
[[nodiscard]] Result<std::string> record_line(std::string_view key, std::string_view record,
                                              Bytes bytes);

// {"key":…,"problem":…}
[[nodiscard]] std::string problem_line(std::string_view key, const Error& why);

// A line of record_line() with its bytes, read back: key and record. What the line says beside them
// must be what they say. Errors: invalid_argument.
[[nodiscard]] Result<std::pair<std::string, std::string>> parse_record_line(std::string_view line);

}  // namespace stet::tool
