// persistence/src/value_sink.cpp - from the records of a value to its parts.
#include <stet/persistence/detail/value_sink.hpp>

#include <algorithm>

#include <stet/persistence/detail/hydrate.hpp>
#include <stet/persistence/record_format.hpp>

#include "hash.hpp"
#include "planted_fault.hpp"

namespace stet::detail {

Result<void> ValueSink::take_root(std::string_view scope, std::string_view record) {
  reset();
  const Result<RecordView> view = parse_record(scope, record);
  if (!view) return view.error();
  revision_ = view->header.revision;
  const std::uint16_t version = view->header.codec_version;
  if (version > known_version()) return newer_version(version, known_version());
  if (!view->header.root || view->header.root->layout == Layout::packed) {
    if (auto done = take_packed(version, view->payload); !done) return done;
    stored_.form = StoredValue::Form::packed;
    stored_.hash = hash128(view->payload, hash_seed_);
    stored_.is_outdated = version < known_version();
    return {};
  }
  Result<FieldNames> names = parse_field_names(view->payload);
  if (!names) return names.error();
  const std::optional<std::size_t> fields = begin_fields(version);
  if (!fields) return Error(Errc::corrupt, "a struct is stored here, in fields");
  stored_.form = StoredValue::Form::split;
  stored_.fields.resize(*fields);
  stored_.is_outdated = version < known_version() && !is_planted(Fault::mix_versions);
  missing_ = std::move(*names);
  return {};
}

Result<void> ValueSink::take_entry(const EntryView& entry) {
  revision_ = std::max(revision_, entry.revision);
  if (!is_split()) return {};
  const auto named = missing_.find(entry.element);
  if (named == missing_.end()) return {};  // None of the value.
  missing_.erase(named);
  const Result<std::size_t> field = take_field(entry.element, entry.value);
  if (!field) return field.error();
  if (*field == unknown_field) return {};
  stored_.fields[*field] = {hash128(entry.value, hash_seed_), entry.value.size(), true};
  return {};
}

Result<void> ValueSink::take_end() {
  if (!is_split()) return {};
  if (missing_.empty() || is_planted(Fault::allow_missing)) return finish_fields();
  return Error(Errc::corrupt, "its field '" + *missing_.begin() + "' is missing");
}

Result<void> read_value(const StoreLink& link, const std::string& scope,
                        const std::optional<std::string>& record, ValueSink& sink,
                        std::chrono::nanoseconds timeout) {
  if (!record) return {};
  if (auto done = sink.take_root(scope, *record); !done) return at_scope(scope, done.error());
  if (!sink.is_split()) return {};
  return read_entries(link, scope, sink, timeout);
}

}  // namespace stet::detail
