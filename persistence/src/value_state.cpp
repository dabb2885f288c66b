// persistence/src/value_state.cpp - how a value becomes one record, or one a field.
#include <stet/persistence/detail/value_state.hpp>

#include <algorithm>
#include <utility>

#include <stet/persistence/detail/container.hpp>
#include <stet/persistence/detail/hydrate.hpp>
#include <stet/persistence/key.hpp>
#include <stet/persistence/record_format.hpp>

#include "hash.hpp"
#include "planted_fault.hpp"

namespace stet::detail {

using Form = StoredValue::Form;

Result<void> ValueState::write_to(ChangeWriter& writer, std::uint64_t revision) {
  // The same turn, or an earlier one, may have written these records by another way.
  const bool is_sure = take_is_sure();
  const bool all = std::exchange(rewrite_, false) || !is_sure || stored_.is_outdated ||
                   stored_.form == Form::none;
  if (all) note_all();
  Result<bool> done = true;
  if (!has_) {
    write_absent(writer, is_sure);
  } else if (stored_.form == Form::split) {
    done = write_split(writer, revision, all);
    if (done && !*done) done = write_packed(writer, revision, true);  // It has shrunk.
  } else {
    done = write_packed(writer, revision, all);
    if (done && !*done) note_all();
    if (done && !*done) done = write_split(writer, revision, true);  // It has grown.
  }
  STET_ASSERT(!done || *done);
  changed_ = 0;
  if (!done) return done.error();
  stored_.is_outdated = false;
  return {};
}

void ValueState::write_absent(ChangeWriter& writer, bool is_sure) {
  if (stored_.form == Form::split) writer.erase_fields(scope(), true);
  if (stored_.form != Form::none || !is_sure) writer.erase(scope(), true);
  stored_ = {};
}

template <class WritePayload>
ValueState::Written ValueState::put(ChangeWriter& writer, std::string_view key,
                                    const RecordHeader& header, WritePayload&& write_payload) {
  Written written{};
  writer.put(key, true, [&](Buffer& to) {
    const std::size_t record_at = to.size();
    encode_record(
        key, header,
        [&](Buffer& out) {
          const std::size_t payload_at = out.size();
          write_payload(out);
          const std::string_view payload = out.view().substr(payload_at);
          written.payload_bytes = payload.size();
          written.hash = hash128(payload, unit()->link()->hash_seed);
        },
        to);
    written.record_bytes = to.size() - record_at;
  });
  return written;
}

Result<bool> ValueState::write_packed(ChangeWriter& writer, std::uint64_t revision, bool all) {
  const std::size_t bytes_before = writer.bytes();
  const std::uint32_t operations_before = writer.operations();
  if (stored_.form == Form::split && !is_planted(Fault::keep_fields)) {
    writer.erase_fields(scope(), true);
  }
  const RecordHeader header = root_header(*unit()->link(), codec_version(), revision);
  const Written written =
      put(writer, scope(), header, [this](Buffer& out) { encode_payload(out); });
  const bool may_be_split =
      stored_.form != Form::split && fields() > 1 && fields_of_newer(unknown()).has_value();
  if (written.payload_bytes > split_above_bytes && may_be_split) {
    writer.rewind(bytes_before, operations_before);
    return false;
  }
  if (written.record_bytes > record_bytes_max) {
    writer.rewind(bytes_before, operations_before);
    return too_large(written.record_bytes, record_bytes_max);
  }
  const bool is_same = stored_.form == Form::packed && written.hash == stored_.hash;
  if (!all && is_same) writer.rewind(bytes_before, operations_before);
  stored_.form = Form::packed;
  stored_.hash = written.hash;
  stored_.fields.clear();
  return true;
}

Result<bool> ValueState::write_split(ChangeWriter& writer, std::uint64_t revision, bool all) {
  const std::size_t bytes_before = writer.bytes();
  const std::uint32_t operations_before = writer.operations();
  const std::optional<std::vector<UnknownField>> others = fields_of_newer(unknown());
  Result<bool> done = false;
  if (others) done = write_fields(writer, revision, all, *others);
  if (!done || !*done) writer.rewind(bytes_before, operations_before);
  return done;
}

Result<bool> ValueState::write_fields(ChangeWriter& writer, std::uint64_t revision, bool all,
                                      const std::vector<UnknownField>& others) {
  // What the old root names and the new one does not must not lie there for ever.
  if (all && stored_.form != Form::none) writer.erase_fields(scope(), true);
  const RecordHeader header{.revision = revision, .codec_version = codec_version()};
  std::vector<FieldMark> marks = stored_.fields;
  marks.resize(fields());
  bool names_differ = all;
  std::size_t sum = 0;
  for (std::size_t field = 0; field < marks.size(); ++field) {
    FieldMark& mark = marks[field];
    if ((changed_ >> field & 1) != 0) {
      const std::size_t bytes_before = writer.bytes();
      const std::uint32_t operations_before = writer.operations();
      const std::string_view key = field_key(field_name(field));
      const Written written = put(writer, key, header, [&](Buffer& out) {
        if (!is_whole_key(key)) append_cut_element(field_name(field), out);
        encode_field(field, out);
      });
      if (written.record_bytes > record_bytes_max) {
        return too_large(written.record_bytes, record_bytes_max);
      }
      const bool is_same = mark.is_stored && written.hash == mark.hash;
      if (!all && is_same) writer.rewind(bytes_before, operations_before);
      names_differ = names_differ || !mark.is_stored;
      mark = {written.hash, written.payload_bytes, true};
    }
    sum += mark.bytes + (mark.is_stored ? field_name(field).size() : 0);
  }
  for (const UnknownField& other : others) {
    sum += other.name.size() + other.value.size();
    if (!all) continue;
    const std::string_view key = field_key(other.name);
    put(writer, key, header, [&](Buffer& out) {
      if (!is_whole_key(key)) append_cut_element(other.name, out);
      out.append(other.value);
    });
  }
  if (sum < repack_below_bytes) return false;
  if (sum > split_bytes_max) return too_large(sum, split_bytes_max);
  const bool forgets = !all && is_planted(Fault::forget_root);
  stored_.form = Form::split;
  stored_.fields = std::move(marks);
  if (names_differ && !forgets) write_names(writer, revision, others);
  return true;
}

void ValueState::write_names(ChangeWriter& writer, std::uint64_t revision,
                             const std::vector<UnknownField>& others) {
  std::vector<std::string_view> names;
  for (std::size_t field = 0; field < stored_.fields.size(); ++field) {
    if (stored_.fields[field].is_stored) names.push_back(field_name(field));
  }
  for (const UnknownField& other : others) names.push_back(other.name);
  RecordHeader header = root_header(*unit()->link(), codec_version(), revision);
  header.root->layout = Layout::split;
  put(writer, scope(), header, [&names](Buffer& out) { append_field_names(names, out); });
}

std::string_view ValueState::field_key(std::string_view name) {
  key_ = element_key(scope(), KeyTag::field, name);
  return key_;
}

Error ValueState::too_large(std::size_t bytes, std::size_t bytes_max) const {
  return Error(Errc::too_large, "the value at \"" + scope() + "\" takes " + std::to_string(bytes) +
                                    " bytes; at most " + std::to_string(bytes_max) +
                                    " are stored: split it into several scopes");
}

Result<std::optional<std::string>> ValueState::read_again(std::chrono::nanoseconds timeout) {
  Result<std::optional<std::string>> record = unit()->link()->get.ask(scope()).get(timeout);
  if (record) renew_writer();  // What failed the old one is over.
  return record;
}

void ValueState::set_stored(StoredValue stored) noexcept {
  stored_ = std::move(stored);
  has_ = stored_.form != Form::none;
  changed_ = 0;
  rewrite_ = false;
  mark_sound();
}

}  // namespace stet::detail
