// tests/crash/counting_pairs.hpp - what the killed writer and the test that reads back agree on.
//
// A pair is two Persistables that one actor raises together, so they must always be equal.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include <stet/persistence/repository.hpp>

#include "persistence/src/lmdb/lmdb_engine.hpp"

namespace stet::test {

inline constexpr std::size_t pairs = 4;

struct PairCount {
  std::uint64_t value = 0;
};

// "This pair's value is acknowledged." One write to a pipe, which is whole or absent.
struct PairAck {
  std::uint64_t pair = 0;
  std::uint64_t value = 0;
};

inline Repository<PairCount> side(const DataStore& data, std::uint64_t pair,
                                  std::string_view name) {
  return Repository<PairCount>{data.base("//pair").scope(std::to_string(pair)).scope(name)};
}

// As the writers are told it.
inline std::string_view name_of(StoreMode mode) {
  return mode == StoreMode::direct ? "direct" : "journal";
}
inline StoreMode mode_of(std::string_view name) {
  return name == "direct" ? StoreMode::direct : StoreMode::journal;
}

// A small map, so that it grows on the way, and a small journal, so that folds are under way.
inline detail::LmdbOptions where(const std::filesystem::path& directory, StoreMode mode) {
  return {.directory = directory,
          .map_bytes = std::size_t{1} << 20,
          .map_bytes_max = std::size_t{64} << 20,
          .mode = mode,
          .journal = {.bytes_max = 12'000, .fold_idle = std::chrono::milliseconds(1)}};
}

}  // namespace stet::test
