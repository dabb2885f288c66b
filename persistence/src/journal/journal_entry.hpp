// persistence/src/journal/journal_entry.hpp - the bytes of one batch in the journal.
//
// All integers are little-endian:
//
//   0   8   XXH3-64 of all that follows
//   8   8   number of the commit
//   16  16  store id
//   32  8   bytes of operations
//   40      operations, each: bytes of the value or of the range's end (4), bytes of the key (2),
//           kind (1: 0 put, 1 erase, 2 erase range), key, value
//
// Threads    Pure functions.
// Ownership  decode_entry() gives views into its bytes.
// Errors     corrupt: nothing of such an entry may be used.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include <stet/runtime/result.hpp>

#include "../engine.hpp"

namespace stet::detail {

using StoreId = std::array<std::byte, 16>;

[[nodiscard]] std::size_t entry_bytes(std::span<const Operation> operations) noexcept;
// Requires: `out` has entry_bytes(); check_batch().
void encode_entry(std::span<char> out, std::span<const Operation> operations, CommitNumber number,
                  const StoreId& store) noexcept;
// Every length is compared with the bytes that are there.
[[nodiscard]] Result<std::vector<Operation>> decode_entry(std::string_view bytes,
                                                          CommitNumber number,
                                                          const StoreId& store);

}  // namespace stet::detail
