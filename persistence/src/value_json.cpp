// persistence/src/value_json.cpp - MessagePack of any kind to JSON.
//
// msgpack-cxx reads it: this is not the hot path, and a second reader checks the first.
#include <stet/persistence/value_json.hpp>

#ifndef MSGPACK_NO_BOOST
#define MSGPACK_NO_BOOST
#endif
#include <charconv>
#include <cmath>
#include <cstdint>
#include <vector>

#include <msgpack/v1/unpack.hpp>  // parse.hpp uses its names.

#include <msgpack/null_visitor.hpp>
#include <msgpack/parse.hpp>

#include "utf8.hpp"

namespace stet {
namespace {

void append_hex(std::string& out, std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back(digits[byte >> 4]);
    out.push_back(digits[byte & 0x0f]);
  }
}

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (c == '\n') {
      out.append("\\n");
    } else if (c == '\t') {
      out.append("\\t");
    } else if (byte < 0x20 || byte == 0x7f) {
      out.append("\\u00");
      append_hex(out, {&c, 1});
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
}

template <class Number>
void append_float(std::string& out, Number number) {
  if (!std::isfinite(number)) {
    const char* name = std::isnan(number) ? "nan" : number < 0 ? "-inf" : "inf";
    out.append("{\"$float\":\"").append(name).append("\"}");
    return;
  }
  char digits[32];
  const std::to_chars_result result = std::to_chars(digits, digits + sizeof digits, number);
  const std::string_view text(digits, static_cast<std::size_t>(result.ptr - digits));
  out.append(text);
  if (text.find_first_of(".e") == std::string_view::npos) out.append(".0");
}

// Called by the parser for each part of a value. Returning false stops it.
class JsonVisitor : public msgpack::null_visitor {
 public:
  explicit JsonVisitor(std::string& out) : out_(out) {}

  [[nodiscard]] const char* why() const noexcept { return why_; }

  bool visit_nil() { return literal("null"); }
  bool visit_boolean(bool value) { return literal(value ? "true" : "false"); }
  bool visit_positive_integer(std::uint64_t value) { return literal(std::to_string(value)); }
  bool visit_negative_integer(std::int64_t value) { return literal(std::to_string(value)); }
  bool visit_float32(float value) {
    append_float(out_, value);
    return true;
  }
  bool visit_float64(double value) {
    append_float(out_, value);
    return true;
  }
  bool visit_str(const char* bytes, std::uint32_t size) {
    const std::string_view text(bytes, size);
    if (detail::is_utf8(text)) {
      append_json_string(out_, text);
      return true;
    }
    return hex_object("{\"$text\":\"", text, "\"}");
  }
  bool visit_bin(const char* bytes, std::uint32_t size) {
    return hex_object("{\"$bytes\":\"", {bytes, size}, "\"}");
  }
  bool visit_ext(const char* bytes, std::uint32_t size) {  // The first byte is the type.
    const int type = size == 0 ? 0 : static_cast<signed char>(bytes[0]);
    const std::string_view body =
        size == 0 ? std::string_view{} : std::string_view(bytes + 1, size - 1);
    return hex_object("{\"$ext\":[" + std::to_string(type) + ",\"", body, "\"]}");
  }

  bool start_array(std::uint32_t) { return open('['); }
  bool start_array_item() { return separate(); }
  bool end_array() { return close(']'); }
  bool start_map(std::uint32_t) { return open('{'); }
  bool start_map_key() {
    separate();
    key_starts_.push_back(out_.size());
    return true;
  }
  bool end_map_key() {
    // A key that is no text becomes one: JSON has no others.
    const std::size_t start = key_starts_.back();
    key_starts_.pop_back();
    if (out_[start] != '"') {
      const std::string key = out_.substr(start);
      out_.resize(start);
      append_json_string(out_, key);
    }
    out_.push_back(':');
    return true;
  }
  bool end_map() { return close('}'); }

  void parse_error(std::size_t, std::size_t) { why_ = "the bytes are no MessagePack"; }
  void insufficient_bytes(std::size_t, std::size_t) { why_ = "the value is cut short"; }

 private:
  bool literal(std::string_view text) {
    out_.append(text);
    return true;
  }
  bool hex_object(std::string_view head, std::string_view bytes, std::string_view tail) {
    out_.append(head);
    append_hex(out_, bytes);
    out_.append(tail);
    return true;
  }
  bool open(char bracket) {
    if (++depth_ > json_depth_max) {
      why_ = "the value nests too deep";
      return false;
    }
    // A map as a key of a map as a key ... would double its quotes at each level.
    if (key_starts_.size() > key_depth_max) {
      why_ = "maps nest too deep as keys of maps";
      return false;
    }
    out_.push_back(bracket);
    return true;
  }
  bool close(char bracket) {
    --depth_;
    out_.push_back(bracket);
    return true;
  }
  bool separate() {
    if (out_.back() != '[' && out_.back() != '{') out_.push_back(',');
    return true;
  }

  static constexpr std::size_t key_depth_max = 1;

  std::string& out_;
  std::size_t depth_ = 0;
  std::vector<std::size_t> key_starts_;  // One for each key that is being read.
  const char* why_ = nullptr;
};

}  // namespace

Result<std::string> to_json(std::string_view value) {
  std::string out;
  if (value.empty()) return Error(Errc::corrupt, "no JSON: the value is empty");
  JsonVisitor visitor(out);
  std::size_t offset = 0;
  const bool parsed = msgpack::parse(value.data(), value.size(), offset, visitor);
  if (!parsed || visitor.why() != nullptr) {
    const char* why = visitor.why() != nullptr ? visitor.why() : "the bytes are no MessagePack";
    return Error(Errc::corrupt, std::string("no JSON: ") + why);
  }
  if (offset != value.size()) return Error(Errc::corrupt, "no JSON: bytes follow the value");
  return out;
}

}  // namespace stet
