// stet/persistence/change.hpp - what one turn writes and erases, stored together or not at all.
//
// The actor's worker encodes the records; the store's thread only moves them on. Operations stand
// one after the other in one buffer, in this machine's byte order: they never leave the process.
//
// Threads    Plain values: one thread at a time; a Change moves between threads as a message.
// Ownership  A ChangeView and what it yields point into the Change's bytes.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string_view>

#include <stet/persistence/buffer.hpp>
#include <stet/persistence/detail/ticket.hpp>
#include <stet/persistence/durability.hpp>
#include <stet/runtime/detail/assert.hpp>

namespace stet::detail {

enum class ChangeKind : std::uint8_t {
  put,
  erase,          // One record.
  erase_scope,    // `key` is a scope's path: it and all below it.
  erase_entries,  // `key` is a scope's path: the entries of its container.
  erase_items,    // `key` is an item's: it and all behind it.
  erase_fields,   // `key` is a scope's path: the fields of its struct. Not `owned`: if it is split.
};

struct ChangeOperation {
  ChangeKind kind = ChangeKind::put;
  bool owned = false;  // The writer holds the claim of this scope: the store need not look.
  std::string_view key;
  std::string_view value;
};

class ChangeWriter {
 public:
  [[nodiscard]] bool empty() const noexcept { return operations_ == 0; }
  [[nodiscard]] std::uint32_t operations() const noexcept { return operations_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return buffer_.size(); }
  [[nodiscard]] std::string_view view() const noexcept { return buffer_.view(); }

  // `write_value(buffer)` appends the value.
  template <std::invocable<Buffer&> WriteValue>
  void put(std::string_view key, bool owned, WriteValue&& write_value) {
    const std::size_t head_at = begin(ChangeKind::put, owned, key);
    const std::size_t value_at = buffer_.size();
    write_value(buffer_);
    const auto value_bytes = static_cast<std::uint32_t>(buffer_.size() - value_at);
    std::memcpy(buffer_.data() + head_at + offsetof(Head, value_bytes), &value_bytes,
                sizeof value_bytes);
    ++operations_;
  }
  void put(std::string_view key, bool owned, std::string_view value) {
    put(key, owned, [value](Buffer& to) { to.append(value); });
  }
  void erase(std::string_view key, bool owned) {
    begin(ChangeKind::erase, owned, key);
    ++operations_;
  }
  void erase_scope(std::string_view path) {
    begin(ChangeKind::erase_scope, false, path);
    ++operations_;
  }
  void erase_entries(std::string_view path) {
    begin(ChangeKind::erase_entries, true, path);
    ++operations_;
  }
  void erase_items(std::string_view first_key) {
    begin(ChangeKind::erase_items, true, first_key);
    ++operations_;
  }
  void erase_fields(std::string_view path, bool owned) {
    begin(ChangeKind::erase_fields, owned, path);
    ++operations_;
  }
  // Takes back everything after a mark: `bytes()` and `operations()` from before.
  void rewind(std::size_t bytes, std::uint32_t operations) noexcept {
    buffer_.truncate(bytes);
    operations_ = operations;
  }

  // A copy of exactly these bytes, and an empty writer with its room kept.
  [[nodiscard]] Buffer take() {
    Buffer out;
    out.append(buffer_.view());
    clear();
    return out;
  }
  void clear() noexcept {
    buffer_.clear();
    operations_ = 0;
  }

  struct Head {
    std::uint32_t value_bytes;
    std::uint16_t key_bytes;
    ChangeKind kind;
    bool owned;
  };

 private:
  std::size_t begin(ChangeKind kind, bool owned, std::string_view key) {
    STET_ASSERT(key.size() <= std::numeric_limits<std::uint16_t>::max());
    const std::size_t at = buffer_.size();
    const Head head{0, static_cast<std::uint16_t>(key.size()), kind, owned};
    char* const to = buffer_.prepare(sizeof head + key.size());
    std::memcpy(to, &head, sizeof head);
    std::memcpy(to + sizeof head, key.data(), key.size());
    buffer_.commit(to + sizeof head + key.size());
    return at;
  }

  Buffer buffer_;
  std::uint32_t operations_ = 0;
};

// The operations of a change, in order.
class ChangeView {
 public:
  explicit ChangeView(std::string_view bytes) noexcept : rest_(bytes) {}

  // False at the end.
  [[nodiscard]] bool next(ChangeOperation& operation) noexcept {
    if (rest_.empty()) return false;
    ChangeWriter::Head head;
    std::memcpy(&head, rest_.data(), sizeof head);
    operation.kind = head.kind;
    operation.owned = head.owned;
    operation.key = rest_.substr(sizeof head, head.key_bytes);
    operation.value = rest_.substr(sizeof head + head.key_bytes, head.value_bytes);
    rest_.remove_prefix(sizeof head + head.key_bytes + head.value_bytes);
    return true;
  }

 private:
  std::string_view rest_;
};

// The message. A change that the store never sees fails its writer when it is destroyed.
struct Change {
  Buffer bytes;
  Ticket ticket;
  Durability durability = Durability::durable;
};

}  // namespace stet::detail
