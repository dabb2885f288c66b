// tools/examples/census/checkpoint.hpp - how far the input has been counted, durably.
//
// One record, written after everything it speaks of is with the store, which keeps one order: where
// the record is, there is all before it.
//
// `counted` is what a run goes on from. `announced` is written before the first stanza behind
// `counted` is sent to its packages, and says up to where they may know the input already. Both
// must be found again: an input that is equal up to `counted` only has packages that know too much
// of another one.
#pragma once

#include <cstdint>

#include "line_reader.hpp"
#include "stanza_parser.hpp"

namespace census {

struct StoredPosition {
  std::uint64_t bytes = 0;
  std::uint64_t xxh3 = 0;
};

struct StoredCounts {
  std::uint64_t stanzas = 0;
  std::uint64_t edges = 0;
  std::uint64_t bad_lines = 0;
  std::uint64_t bad_stanzas = 0;
  std::uint64_t bad_alternatives = 0;
  std::uint64_t repeated_fields = 0;
  std::uint64_t bad_sizes = 0;
};

struct Checkpoint {
  StoredPosition counted;
  StoredPosition announced;
  StoredCounts counts;    // Up to `counted`.
  bool complete = false;  // `counted` was the end of input.
};

[[nodiscard]] inline StoredPosition to_stored(const Position& position) {
  return {position.bytes, position.xxh3};
}
[[nodiscard]] inline Position from_stored(const StoredPosition& position) {
  return {position.bytes, position.xxh3};
}
[[nodiscard]] inline StoredCounts to_stored(const Counts& c) {
  return {c.stanzas,          c.edges,           c.bad_lines, c.bad_stanzas,
          c.bad_alternatives, c.repeated_fields, c.bad_sizes};
}
[[nodiscard]] inline Counts from_stored(const StoredCounts& c) {
  return {c.stanzas,          c.edges,           c.bad_lines, c.bad_stanzas,
          c.bad_alternatives, c.repeated_fields, c.bad_sizes};
}

}  // namespace census
