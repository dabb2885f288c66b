// tools/stet/store_get.cpp - `stet store get`: one value.
#include <iostream>
#include <optional>
#include <string>

#include <stet/persistence/scope.hpp>

#include "key_text.hpp"
#include "persistence/src/care/record_check.hpp"
#include "persistence/src/lmdb/lmdb_reader.hpp"
#include "record_line.hpp"
#include "standard_io.hpp"
#include "store_commands.hpp"

namespace stet::tool {

int store_get(const CommandLine& line) {
  const std::optional<std::string> key = key_from_text(line.key);
  if (!key || key->empty()) {
    std::cerr << "stet: '" << line.key
              << "' is no key: after a backslash comes another, or x and two hex digits\n";
    return exit_usage;
  }
  if (Result<void> fine = detail::check_key(*key); !fine) {
    std::cerr << "stet: '" << line.key << "': " << fine.error().text
              << "; a key looks like //bank/alice\n";
    return exit_usage;
  }
  const auto reader = detail::open_lmdb_reader(line.directory);
  if (!reader) return complain(reader.error());
  const auto found = (*reader)->get(*key);
  if (!found) return complain(found.error());
  if (!found->has_value()) {
    std::cerr << "stet: there is no record at " << line.key << '\n';
    return exit_finding;
  }
  const Result<std::string> text =
      line.record ? record_line(*key, **found, Bytes::left_out) : value_line(*key, **found);
  if (!text) {
    std::cerr << "stet: " << line.key << ": " << text.error().text << '\n';
    return exit_finding;
  }
  Output output;
  (void)output.write_line(*text);  // finish() says how it went.
  return output.finish(exit_fine);
}

}  // namespace stet::tool
