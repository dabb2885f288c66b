// stet/runtime/options.hpp - the one option table: key, type, unit, default, range, help, when.
//
// A table is a constexpr array of OptionInfo. Options holds the current values of one or several
// tables: set() takes text (a flag, a file, a test) and checks it, typed getters read. Flags, help
// and the README's table are generated from the same rows, so they cannot disagree.
//
// Text       integer: digits. duration: digits and one of ns us ms s min. size: digits and one of
//            B KiB MiB GiB TiB. A bare 0 needs no suffix. boolean: true or false. choice: a name.
// Sources    Each value knows where it came from. Default < profile < host's code < file <
//            environment < flag < lock; among equals the last wins. The order of the calls does
//            not matter: what a weaker source says is checked, and then changes nothing. Files and
//            environment are read by stet/config/config.hpp, and only if the host asks.
// Profile    A named set of defaults, chosen by the option runtime.profile, from whichever source
//            that comes: any value that somebody gave wins over it.
// Threads    Options is a plain value: many readers, or one writer and nobody else.
// Ownership  Rows are referred to, not copied: a table outlives every Options made from it.
// Errors     set(), lock(), parse_flag(): unknown_option, invalid_argument (also: locked),
//            out_of_range; the text names key, value, what is allowed and, for an unknown key, the
//            nearest known one. A failed call changes nothing. Getters: an unknown key or another
//            type is a bug, an assertion.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <stet/runtime/option_origin.hpp>
#include <stet/runtime/result.hpp>

namespace stet {

enum class OptionType : std::uint8_t { integer, size, duration, boolean, choice, text };

// "integer", "size", ...
[[nodiscard]] std::string_view to_string(OptionType type) noexcept;

struct OptionInfo {
  std::string_view key;           // "runtime.workers"; also the flag: --stet.runtime.workers=4
  OptionType type;                //
  std::string_view unit;          // What is counted ("workers"); empty where the type says it.
  std::string_view default_text;  // As set() takes it.
  std::uint64_t min;              // Integers as they are, sizes in bytes, durations in nanoseconds,
  std::uint64_t max;              // texts by their length in bytes; unused for boolean and choice.
  std::string_view choices;       // "park|adaptive|spin"; empty but for a choice.
  std::string_view help;          // One line, without a full stop at its end.
  std::string_view when = {};     // When to turn it: another such line.
  std::string_view profiles = {};  // Other defaults: "latency=16|test=1".
  bool live = false;               // May change in a running system, see System::reconfigure().
};

class Options {
 public:
  static constexpr std::string_view flag_prefix = "--stet.";
  static constexpr std::string_view profile_key = "runtime.profile";

  // Every option at its default. Requires: keys occur once, defaults lie in their range.
  Options(std::initializer_list<std::span<const OptionInfo>> tables);

  // By the host's code.
  Result<void> set(std::string_view key, std::string_view text);
  // By another source; not by OptionSource::fallback or profile.
  Result<void> set(std::string_view key, std::string_view text, OptionOrigin origin);
  // Gives the value and keeps it: who tries to change it later is told so, with invalid_argument.
  // So is the caller, where a file, the environment or a flag has given another value before; the
  // lock holds then too.
  Result<void> lock(std::string_view key, std::string_view text);
  Result<void> lock(std::string_view key, std::uint64_t number) {
    return lock(key, std::to_string(number));
  }

  // "--stet.key=value". True: applied. False: not ours, it has another prefix.
  Result<bool> parse_flag(std::string_view argument);

  [[nodiscard]] bool has(std::string_view key) const noexcept;
  [[nodiscard]] std::uint64_t integer(std::string_view key) const noexcept;
  [[nodiscard]] std::uint64_t bytes(std::string_view key) const noexcept;
  [[nodiscard]] std::chrono::nanoseconds duration(std::string_view key) const noexcept;
  [[nodiscard]] bool flag(std::string_view key) const noexcept;
  [[nodiscard]] std::string_view choice(std::string_view key) const noexcept;
  [[nodiscard]] std::size_t choice_index(
      std::string_view key) const noexcept;  // From 0, as listed.
  [[nodiscard]] std::string_view text(std::string_view key) const noexcept;

  // The option's value as set() took it: for logs, and to store what a run was made with.
  [[nodiscard]] std::string_view value_text(std::string_view key) const noexcept;
  // Where that value came from.
  [[nodiscard]] OptionOrigin origin(std::string_view key) const;

  // The rows, in the order of the tables.
  [[nodiscard]] std::vector<const OptionInfo*> rows() const;
  // The row of a key, or nullptr; the one whose key looks most like it, nullptr without any row.
  [[nodiscard]] const OptionInfo* row(std::string_view key) const noexcept;
  [[nodiscard]] const OptionInfo* nearest(std::string_view key) const noexcept;

