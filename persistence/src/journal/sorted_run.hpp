// persistence/src/journal/sorted_run.hpp - what one or several batches did, sorted by key; never changed.
//
// A run says of the commits first() to last(): "erase these ranges, then put or erase these keys".
// Of a key only the newest word is there. Two neighbouring runs merge into one that says what both
// said, so many small runs can become few large ones at any time, on any thread, while views still
// read the small ones.
//
// Threads    Immutable once made: any.
// Ownership  Shared by views and the overlay. Keys and values lie in blocks that merged runs share,
//            until less than half of their bytes is still of use; then the merge copies.
// Errors     Throws bad_alloc, with nothing changed.
// Bounds     Keys up to 65,535 bytes, values below 4 GiB: the engine's limits are far below.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "../engine.hpp"
#include "key_ranges.hpp"

namespace stet::detail {

class SortedRun {
 public:
  // One key's newest word: its value, or that it is gone.
  class Entry {
   public:
    [[nodiscard]] std::string_view key() const noexcept { return {bytes_, key_bytes_}; }
    [[nodiscard]] std::string_view value() const noexcept {
      return {bytes_ + key_bytes_, value_bytes_};
    }
    [[nodiscard]] bool is_put() const noexcept { return is_put_; }

   private:
    friend class SortedRun;
    friend class SortedRunBuilder;
    std::uint64_t head_ = 0;  // Eight bytes of the key behind what all keys of the run share.
    const char* bytes_ = nullptr;
    std::uint32_t value_bytes_ = 0;
    std::uint16_t key_bytes_ = 0;
    bool is_put_ = false;
  };

  // `journal_bytes`: what the batch takes in the journal. Requires check_batch().
  [[nodiscard]] static std::shared_ptr<const SortedRun> of_batch(
      std::span<const Operation> operations, CommitNumber number, std::size_t journal_bytes);
  // Requires: older.last() + 1 == newer.first().
  [[nodiscard]] static std::shared_ptr<const SortedRun> merged(const SortedRun& older,
                                                               const SortedRun& newer);

  [[nodiscard]] CommitNumber first() const noexcept { return first_; }
  [[nodiscard]] CommitNumber last() const noexcept { return last_; }
  // Of the batches it stands for, overwritten ones included.
  [[nodiscard]] std::size_t journal_bytes() const noexcept { return journal_bytes_; }
  // Of the keys and values it still says.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  // What a merge has to handle, in bytes.
  [[nodiscard]] std::size_t weight() const noexcept {
    constexpr std::size_t range_bytes = 128;
    return bytes_ + entries_.size() * sizeof(Entry) + ranges_.size() * range_bytes;
  }

  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }
  // Erased before the entries were put.
  [[nodiscard]] const KeyRanges& ranges() const noexcept { return ranges_; }

  // The place of the first entry whose key is not less than `key`.
  [[nodiscard]] std::size_t lower_bound(std::string_view key) const noexcept;
  // nullptr: it says nothing of this key, but perhaps by its ranges.
  [[nodiscard]] const Entry* find(std::string_view key) const noexcept;

 private:
  friend class SortedRunBuilder;
  struct Block {
    std::unique_ptr<char[]> data;
    std::size_t bytes = 0;
  };
  [[nodiscard]] static std::strong_ordering compare(const Entry& left, const Entry& right,
                                                    bool heads_comparable) noexcept;
  void set_heads() noexcept;
  [[nodiscard]] std::string_view shared_prefix() const noexcept;
  void copy_bytes_together();

  CommitNumber first_ = 0;
  CommitNumber last_ = 0;
  std::size_t journal_bytes_ = 0;
  std::size_t bytes_ = 0;
  std::size_t block_bytes_ = 0;
  std::size_t shared_ = 0;  // Length of what all keys begin with.
  std::vector<Entry> entries_;
  KeyRanges ranges_;
  std::vector<std::shared_ptr<const Block>> blocks_;
};

}  // namespace stet::detail
