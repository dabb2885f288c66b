// stet/persistence/record_format.hpp - what stands around a value in the store.
//
// A header of 20 bytes (persistence/README.md, "Records"), then the value as MessagePack. A root
// record also says how its scope is laid out and which program wrote it.
//
//   encode_record(key, header, [&](Buffer& to) { encode(account, to); }, out);
//   Result<RecordView> record = parse_record(key, bytes);
//   Result<void> done = decode(record->payload, account);
//
// Threads    Pure functions.
// Ownership  A RecordView points into the bytes it was parsed from.
// Errors     parse_record(): corrupt (the text tells cut short from damaged, or found under another
//            key), newer_format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include <stet/persistence/buffer.hpp>
#include <stet/runtime/result.hpp>

namespace stet {

inline constexpr std::uint8_t record_format = 1;
inline constexpr std::size_t record_header_bytes = 20;
inline constexpr std::size_t program_bytes_max = 255;

enum class Layout : std::uint8_t {
  packed,  // The whole value in the root record.
  split,   // One record a field; the root record's payload is an array of their names.
};

// What a root record has beyond others.
struct RootHeader {
  Layout layout = Layout::packed;
  std::uint8_t layout_version = 1;
  std::string_view program;  // Who wrote it, as "census 0.1.0"; cut at program_bytes_max.

  friend bool operator==(const RootHeader&, const RootHeader&) = default;
};

struct RecordHeader {
  std::uint64_t revision = 0;
  std::uint16_t codec_version = 1;  // Of the value's type: its stet_version.
  std::optional<RootHeader> root = std::nullopt;

  friend bool operator==(const RecordHeader&, const RecordHeader&) = default;
};

struct RecordView {
  RecordHeader header;
  std::string_view payload;  // One MessagePack value, for decode().
};

namespace detail {
void begin_record(const RecordHeader& header, Buffer& out);
void finish_record(std::string_view key, std::size_t start, Buffer& out) noexcept;
}  // namespace detail

// Appends a record. `write_payload(out)` appends the value's bytes and nothing else.
template <class WritePayload>
void encode_record(std::string_view key, const RecordHeader& header, WritePayload&& write_payload,
                   Buffer& out) {
  const std::size_t start = out.size();
  detail::begin_record(header, out);
  std::forward<WritePayload>(write_payload)(out);
  detail::finish_record(key, start, out);
}

// Checks all there is to check but the payload's shape. Errors: corrupt, newer_format.
[[nodiscard]] Result<RecordView> parse_record(std::string_view key, std::string_view bytes);

}  // namespace stet
