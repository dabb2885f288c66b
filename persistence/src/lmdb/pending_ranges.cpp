// persistence/src/lmdb/pending_ranges.cpp - the list's bytes, and working it off.
#include "pending_ranges.hpp"

#include <bit>
#include <cstring>
#include <utility>

#include "../hash.hpp"
#include "errors.hpp"
#include "meta_record.hpp"

namespace stet::detail {
namespace {

constexpr std::size_t checksum_bytes = 8;
constexpr std::size_t list_head_bytes = 12;
constexpr std::size_t range_head_bytes = 4;
constexpr std::size_t bound_bytes_max = 512;

static_assert(std::endian::native == std::endian::little, "the integers are copied as they stand");

template <class T>
void append_integer(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

template <class T>
T take_integer(std::string_view& bytes) noexcept {
  T value{};
  std::memcpy(&value, bytes.data(), sizeof(value));
  bytes.remove_prefix(sizeof(value));
  return value;
}

std::string_view take_bytes(std::string_view& bytes, std::size_t size) noexcept {
  const std::string_view taken = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return taken;
}

Error damaged() {
  return Error(Errc::corrupt,
               "the list of erased ranges is damaged: restore the store from a copy");
}

}  // namespace

std::string encode_pending(const KeyRanges& ranges) {
  std::string out(checksum_bytes, '\0');
  append_integer(out, static_cast<std::uint32_t>(ranges.size()));
  for (const auto& [from, to] : ranges) {
    append_integer(out, static_cast<std::uint16_t>(from.size()));
    append_integer(out, static_cast<std::uint16_t>(to.size()));
    out.append(from).append(to);
  }
  const std::uint64_t checksum = hash64(std::string_view(out).substr(checksum_bytes));
  std::memcpy(out.data(), &checksum, sizeof(checksum));
  return out;
}

Result<KeyRanges> decode_pending(std::string_view bytes) {
  if (bytes.size() < list_head_bytes) return damaged();
  if (take_integer<std::uint64_t>(bytes) != hash64(bytes)) return damaged();
  const auto count = take_integer<std::uint32_t>(bytes);
  KeyRanges ranges;
  std::string_view before;
  for (std::uint32_t i = 0; i < count; ++i) {
    if (bytes.size() < range_head_bytes) return damaged();
    const std::size_t from_bytes = take_integer<std::uint16_t>(bytes);
    const std::size_t to_bytes = take_integer<std::uint16_t>(bytes);
    if (bytes.size() < from_bytes + to_bytes || from_bytes > bound_bytes_max ||
        to_bytes > bound_bytes_max) {
      return damaged();
    }
    const std::string_view from = take_bytes(bytes, from_bytes);
    const std::string_view to = take_bytes(bytes, to_bytes);
    if (from <= before || from >= to) return damaged();
    ranges.add(from, to);
    before = to;
  }
  if (count == 0 || !bytes.empty()) return damaged();
  return ranges;
}

Result<KeyRanges> read_pending(const std::shared_ptr<Environment>& state) {
  ReadTransaction transaction(state);
  std::string_view bytes;
  int code = transaction.begin();
  if (code == 0) code = transaction.get(pending_key, bytes);
  if (code == MDB_NOTFOUND) return KeyRanges();
  if (code != 0) return lmdb_error(code, "open", state->directory());
  return decode_pending(bytes);
}

int erase_pending(WriteTransaction& transaction, KeyRanges& ranges, std::size_t records_max) {
  std::string next;
  // Bounded: each round takes a range away, or is the last.
  while (!ranges.empty() && records_max > 0) {
    const auto& [from, to] = *ranges.begin();
    if (const int code = transaction.erase_some(from, to, records_max, next); code != 0) {
      return code;
    }
    ranges.remove_below(next);
  }
  return 0;
}

int count_records(MDB_cursor* cursor, const KeyRanges& ranges, std::uint64_t& records,
                  std::uint64_t records_max) {
  records = 0;
  for (const auto& [from, to] : ranges) {
    if (records >= records_max) return 0;
    MDB_val key = to_val(from);
    MDB_val value{};
    int code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
    while (code == 0 && to_view(key) < to && records < records_max) {
      ++records;
      code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    if (code != 0 && code != MDB_NOTFOUND) return code;
  }
  return 0;
}

}  // namespace stet::detail
