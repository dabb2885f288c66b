// benchmarks/rivals/erlang_rival.hpp - Erlang/OTP, answering some of the runtime's questions.
//
// erlang_rival.erl is compiled and run by erlc and erl as child processes, with two schedulers and
// otherwise as it comes. Its figures are taken inside, so starting the machine is no part of them.
//
// Threads    The runs: the only thread of their process. The rest: any.
// Errors     corrupt: the program came to a wrong result. unsupported: erlc or erl is not installed,
//            does not work here or takes too long; the row is then null.
// Bounds     A run ends after `erlang_seconds_max`, and with the process that asked for it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "../support/subject.hpp"

namespace stet::bench::erlang_rival {

inline constexpr int erlang_seconds_max = 60;

// "25", or "" where Erlang is not installed or does not start. Leaves a file in the folder.
[[nodiscard]] std::string version(const std::filesystem::path& folder);

// How much a program of erlang_rival.erl shall do.
using Numbers = std::function<std::vector<std::uint64_t>(const Setting&)>;
[[nodiscard]] Run program(const std::string& name, const Numbers& numbers);

// What one of Savina's programs is there; empty for those that were not written.
[[nodiscard]] Run savina(const std::string& key);

// The row: empty `missing` where Erlang is installed.
[[nodiscard]] Subject subject(const Run& run);

}  // namespace stet::bench::erlang_rival
