// tools/stet/record_line.cpp - records to JSON and back.
#include "record_line.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

#include <stet/persistence/codec.hpp>
#include <stet/persistence/key.hpp>
#include <stet/persistence/record_format.hpp>
#include <stet/persistence/scope.hpp>
#include <stet/persistence/type_info.hpp>
#include <stet/persistence/value_json.hpp>

#include "key_text.hpp"
#include "persistence/src/care/record_check.hpp"

namespace stet::tool {
namespace {

using nlohmann::json;

std::string quoted(const std::string& utf8) { return json(utf8).dump(); }

const std::string& session_key() {
  static const std::string key = system_key("store", "session");
  return key;
}

// The one value without a record around it.
Result<std::uint64_t> parse_session(std::string_view bytes) {
  std::uint64_t session = 0;
  if (!take_ordered(bytes, session) || !bytes.empty()) {
    return Error(Errc::corrupt, "the session record is damaged");
  }
  return session;
}

Error wrong_line(std::string why) { return Error(Errc::invalid_argument, std::move(why)); }

// Of a log's item: its key, escaped, is hard to read.
std::optional<std::uint64_t> item_number(std::string_view key) {
  std::string_view element = key.substr(scope_of_key(key).size());
  if (!element.starts_with(std::string_view("\0i", 2))) return std::nullopt;
  element.remove_prefix(2);
  std::uint64_t number = 0;
  if (!take_ordered(element, number) || !element.empty()) return std::nullopt;
  return number;
}

}  // namespace

Result<std::string> value_line(std::string_view key, std::string_view record) {
  if (key == session_key()) {
    const Result<std::uint64_t> session = parse_session(record);
    if (!session) return session.error();
    return std::to_string(*session);
  }
  const Result<RecordView> view = parse_record(key, record);
  if (!view) return view.error();
  return to_json(view->payload);
}

Result<std::string> record_line(std::string_view key, std::string_view record, Bytes bytes) {
  if (Result<void> fine = detail::check_record(key, record); !fine) return std::move(fine).error();
  std::string line = "{\"key\":" + quoted(key_text(key));
  if (const auto number = item_number(key)) {
    line.append(",\"item\":").append(std::to_string(*number));
  }
  if (key == session_key()) {
    const Result<std::uint64_t> session = parse_session(record);
    if (!session) return session.error();
    line.append(",\"session\":").append(std::to_string(*session));
  } else {
    const Result<RecordView> view = parse_record(key, record);
    if (!view) return view.error();
    line.append(",\"revision\":").append(std::to_string(view->header.revision));
    line.append(",\"version\":").append(std::to_string(view->header.codec_version));
    if (const std::optional<RootHeader>& root = view->header.root) {
      line.append(",\"program\":").append(quoted(key_text(root->program)));
      line.append(",\"layout\":")
          .append(root->layout == Layout::split ? R"("split")" : R"("packed")");
    }
    const Result<std::string> value = to_json(view->payload);
    if (!value) return value.error();
    line.append(",\"value\":").append(*value);
  }
  if (bytes == Bytes::included) line.append(",\"record\":\"").append(to_hex(record)).append("\"");
  line.push_back('}');
  return line;
}

std::string problem_line(std::string_view key, const Error& why) {
  return "{\"key\":" + quoted(key_text(key)) + ",\"problem\":" + quoted(key_text(why.text)) + "}";
}

Result<std::pair<std::string, std::string>> parse_record_line(std::string_view line) {
  const json parsed = json::parse(line, nullptr, false);
  if (!parsed.is_object()) return wrong_line("it is no JSON object");
  const auto text = [&parsed](const char* name) -> const std::string* {
    const auto found = parsed.find(name);
    return found != parsed.end() && found->is_string() ? found->get_ptr<const std::string*>()
                                                       : nullptr;
  };
  const std::string* const key_member = text("key");
  const std::string* const record_member = text("record");
  if (key_member == nullptr || record_member == nullptr) {
    return wrong_line("it has no \"key\" and \"record\"");
  }
  const std::optional<std::string> key = key_from_text(*key_member);
  if (!key) return wrong_line("its \"key\" has a backslash that says nothing");
  const std::optional<std::string> record = from_hex(*record_member);
  if (!record) return wrong_line("its \"record\" is not hexadecimal");
  if (detail::is_engine_key(*key)) return wrong_line("it is the old store's own name");
  const Result<std::string> again = record_line(*key, *record, Bytes::included);
  if (!again) return wrong_line(again.error().text);
  if (json::parse(*again, nullptr, false) != parsed) {
    return wrong_line("what it says is not what the bytes in its \"record\" say");
  }
  return std::pair(*key, *record);
}

}  // namespace stet::tool
