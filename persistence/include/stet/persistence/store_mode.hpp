// stet/persistence/store_mode.hpp - how a store on disk is laid out.
//
// Chosen when a store is created; one that exists stays what it is, whatever the option says.
//
// Threads    A plain value.
// Progress   journal: a commit may be slowed while changes wait to be brought into the state.
// Ownership  Holds nothing.
// Errors     None.
// Bounds     journal: what waits is bounded by store.journal_bytes, on disk and in memory.
#pragma once

#include <cstdint>

namespace stet {

enum class StoreMode : std::uint8_t {
  direct,   // Each commit changes the tree: the least there is; for keys in order, or few writes.
  journal,  // Each commit is appended, and many are brought into the tree together: for many writes
            // to scattered keys.
};

}  // namespace stet
