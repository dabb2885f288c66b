// benchmarks/baseline/hand_codec.hpp - what one writes by hand for one struct: the rival of encode
// and decode.
//
// Fixed widths in the machine's byte order, lengths in four bytes, every read checked. No names, so
// nothing may ever change in the struct.
//
// Threads    Any; no state.
#pragma once

#include <cstring>
#include <string>
#include <string_view>

#include "sample_record.hpp"

namespace stet::bench::hand {

template <class T>
void append_plain(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

inline void encode(const SampleRecord& record, std::string& out) {
  append_plain(out, record.id);
  append_plain(out, record.kind);
  append_plain(out, record.score);
  append_plain(out, static_cast<std::uint32_t>(record.name.size()));
  out.append(record.name);
  append_plain(out, static_cast<std::uint32_t>(record.values.size()));
  out.append(reinterpret_cast<const char*>(record.values.data()),
             record.values.size() * sizeof(std::int32_t));
}

class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  bool read(T& value) {
    if (bytes_.size() < sizeof(value)) return false;
    std::memcpy(&value, bytes_.data(), sizeof(value));
    bytes_.remove_prefix(sizeof(value));
    return true;
  }
  bool read_bytes(std::size_t count, std::string_view& found) {
    if (bytes_.size() < count) return false;
    found = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return true;
  }

 private:
  std::string_view bytes_;
};

[[nodiscard]] inline bool decode(std::string_view bytes, SampleRecord& record) {
  Reader reader(bytes);
  std::uint32_t count = 0;
  std::string_view found;
  if (!reader.read(record.id) || !reader.read(record.kind) || !reader.read(record.score)) {
    return false;
  }
  if (!reader.read(count) || !reader.read_bytes(count, found)) return false;
  record.name.assign(found);
  if (!reader.read(count)) return false;
  if (!reader.read_bytes(std::size_t{count} * sizeof(std::int32_t), found)) return false;
  record.values.resize(count);
  std::memcpy(record.values.data(), found.data(), found.size());
  return true;
}

}  // namespace stet::bench::hand
