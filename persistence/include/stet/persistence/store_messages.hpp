// stet/persistence/store_messages.hpp - what any actor can ask of a store.
//
//   store.ask<Insert>(key, record).then(*this, [](Result<Ack> done) { ... });
//
// Keys are those of key.hpp, values are records as encode_record() writes them; DataStore and
// Repository make both. An actor that handles these messages can stand in for a store.
//
// Order      One queue: a Get or Scan sees every write that was sent to the store before it, and may
//            see some that were sent later. What is not in memory is read beside the queue, so
//            answers to reads may come in another order than the questions.
// Errors     invalid_argument, too_large (nothing was stored); already_owned (another owns that
//            scope); revision_conflict (a record is not as the write expects, the text says how it
//            is: nothing was stored); would_block (the store holds all it may, as while a disk is
//            full: try again); mailbox_full (FlushAll: too many wait already for a store that cannot
//            write; reads: too many wait for the disk);
//            outcome_unknown, poisoned (a flush failed: reopen the store).
// Bounds     A key of key_bytes_max, a record of record_bytes_max; batches and pages as said below. Each
//            condition costs the store one reading of that record.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <stet/persistence/ack.hpp>
#include <stet/persistence/durability.hpp>

namespace stet {

inline constexpr std::size_t record_bytes_max = std::size_t{16} << 20;
// Of all keys and records that must be stored together: one InsertBatch, one turn's change.
inline constexpr std::size_t group_bytes_max = std::size_t{64} << 20;

struct Record {
  std::string key;
  std::string value;
};

// What a write expects to find: the record with this revision (RecordHeader), or none. Revisions never
// come again, also not after the record was erased and made anew.
struct Expected {
  std::optional<std::uint64_t> revision = std::nullopt;  // None: there is no record.

  [[nodiscard]] static Expected absent() noexcept { return {}; }
  [[nodiscard]] static Expected at(std::uint64_t revision) noexcept { return {revision}; }
};
// The same of a record that need not be one of those written.
struct Condition {
  std::string key;
  Expected expected;
};

// One record, written or replaced.
struct Insert {
  using Reply = Ack;
  std::string key;
  std::string value;
  std::optional<Durability> durability = std::nullopt;  // None: the store's.
  std::optional<Expected> expected = std::nullopt;      // None: whatever is there.
  bool is_whole = false;  // It takes the place of a struct's fields too, where that is split.
};

// Several records, all or none. The conditions are about what was there before the batch. A root that
// takes the place of a split struct's leaves the records of its fields, which then are of no value.
struct InsertBatch {
  using Reply = Ack;
  static constexpr std::size_t conditions_max = 4096;

  std::vector<Record> records;
  std::optional<Durability> durability = std::nullopt;
  std::vector<Condition> conditions = {};
};

// One record; none there is fine, unless another is expected.
struct Remove {
  using Reply = Ack;
  std::string key;
  std::optional<Durability> durability = std::nullopt;
  std::optional<Expected> expected = std::nullopt;
  bool is_whole = false;  // As Insert's.
};

// A scope and all below it: "//a" has "//a/b", not "//ab". Refused while another owns one of them.
struct RemovePrefix {
  using Reply = Ack;
  std::string scope;
  std::optional<Durability> durability = std::nullopt;
};

// The record, or nullopt.
struct Get {
  using Reply = std::optional<std::string>;
  std::string key;
};

// The records of a scope and all below it, in key order or against it, a page at a time. Each page
// is consistent in itself; between two pages others may write, but not under a StoreView.
enum class ScanOrder : std::uint8_t {
  forward,   // From the first key to the last.
  backward,  // From the last key to the first.
};
struct Page {
  std::vector<Record> records;
  bool more = false;  // Go on with after = records.back().key.
};
struct Scan {
  using Reply = Page;
  static constexpr std::uint32_t page_records_max = 1024;
  static constexpr std::size_t page_bytes_max = std::size_t{1} << 20;  // But at least one record.

  std::string scope;
  std::string after = {};  // The last key seen, with `more`. Empty: from where the order begins.
  std::uint32_t records_max = 256;
  ScanOrder order = ScanOrder::forward;
  std::size_t bytes_max = page_bytes_max;  // At most group_bytes_max.
};

// Answered when everything that was sent to the store before is durable.
struct FlushAll {
  using Reply = Ack;
};

}  // namespace stet
