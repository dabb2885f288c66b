// persistence/src/split.cpp - the names of a split struct's fields.
#include <stet/persistence/detail/split.hpp>

#include <utility>

#include <stet/persistence/detail/reader.hpp>
#include <stet/persistence/detail/writer.hpp>

namespace stet::detail {
namespace {

constexpr std::size_t name_bytes_max = 255;

// The text at the front, or nullptr.
const char* read_name(ReadContext& context, const char* at, std::string_view& name) {
  std::size_t bytes = 0;
  at = read_str_head(context, at, bytes);
  if (at == nullptr) return nullptr;
  name = {at, bytes};
  return at + bytes;
}

}  // namespace

void append_field_names(const std::vector<std::string_view>& names, Buffer& out) {
  std::size_t bytes = head_bytes + slack_bytes;
  for (const std::string_view name : names) bytes += head_bytes + name.size();
  char* to = put_array_head(out.prepare(bytes), names.size());
  for (const std::string_view name : names) to = put_str(to, name.data(), name.size());
  out.commit(to);
}

Result<FieldNames> parse_field_names(std::string_view payload) {
  ReadContext context(payload, nullptr);
  std::size_t count = 0;
  const char* at = read_array_head(context, payload.data(), count);
  if (at != nullptr && count > split_fields_max) {
    return Error(Errc::corrupt, "the list of its fields is too long");
  }
  FieldNames names;
  for (; at != nullptr && count != 0; --count) {
    std::string_view name;
    at = read_name(context, at, name);
    if (at == nullptr) break;
    if (name.empty() || name.size() > name_bytes_max || !names.emplace(name).second) {
      return Error(Errc::corrupt, "the list of its fields names one wrongly, or twice");
    }
  }
  if (at == nullptr) return context.error();
  if (at != context.end()) return Error(Errc::corrupt, "bytes follow the list of its fields");
  return names;
}

std::optional<std::vector<UnknownField>> fields_of_newer(const UnknownFields& kept) {
  std::vector<UnknownField> fields;
  const UnknownFields::Entry* const top = kept.find(0);
  if (top == nullptr) return fields;
  if (top->count > split_fields_max - fields_max) return std::nullopt;
  FieldNames names;
  ReadContext context(top->bytes, nullptr);
  for (const char* at = top->bytes.data(); at != context.end();) {
    UnknownField field;
    const char* const value = read_name(context, at, field.name);
    if (value == nullptr || field.name.empty() || field.name.size() > name_bytes_max ||
        !names.emplace(field.name).second) {
      return std::nullopt;
    }
    at = skip_value(context, value);
    if (at == nullptr) return std::nullopt;
    field.value = {value, static_cast<std::size_t>(at - value)};
    fields.push_back(field);
  }
  return fields;
}

void keep_field(UnknownFields& kept, std::string_view name, std::string_view value) {
  Buffer bytes;
  bytes.commit(
      put_str(bytes.prepare(head_bytes + name.size() + slack_bytes), name.data(), name.size()));
  bytes.append(value);
  kept.add(0, bytes.view());
}

}  // namespace stet::detail
