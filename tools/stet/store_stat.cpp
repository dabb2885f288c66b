// tools/stet/store_stat.cpp - `stet store stat`: what a store is and who has it open.
#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include <stet/persistence/codec.hpp>
#include <stet/persistence/key.hpp>
#include <stet/persistence/record_format.hpp>
#include <stet/persistence/type_info.hpp>

#include "key_text.hpp"
#include "persistence/src/lmdb/lmdb_reader.hpp"
#include "record_line.hpp"
#include "standard_io.hpp"
#include "store_commands.hpp"

namespace stet::tool {
namespace {

using Json = nlohmann::ordered_json;

Json type_json(const CatalogueEntry& entry) {
  Json fields = Json::array();
  for (const FieldInfo& field : entry.fields) {
    fields.push_back({{"name", key_text(field.name)}, {"kind", key_text(field.kind)}});
  }
  return {{"pattern", key_text(entry.pattern)},
          {"type", key_text(entry.type)},
          {"version", entry.version},
          {"fields", std::move(fields)}};
}

// What cannot be read is counted: verify names it.
Result<Json> types_of(const detail::LmdbReader& reader, std::size_t& damaged) {
  Json types = Json::array();
  const KeyRange range = system_range("catalogue");
  Result<void> scanned =
      reader.scan(range.from, range.to, [&](std::string_view key, std::string_view record) {
        CatalogueEntry entry;
        const Result<RecordView> view = parse_record(key, record);
        if (view && decode(view->payload, entry)) {
          types.push_back(type_json(entry));
        } else {
          ++damaged;
        }
        return !is_interrupted();
      });
  if (!scanned) return std::move(scanned).error();
  return types;
}

}  // namespace

int store_stat(const CommandLine& line) {
  const auto reader = detail::open_lmdb_reader(line.directory);
  if (!reader) return complain(reader.error());
  const Result<std::optional<pid_t>> holder = detail::store_holder(line.directory);
  if (!holder) return complain(holder.error());
  const detail::LmdbReader::Info info = (*reader)->info();

  const auto& id = info.identity.id;
  Json out = {{"directory", key_text(line.directory.string())},
              {"id", to_hex({reinterpret_cast<const char*>(id.data()), id.size()})},
              {"format", info.format},
              {"generation", info.identity.generation}};
  // The process that may write; 0: one that has not said its number yet.
  out["open_in"] = holder->has_value() ? Json(**holder) : Json(nullptr);
  const std::string session = system_key("store", "session");
  const auto stored = (*reader)->get(session);
  if (!stored) return complain(stored.error());
  const Result<std::string> number =
      stored->has_value() ? value_line(session, **stored) : Result<std::string>("0");
  out["sessions"] = number ? Json::parse(*number) : Json(nullptr);
  out["commit"] = info.number;
  out["records"] = info.records;
  out["used_bytes"] = info.used_bytes;
  out["file_bytes"] = info.file_bytes;
  out["map_bytes"] = info.map_bytes;
  std::size_t damaged = number ? 0 : 1;
  Result<Json> types = types_of(**reader, damaged);
  if (!types) return complain(types.error());
  out["types"] = std::move(types).value();

  Output output;
  (void)output.write_line(out.dump(2));  // finish() says how it went.
  const int code = output.finish(exit_fine);
  if (code != exit_fine || damaged == 0) return code;
  return complain(Error(Errc::corrupt, std::to_string(damaged) +
                                           " of the store's own records cannot be read; "
                                           "stet store verify names them"));
}

}  // namespace stet::tool
