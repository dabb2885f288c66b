// benchmarks/persistence/store_targets.cpp - how fast the store is wanted, line by line.
//
// A ratio says how many times better the first is than the second: "at most three times the floor" is
// at least a third of it.
#include <iterator>

#include "../questions.hpp"

namespace stet::bench {

std::vector<Target> store_targets() {
  using enum Target::Bound;
  const Target targets[] = {
      // The lesser of 0.9 times the prototype and so many times LMDB is enough.
      {"journal_100", "stet", "lmdb", at_least, 8},
      {"journal_1000", "stet", "lmdb", at_least, 7},
      {"journal_100", "stet", "prototype", at_least, 0.9},
      {"journal_1000", "stet", "prototype", at_least, 0.9},
      {"journal_100", "stet", "leveldb", at_least, 1.5},
      {"journal_1000", "stet", "leveldb", at_least, 1.3},
      {"journal_100", "stet", "rocksdb", at_least, 2},
      {"journal_1000", "stet", "rocksdb", at_least, 2},
      {"journal_hot", "stet", "prototype", at_least, 0.7},
      {"ascending", "stet", "lmdb", at_least, 0.85},
      {"ack_p50", "stet", "raw", at_least, 1.0 / 3},
      // The larger of the two is enough.
      {"ack_p99", "stet", "raw_beside", at_least, 1.0 / 3},
      {"ack_p99", "stet", "", at_most, 10'000},
      {"ack_longest", "stet", "", at_most, 50'000},
      {"writers_8", "stet", "rocksdb", at_least, 1.5},
      {"writers_8", "stet", "leveldb", at_least, 1.5},
      {"writers_100", "stet", "rocksdb", at_least, 1.5},
      {"writers_100", "stet", "leveldb", at_least, 1.5},
      {"lone", "stet", "raw", at_least, 1 / 1.1},
      {"flushes", "stet", "", at_most, 1.05},
      {"flushes_with_folds", "stet", "", at_most, 1.15},
      {"store_cpu", "stet", "raw", at_least, 1 / 2.5},
      {"open_scan", "stet", "raw", at_least, 0.8},
      {"serving", "stet", "", at_most, 2'000},
      // 64 MiB in the journal, as much again while it is merged, and a fold's dirty pages: 100,000
      // leaves and the branches above them.
      {"memory", "stet", "", at_most, 600},
      {"memory_10", "stet", "", at_most, 600},
      {"large_64", "stet", "stet_direct", at_least, 1.5},
      {"large_256", "stet", "stet_direct", at_least, 3},
  };
  return {std::begin(targets), std::end(targets)};
}

}  // namespace stet::bench
