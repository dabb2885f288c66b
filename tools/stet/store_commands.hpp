// tools/stet/store_commands.hpp - the subcommands of `stet store`; each in its own file.
//
// Each returns the exit code, writes its result to stdout and one sentence to stderr where it could
// not.
//
// Threads    One.
#pragma once

#include <string_view>

#include <stet/runtime/result.hpp>

#include "command_line.hpp"

namespace stet::tool {

[[nodiscard]] int store_get(const CommandLine& line);
[[nodiscard]] int store_scan(const CommandLine& line);
[[nodiscard]] int store_stat(const CommandLine& line);
[[nodiscard]] int store_verify(const CommandLine& line);
[[nodiscard]] int store_copy(const CommandLine& line);
[[nodiscard]] int store_salvage(const CommandLine& line);
[[nodiscard]] int store_dump(const CommandLine& line);
[[nodiscard]] int store_load(const CommandLine& line);

// What a dump begins with. A load takes no other.
inline constexpr std::string_view dump_head = R"({"stet_dump":1})";

// Says why on stderr. The exit code: damage is a finding, all else the environment's.
int complain(const Error& why);

}  // namespace stet::tool
