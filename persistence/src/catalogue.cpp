// persistence/src/catalogue.cpp - what is written about a repository when it is opened.
#include <stet/persistence/detail/catalogue.hpp>

#include <string>
#include <utility>

#include <stet/persistence/detail/store_link.hpp>
#include <stet/persistence/key.hpp>
#include <stet/persistence/record_format.hpp>

namespace stet::detail {

void declare(const DataStore& data, CatalogueEntry (*entry_of)(std::string_view pattern)) {
  StoreLink& link = *data.link();
  if (!link.is_store() || !data.check()) return;
  const std::string pattern = data.pattern();
  std::string key = catalogue_key(pattern);
  {
    // Each type at this pattern once. A function's address says which type, without a name made
    // for every repository.
    std::string once = key;
    once.append(reinterpret_cast<const char*>(&entry_of), sizeof entry_of);
    const std::lock_guard lock(link.mutex);
    if (!link.declared.insert(std::move(once)).second) return;
  }
  // Always the same bytes for the same type: the store compares before it writes.
  Buffer record;
  const CatalogueEntry entry = entry_of(pattern);
  encode_record(
      key, RecordHeader{}, [&entry](Buffer& to) { encode(entry, to); }, record);
  link.declare.send(pattern, std::move(key), std::string(record.view()));
}

Result<bool> check_catalogue(std::string_view key, std::string_view stored,
                             std::string_view declared) {
  CatalogueEntry entries[2];
  const std::string_view records[2] = {stored, declared};
  for (std::size_t i = 0; i < 2; ++i) {
    const Result<RecordView> record = parse_record(key, records[i]);
    // What is damaged may be written again.
    if (!record || !decode(record->payload, entries[i])) return true;
  }
  const auto& [there, wanted] = entries;
  if (there.type == wanted.type) return there.version <= wanted.version;
  if (there.version < wanted.version) return true;
  return Error(Errc::already_exists,
               "the keys " + wanted.pattern + " are said to be of type " + there.type +
                   ", now of " + wanted.type +
                   ": give each type a base or a depth of its own, or the new one a "
                   "higher stet_version if it takes the other's place");
}

}  // namespace stet::detail
