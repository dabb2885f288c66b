// tools/examples/census/package_totals.hpp - what is known of one package, and of all of them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

namespace census {

struct PackageTotals {
  std::uint64_t stanzas = 0;         // Of this name.
  std::uint64_t dependants = 0;      // Stanzas that depend on it.
  std::uint64_t dependants_kib = 0;  // Sum of their Installed-Size; stays at the largest u64.
  std::string section;               // The last one in the input; empty: none was given.
  friend bool operator==(const PackageTotals&, const PackageTotals&) = default;
};

using Packages = std::map<std::string, PackageTotals, std::less<>>;

}  // namespace census
