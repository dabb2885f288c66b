// tools/examples/census/recount.hpp - the census again, in one plain loop, to compare with.
//
// Written against the grammar in README.md and not against the parser: it shares the line reader
// and nothing else, so that one slip cannot be in both.
//
// Threads    One.
// Errors     recount(): those of LineReader::next().
// Bounds     Memory: all packages, and the fields that are read of one stanza.
#pragma once

#include <cstdint>
#include <cstdio>

#include "input.hpp"
#include "package_totals.hpp"

namespace census {

struct Recount {
  Packages packages;
  std::uint64_t stanzas = 0;
  std::uint64_t edges = 0;
  std::uint64_t bad_lines = 0;
  std::uint64_t bad_stanzas = 0;
  std::uint64_t bad_alternatives = 0;
};

[[nodiscard]] stet::Result<Recount> recount(Input& input);

// How many packages differ; the first ten are described on `out` (nullptr: nowhere).
[[nodiscard]] std::uint64_t count_differences(const Packages& counted, const Packages& recounted,
                                              std::FILE* out);

}  // namespace census
