// persistence/src/lmdb/meta_record.cpp - the meta record's bytes.
#include "meta_record.hpp"

#include <sys/random.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace stet::detail {
namespace {

constexpr std::string_view magic = "stet";
constexpr std::size_t checked_bytes = 32;
constexpr std::size_t record_bytes = 40;

static_assert(std::endian::native == std::endian::little, "the integers are copied as they stand");

template <class T>
void append(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

template <class T>
T read(std::string_view bytes, std::size_t offset) {
  T value;
  std::memcpy(&value, bytes.data() + offset, sizeof(value));
  return value;
}

}  // namespace

Result<std::array<std::byte, 16>> make_store_id() {
  std::array<std::byte, 16> id{};
  // Up to 256 bytes come at once or not at all.
  if (::getrandom(id.data(), id.size(), 0) != static_cast<ssize_t>(id.size())) {
    return Error(Errc::io, "the system gives no random bytes for the store's id", errno);
  }
  return id;
}

std::string encode_meta(const MetaRecord& record) {
  std::string out(magic);
  append(out, record.format);
  append(out, record.generation);
  append(out, record.store_id);
  append(out, static_cast<std::uint64_t>(XXH3_64bits(out.data(), out.size())));
  return out;
}

Result<MetaRecord> decode_meta(std::string_view bytes) {
  if (bytes.size() < record_bytes || bytes.substr(0, magic.size()) != magic) {
    return Error(Errc::corrupt,
                 "the meta record is not one of stet's: restore the store from a copy");
  }
  MetaRecord record;
  record.format = read<std::uint32_t>(bytes, 4);
  if (record.format > store_format) {
    return Error(Errc::newer_format, "the store has format " + std::to_string(record.format) +
                                         ", this program knows up to " +
                                         std::to_string(store_format) + ": use a newer one");
  }
  record.generation = read<std::uint64_t>(bytes, 8);
  record.store_id = read<std::array<std::byte, 16>>(bytes, 16);
  if (bytes.size() != record_bytes ||
      read<std::uint64_t>(bytes, checked_bytes) != XXH3_64bits(bytes.data(), checked_bytes)) {
    return Error(Errc::corrupt, "the meta record is damaged: restore the store from a copy");
  }
  return record;
}

std::string encode_number(std::uint64_t number) {
  std::string out;
  append(out, number);
  append(out, static_cast<std::uint64_t>(XXH3_64bits(out.data(), out.size())));
  return out;
}

Result<std::uint64_t> decode_number(std::string_view bytes) {
  if (bytes.size() != 2 * sizeof(std::uint64_t) ||
      read<std::uint64_t>(bytes, 8) != XXH3_64bits(bytes.data(), 8)) {
    return Error(Errc::corrupt, "the number of a commit is damaged: restore the store from a copy");
  }
  return read<std::uint64_t>(bytes, 0);
}

}  // namespace stet::detail
