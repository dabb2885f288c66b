// persistence/src/lmdb/pending_ranges.hpp - ranges of the state that are erased, and still there.
//
// Erasing a large range record by record would make a fold as long as the range. So a fold erases so
// many, and says of the rest that it is gone: the list stands in the state, at 01 "pending", and
// changes in one transaction with the mark. Every reader hides what it covers; later transactions of
// the folder erase it by pieces. It hides only what is older: who puts a key that it covers cuts that
// key out, in the same transaction.
//
// All integers are little-endian:
//
//   0   8   XXH3-64 of all that follows
//   8   4   number of ranges
//   12      ranges, in order, neither touching nor overlapping, each: bytes of its begin (2), bytes
//           of its end (2), begin, end; the end is not part of it
//
// No such record: nothing is pending. A bound has up to 512 bytes: a key, or what follows it.
//
// Threads    Plain functions.
// Errors     corrupt; codes of LMDB.
#pragma once

#include <lmdb.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>

#include <stet/runtime/result.hpp>

#include "../journal/key_ranges.hpp"
#include "environment.hpp"
#include "transaction.hpp"

namespace stet::detail {

[[nodiscard]] std::string encode_pending(const KeyRanges& ranges);
// Every length is compared with the bytes that are there.
[[nodiscard]] Result<KeyRanges> decode_pending(std::string_view bytes);

// What the state says. Errors: corrupt, readers_full.
[[nodiscard]] Result<KeyRanges> read_pending(const std::shared_ptr<Environment>& state);

// Erases up to so many records, from the first range on; what is erased leaves `ranges`.
[[nodiscard]] int erase_pending(WriteTransaction& transaction, KeyRanges& ranges,
                                std::size_t records_max);

// Records that the ranges cover, counted up to so many; walks over them.
[[nodiscard]] int count_records(
    MDB_cursor* cursor, const KeyRanges& ranges, std::uint64_t& records,
    std::uint64_t records_max = std::numeric_limits<std::uint64_t>::max());

}  // namespace stet::detail
