// persistence/src/care/record_check.cpp - keys and records compared with what writers write.
#include "record_check.hpp"

#include <cstdint>
#include <string>

#include <stet/persistence/codec.hpp>
#include <stet/persistence/detail/reader.hpp>
#include <stet/persistence/detail/split.hpp>
#include <stet/persistence/key.hpp>
#include <stet/persistence/record_format.hpp>
#include <stet/persistence/scope.hpp>
#include <stet/persistence/type_info.hpp>
#include <stet/persistence/value_json.hpp>

#include "../lmdb/meta_record.hpp"
#include "../lmdb/pending_ranges.hpp"

namespace stet::detail {
namespace {

// The one value without a record around it.
bool is_session(std::string_view key) { return key == system_key("store", "session"); }

Result<void> check_session(std::string_view bytes) {
  std::uint64_t session = 0;
  if (take_ordered(bytes, session) && bytes.empty()) return {};
  return Error(Errc::corrupt, "the session record is damaged");
}

Result<void> check_engine_record(std::string_view key, std::string_view bytes) {
  if (key == meta_key) {
    const Result<MetaRecord> meta = decode_meta(bytes);
    return meta ? Result<void>() : meta.error();
  }
  if (key == pending_key) {
    const Result<KeyRanges> pending = decode_pending(bytes);
    return pending ? Result<void>() : pending.error();
  }
  const Result<std::uint64_t> number = decode_number(bytes);
  return number ? Result<void>() : number.error();
}

// A catalogue record must tell of the key it stands under.
Result<void> check_catalogue(std::string_view key, std::string_view payload) {
  CatalogueEntry entry;
  if (!decode(payload, entry)) return Error(Errc::corrupt, "the catalogue's entry is not one");
  if (catalogue_key(entry.pattern) != key) {
    return Error(Errc::corrupt, "the catalogue's entry stands under another's key");
  }
  return {};
}

}  // namespace

bool is_engine_key(std::string_view key) noexcept {
  return key == meta_key || key == mark_key || key == cut_key || key == pending_key;
}

Result<void> check_key(std::string_view key) {
  if (is_engine_key(key)) return {};
  if (key.empty() || key.size() > key_bytes_max) {
    return Error(Errc::corrupt, "the key's length is none of a record's");
  }
  if (key.starts_with(system_key_byte)) {
    const std::size_t end = key.find('\0');
    if (end == std::string_view::npos || end == 1) {
      return Error(Errc::corrupt, "the key is none of the store's own");
    }
    return {};
  }
  const std::string_view path = scope_of_key(key);
  if (path.empty()) return Error(Errc::corrupt, "the key does not begin with //");
  const Scope scope = Scope::base(path);
  if (!scope.ok() || scope.path() != path) {
    return Error(Errc::corrupt, scope.ok() ? "the key has empty segments"
                                           : "the key is no scope: " + scope.error().text);
  }
  const std::string_view rest = key.substr(path.size());  // 00 tag element, or nothing.
  if (rest.empty()) return {};
  const std::string_view tags = "fei";
  if (rest.size() < 2 || tags.find(rest[1]) == std::string_view::npos) {
    return Error(Errc::corrupt, "the key's tag is none: it is damaged, or a newer stet's");
  }
  return {};
}

Result<void> check_record(std::string_view key, std::string_view record) {
  if (Result<void> fine = check_key(key); !fine) return fine;
  if (is_engine_key(key)) return check_engine_record(key, record);
  if (is_session(key)) return check_session(record);
  const Result<RecordView> view = parse_record(key, record);
  if (!view) return view.error();
  const std::string_view payload = view->payload;
  ReadContext context(payload, nullptr);
  if (skip_value(context, payload.data(), json_depth_max) != payload.data() + payload.size()) {
    return Error(Errc::corrupt, "the value is not exactly one MessagePack value");
  }
  if (view->header.root && view->header.root->layout == Layout::split) {
    const Result<FieldNames> names = parse_field_names(payload);
    if (!names) return names.error();
  }
  if (key.starts_with(system_range("catalogue").from)) return check_catalogue(key, payload);
  return {};
}

}  // namespace stet::detail
