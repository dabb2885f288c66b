// persistence/src/journal/journal_entry.cpp - writing and checking journal entries.
#include "journal_entry.hpp"

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#include <stet/runtime/detail/assert.hpp>

#include "../hash.hpp"

namespace stet::detail {
namespace {

constexpr std::size_t entry_head_bytes = 40;
constexpr std::size_t operation_head_bytes = 7;
constexpr std::size_t checksum_bytes = 8;

static_assert(std::endian::native == std::endian::little, "the integers are copied as they stand");

template <class T>
char* store(char* out, T value) noexcept {
  std::memcpy(out, &value, sizeof(value));
  return out + sizeof(value);
}

char* store(char* out, std::string_view bytes) noexcept {
  // memcpy wants no null pointer, not even for nothing.
  if (!bytes.empty()) std::memcpy(out, bytes.data(), bytes.size());
  return out + bytes.size();
}

template <class T>
T fetch(std::string_view bytes, std::size_t offset) noexcept {
  T value{};
  std::memcpy(&value, bytes.data() + offset, sizeof(value));
  return value;
}

Error bad_entry(CommitNumber number, std::string_view what) {
  std::string text("journal entry ");
  text.append(std::to_string(number)).append(" ").append(what);
  text.append(": restore the store from a copy");
  return Error(Errc::corrupt, std::move(text));
}

}  // namespace

std::size_t entry_bytes(std::span<const Operation> operations) noexcept {
  std::size_t bytes = entry_head_bytes;
  for (const Operation& each : operations) {
    bytes += operation_head_bytes + each.key.size() + each.value.size();
  }
  return bytes;
}

void encode_entry(std::span<char> out, std::span<const Operation> operations, CommitNumber number,
                  const StoreId& store_id) noexcept {
  char* at = out.data() + checksum_bytes;
  at = store(at, number);
  at = store(at, store_id);
  at = store(at, std::uint64_t{out.size() - entry_head_bytes});
  for (const Operation& each : operations) {
    at = store(at, static_cast<std::uint32_t>(each.value.size()));
    at = store(at, static_cast<std::uint16_t>(each.key.size()));
    at = store(at, static_cast<std::uint8_t>(each.kind));
    at = store(at, each.key);
    at = store(at, each.value);
  }
  STET_ASSERT(at == out.data() + out.size());
  const std::string_view checked(out.data() + checksum_bytes, out.size() - checksum_bytes);
  store(out.data(), hash64(checked));
}

Result<std::vector<Operation>> decode_entry(std::string_view bytes, CommitNumber number,
                                            const StoreId& store) {
  if (bytes.size() < entry_head_bytes) return bad_entry(number, "is cut off");
  if (fetch<std::uint64_t>(bytes, 0) != hash64(bytes.substr(checksum_bytes))) {
    return bad_entry(number, "is damaged");
  }
  if (fetch<CommitNumber>(bytes, 8) != number) return bad_entry(number, "says another number");
  if (fetch<StoreId>(bytes, 16) != store) return bad_entry(number, "is of another store");
  if (fetch<std::uint64_t>(bytes, 32) != bytes.size() - entry_head_bytes) {
    return bad_entry(number, "has another length than it says");
  }
  std::vector<Operation> operations;
  std::string_view rest = bytes.substr(entry_head_bytes);
  while (!rest.empty()) {
    if (rest.size() < operation_head_bytes) return bad_entry(number, "ends in an operation");
    const std::size_t value_bytes = fetch<std::uint32_t>(rest, 0);
    const std::size_t key_bytes = fetch<std::uint16_t>(rest, 4);
    const auto kind = fetch<std::uint8_t>(rest, 6);
    rest.remove_prefix(operation_head_bytes);
    if (kind > static_cast<std::uint8_t>(Operation::Kind::erase_range) ||
        rest.size() < key_bytes + value_bytes) {
      return bad_entry(number, "holds no such operation");
    }
    operations.push_back({static_cast<Operation::Kind>(kind), rest.substr(0, key_bytes),
                          rest.substr(key_bytes, value_bytes)});
    rest.remove_prefix(key_bytes + value_bytes);
  }
  return operations;
}

}  // namespace stet::detail
