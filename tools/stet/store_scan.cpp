// tools/stet/store_scan.cpp - `stet store scan`: records in key order.
#include <array>
#include <cstdint>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include <stet/persistence/key.hpp>
#include <stet/persistence/scope.hpp>

#include "key_text.hpp"
#include "persistence/src/lmdb/lmdb_reader.hpp"
#include "record_line.hpp"
#include "standard_io.hpp"
#include "store_commands.hpp"

namespace stet::tool {
namespace {

// Without a scope: all but the store's own, whose keys come first.
std::optional<std::vector<KeyRange>> ranges_of(const std::string& scope) {
  if (scope.empty()) return std::vector{KeyRange{std::string(1, system_key_byte + 1), ""}};
  const std::optional<std::string> path = key_from_text(scope);
  if (!path) return std::nullopt;
  const Scope checked = Scope::base(*path);
  if (!checked.ok() || checked.path() != *path) return std::nullopt;
  const std::array<KeyRange, 2> ranges = scope_range(*path);
  return std::vector(ranges.begin(), ranges.end());
}

}  // namespace

int store_scan(const CommandLine& line) {
  const std::optional<std::vector<KeyRange>> ranges = ranges_of(line.key);
  if (!ranges) {
    std::cerr << "stet: '" << line.key << "' is no scope; one looks like //bank or //bank/alice\n";
    return exit_usage;
  }
  const auto reader = detail::open_lmdb_reader(line.directory);
  if (!reader) return complain(reader.error());

  Output output;
  int code = exit_fine;
  std::uint64_t shown = 0;
  bool more = true;
  for (const KeyRange& range : *ranges) {
    if (!more) break;
    const Result<void> scanned =
        (*reader)->scan(range.from, range.to, [&](std::string_view key, std::string_view record) {
          const Result<std::string> text = record_line(key, record, Bytes::left_out);
          if (!text) code = exit_finding;
          more = output.write_line(text ? *text : problem_line(key, text.error()));
          if (++shown == line.limit) more = false;
          return more;
        });
    if (!scanned) {
      code = complain(scanned.error());
      break;
    }
  }
  return output.finish(code);
}

}  // namespace stet::tool
