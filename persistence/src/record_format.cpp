// persistence/src/record_format.cpp - record headers: written, checked, read.
#include <stet/persistence/record_format.hpp>

#include <algorithm>

#include <stet/persistence/detail/reader.hpp>
#include <stet/persistence/detail/writer.hpp>

#include "hash.hpp"

namespace stet {
namespace {

// Offsets of the header's parts; persistence/README.md has the table.
constexpr std::size_t flags_at = 1, checksum_at = 2, checked_from = 10, version_at = 10;
constexpr std::size_t revision_at = 12, root_at = record_header_bytes;
constexpr std::size_t root_fixed_bytes = 3;  // Layout, its version, the name's length.

constexpr std::uint8_t flag_root = 0x01;
constexpr std::uint8_t flags_known = flag_root;

std::uint8_t record_byte(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::uint64_t record_checksum(std::string_view key, std::string_view record) {
  const std::uint64_t head =
      std::uint64_t{record_byte(record, 0)} << 8 | record_byte(record, flags_at);
  return detail::hash64(record.substr(checked_from), detail::hash64(key) ^ head);
}

// Says what is most likely wrong with a record whose checksum differs.
Error damaged(std::string_view bytes) {
  detail::ReadContext context(bytes, nullptr);
  const bool has_root = (record_byte(bytes, flags_at) & flag_root) != 0;
  std::size_t from = root_at;
  if (has_root) {
    from += root_fixed_bytes;
    if (from <= bytes.size()) from += record_byte(bytes, from - 1);
  }
  const bool whole =
      from < bytes.size() && detail::skip_value(context, bytes.data() + from) != nullptr;
  return Error(Errc::corrupt,
               whole ? "the record's checksum differs: it is damaged, or stands under another key"
                     : "the record's checksum differs: it is cut short or damaged");
}

}  // namespace

void detail::begin_record(const RecordHeader& header, Buffer& out) {
  const std::string_view program =
      header.root ? header.root->program.substr(0, program_bytes_max) : std::string_view{};
  char* to = out.prepare(record_header_bytes + root_fixed_bytes + program.size());
  to = put_byte(to, record_format);
  to = put_byte(to, header.root ? flag_root : 0);
  to = put_big_endian(to, std::uint64_t{0});  // The checksum: finish_record().
  to = put_big_endian(to, header.codec_version);
  to = put_big_endian(to, header.revision);
  if (header.root) {
    to = put_byte(to, static_cast<unsigned char>(header.root->layout));
    to = put_byte(to, header.root->layout_version);
    to = put_byte(to, static_cast<unsigned char>(program.size()));
    to = put_bytes(to, program.data(), program.size());
  }
  out.commit(to);
}

void detail::finish_record(std::string_view key, std::size_t start, Buffer& out) noexcept {
  STET_ASSERT(out.size() > start + record_header_bytes);
  const std::uint64_t checksum = record_checksum(key, out.view().substr(start));
  put_big_endian(out.data() + start + checksum_at, checksum);
}

Result<RecordView> parse_record(std::string_view key, std::string_view bytes) {
  if (bytes.size() <= record_header_bytes) {
    return Error(Errc::corrupt, "the record is cut short: it is smaller than its header");
  }
  const std::uint8_t format = record_byte(bytes, 0);
  if (format > record_format) {
    return Error(Errc::newer_format, "the record has format " + std::to_string(format) +
                                         ", this version of stet reads up to " +
                                         std::to_string(record_format));
  }
  if (format == 0) return Error(Errc::corrupt, "the record has no format: it is damaged");
  if (detail::get_big_endian<std::uint64_t>(bytes.data() + checksum_at) !=
      record_checksum(key, bytes)) {
    return damaged(bytes);
  }
  // From here on the bytes are what a writer wrote; what is strange is new, not damaged.
  const std::uint8_t flags = record_byte(bytes, flags_at);
  if ((flags & ~flags_known) != 0) {
    return Error(Errc::newer_format, "the record has flags of a newer version of stet");
  }
  RecordView record;
  record.header.codec_version = detail::get_big_endian<std::uint16_t>(bytes.data() + version_at);
  record.header.revision = detail::get_big_endian<std::uint64_t>(bytes.data() + revision_at);
  std::size_t from = root_at;
  if ((flags & flag_root) != 0) {
    if (bytes.size() < from + root_fixed_bytes) {
      return Error(Errc::corrupt, "the record's root fields are cut short");
    }
    const std::uint8_t layout = record_byte(bytes, from);
    if (layout > static_cast<std::uint8_t>(Layout::split)) {
      return Error(Errc::newer_format, "the record has a layout of a newer version of stet");
    }
    const std::size_t program_bytes = record_byte(bytes, from + 2);
    if (bytes.size() < from + root_fixed_bytes + program_bytes) {
      return Error(Errc::corrupt, "the record's root fields are cut short");
    }
    record.header.root = RootHeader{static_cast<Layout>(layout), record_byte(bytes, from + 1),
                                    bytes.substr(from + root_fixed_bytes, program_bytes)};
    from += root_fixed_bytes + program_bytes;
  }
  record.payload = bytes.substr(from);
  if (record.payload.empty()) return Error(Errc::corrupt, "the record has no payload");
  return record;
}

}  // namespace stet