  // One line an option: flag, type, default, range, help. For a terminal, and as a Markdown table.
  [[nodiscard]] std::string help_text() const;
  [[nodiscard]] std::string markdown_table() const;
  // One line an option: "runtime.workers = 4  # app.toml:3:11". For logs and bug reports.
  [[nodiscard]] std::string values_text() const;

 private:
  struct Value {
    const OptionInfo* info;
    std::uint64_t number;  // Also of a boolean (0, 1) and a choice (its index).
    std::string text;
    OptionOrigin origin;
  };

  [[nodiscard]] const Value* find(std::string_view key) const noexcept;
  [[nodiscard]] std::uint64_t number(std::string_view key, OptionType type) const noexcept;
  [[nodiscard]] Error unknown(std::string_view key, std::string_view text) const;
  void apply_profile();

  std::vector<Value> values_;  // In the order of the tables; a few dozen, searched by a plain loop.
};

// "0..1024", "park, adaptive, spin", "4KiB..128MiB": what an option may be.
[[nodiscard]] std::string range_text(const OptionInfo& info);

// What the runtime itself can be told. Durations are written in nanoseconds.
// clang-format off
inline constexpr OptionInfo runtime_options[] = {
    {"runtime.profile", OptionType::choice, {}, "embedded", 0, 0, "embedded|latency|throughput|test",
     "a named set of defaults; any value that is given wins over it",
     "first: choose what the program is for, then turn single knobs", {}, true},
    {"runtime.workers", OptionType::integer, "threads", "0", 0, 1024, {},
     "worker threads; 0: the usable CPUs by affinity mask and cgroup quota, at least 1",
     "lower it where the host has threads of its own to feed; for handlers that block use own threads, not more workers",
     "test=2"},
    {"runtime.turn_messages", OptionType::integer, "messages", "64", 1, 1'000'000, {},
     "messages one visit of a worker to an actor may handle",
     "lower it if busy actors keep others waiting, raise it if actors get bursts and nobody is in a hurry",
     "latency=16|throughput=256|test=4", true},
    {"runtime.turn_time", OptionType::duration, {}, "0", 0, 1'000'000'000, {},
     "time one visit of a worker to an actor may take, looked at every 8 messages; 0: no limit",
     "set it if messages differ much in cost, so that a count of them says little about time",
     "latency=200us", true},
    {"runtime.idle_strategy", OptionType::choice, {}, "adaptive", 0, 0, "park|adaptive|spin",
     "what a worker without work does: sleep at once, look a while if that pays, always look",
     "spin if a wake-up's microseconds matter more than the CPU; park if the CPU is shared or metered",
     "latency=spin|test=park", true},
    {"runtime.idle_spin", OptionType::duration, {}, "0", 0, 10'000'000, {},
     "how long an idle worker looks for work before it sleeps; adaptive: none with two or fewer usable CPUs",
     "raise it to the usual pause between two messages, if that is short and the CPU has nothing better to do",
     "latency=100us", true},
    {"runtime.slot_runs", OptionType::integer, "actors", "16", 1, 1000, {},
     "actors run in a row from a worker's slot before it looks at its queue",
     "lower it if pairs of actors in a dialogue keep others waiting, raise it for long chains of actors",
     "latency=8|throughput=64|test=1", true},
    {"runtime.seed", OptionType::integer, {}, "0", 0, UINT64_MAX, {},
     "chooses the order of actors in stepped mode",
     "to repeat a failed run, or to try other orders"},
    {"runtime.shutdown_timeout", OptionType::duration, {}, "5s", 0, 3'600'000'000'000, {},
     "how long a shutdown waits for actors to drain before it names what hangs",
     "raise it above the longest handler; lower it if the host itself must end by a deadline",
     "test=60s", true},
    {"runtime.elastic_threads", OptionType::integer, "threads", "64", 1, 1024, {},
     "threads there may be for actors spawned on elastic threads, in all",
     "raise it if handlers that block wait for each other, lower it to what they may ask of others at a time"},
    {"runtime.elastic_idle", OptionType::duration, {}, "10s", 0, 3'600'000'000'000, {},
     "how long an elastic thread sleeps unneeded before it ends; the last one stays",
     "lower it if bursts are rare and memory is dear, raise it above the usual pause between two bursts",
     {}, true},
    {"runtime.watchdog_limit", OptionType::duration, {}, "0", 0, 3'600'000'000'000, {},
     "a handler on a worker that runs longer than this is reported; 0: no watchdog",
     "set it to some times the longest handler, to be told what keeps workers from their other actors"},
    {"runtime.watchdog_interval", OptionType::duration, {}, "1s", 0, 3'600'000'000'000, {},
     "at most one report of the watchdog in this time; what is left out is counted",
     "lower it to see each of several handlers, raise it if the reports cost more than they tell"},
    {"runtime.stand_ins", OptionType::integer, "workers", "0", 0, 1023, {},
     "workers that may be added while handlers run longer than watchdog_limit",
     "set it if one handler that hangs must not hold up all others; handlers that always block belong on elastic threads"},
};
// clang-format on

}  // namespace stet
