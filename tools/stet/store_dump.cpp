// tools/stet/store_dump.cpp - `stet store dump`: all of a store as lines.
//
//   {"stet_dump":1}
//   one line a record (record_line.hpp), keys ascending as bytes
//   {"records":12}
//
// The last line tells a whole dump from one cut short. The store's id is left out: what is loaded
// is another store.
#include <cstdint>
#include <optional>
#include <string>

#include "key_text.hpp"
#include "persistence/src/care/record_check.hpp"
#include "persistence/src/lmdb/lmdb_reader.hpp"
#include "record_line.hpp"
#include "standard_io.hpp"
#include "store_commands.hpp"

namespace stet::tool {

int store_dump(const CommandLine& line) {
  const auto reader = detail::open_lmdb_reader(line.directory);
  if (!reader) return complain(reader.error());

  Output output;
  bool going = output.write_line(dump_head);
  std::uint64_t records = 0;
  std::optional<Error> damage;
  const Result<void> scanned =
      (*reader)->scan("", "", [&](std::string_view key, std::string_view record) {
        if (detail::is_engine_key(key)) return going;
        const Result<std::string> text = record_line(key, record, Bytes::included);
        if (!text) {
          damage = Error(Errc::corrupt, key_text(key) + ": " + text.error().text +
                                            "; the dump ends before it and cannot be loaded");
          return false;
        }
        ++records;
        going = output.write_line(*text);
        return going;
      });
  int code = exit_fine;
  if (!scanned || damage) {
    code = complain(damage ? *damage : scanned.error());
  } else if (going) {
    (void)output.write_line("{\"records\":" + std::to_string(records) + "}");
  }
  return output.finish(code);
}

}  // namespace stet::tool
