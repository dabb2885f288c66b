// benchmarks/support/json_writer.hpp - writes one JSON document, value after value.
//
// Knows where commas go and how strings are escaped, nothing else. A figure that is not finite
// becomes null, since JSON has no word for it.
//
// Threads    One.
// Ownership  Appends to the string it was given, which must outlive it.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace stet::bench {

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }

  void key(std::string_view name) {
    separate();
    quote(name);
    out_ += ':';
    fresh_ = true;  // The value belongs to the key: no comma between them.
  }

  void string(std::string_view text) {
    separate();
    quote(text);
  }
  void boolean(bool value) { word(value ? "true" : "false"); }
  void null() { word("null"); }
  void number(double value) {
    if (!std::isfinite(value)) return null();
    char text[40];
    std::snprintf(text, sizeof(text), "%.6g", value);
    word(text);
  }
  void integer(std::uint64_t value) { word(std::to_string(value)); }

 private:
  void open(char bracket) {
    separate();
    out_ += bracket;
    fresh_ = true;
  }
  void close(char bracket) {
    out_ += bracket;
    fresh_ = false;
  }
  void word(std::string_view text) {
    separate();
    out_ += text;
  }
  void separate() {
    if (!fresh_) out_ += ',';
    fresh_ = false;
  }
  void quote(std::string_view text) {
    out_ += '"';
    for (const char c : text) {
      if (c == '"' || c == '\\') {
        out_ += '\\';
        out_ += c;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        char escaped[8];
        std::snprintf(escaped, sizeof(escaped), "\\u%04x", static_cast<unsigned>(c));
        out_ += escaped;
      } else {
        out_ += c;
      }
    }
    out_ += '"';
  }

  std::string& out_;
  bool fresh_ = true;  // Nothing stands before the next value in its object or array.
};

}  // namespace stet::bench
