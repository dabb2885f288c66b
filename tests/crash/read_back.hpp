// tests/crash/read_back.hpp - what a killed writer of pairs left, and whether that is as promised.
//
// Threads    A process without another store on that directory.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include <stet/persistence/store.hpp>

#include "counting_pairs.hpp"

namespace stet::test {

using Values = std::array<std::uint64_t, pairs>;  // Of each pair.

// What is there now; `fault` if that is not what was promised.
inline Values read_back(const std::filesystem::path& directory, StoreMode mode,
                        std::string& fault) {
  Values found{};
  System system({.workers = 1});
  auto engine = detail::open_lmdb_engine(where(directory, mode));
  if (!engine) {
    fault = "the store does not open: " + engine.error().message();
    return found;
  }
  const Store store =
      Store::open(system, {.engine = EngineChoice::given(std::move(engine).value())}).value();
  const DataStore data{store};
  for (std::uint64_t pair = 0; pair < pairs; ++pair) {
    const auto value = [&](std::string_view name) {
      const auto count = side(data, pair, name).read();
      if (!count && count.error() != Errc::not_found) fault = count.error().message();
      return count ? count->value : 0;
    };
    found[pair] = value("left");
    if (found[pair] != value("right")) fault = "half of a turn was stored";
  }
  return found;
}

// The fault that was found, "" if all is as promised: what was acknowledged is there, and nothing
// is older than it was `before`, which is brought up to date. A fault that is given stays.
inline std::string judge(const std::filesystem::path& directory, StoreMode mode,
                         const Values& acked, Values& before, std::string fault) {
  const Values found = read_back(directory, mode, fault);
  for (std::size_t pair = 0; pair < pairs && fault.empty(); ++pair) {
    if (found[pair] < acked[pair]) fault = "an acknowledged change is gone";
    if (found[pair] < before[pair]) fault = "a number went back";
  }
  before = found;
  return fault;
}

}  // namespace stet::test
