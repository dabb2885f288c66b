// benchmarks/persistence/stet_writers.hpp - actors that write to a store and wait for it, in several ways.
//
// Threads    Each run makes a System, a store and its actors, and ends them.
#pragma once

#include <cstdint>

#include <stet/persistence/store_mode.hpp>

#include "../support/subject.hpp"

namespace stet::bench {

// So many actors, each with one durable record of 100 bytes on its way at a time: acknowledged
// records a second. With one, `value` is the median time of one in µs.
[[nodiscard]] Result<Measurement> stet_writers(unsigned count, StoreMode mode,
                                               const Setting& setting);

struct PumpResult {
  std::uint64_t batches = 0;
  std::uint64_t records = 0;
  std::uint64_t flushes = 0;          // Of the whole process, folds included.
  std::uint64_t store_thread_ns = 0;  // CPU.
};
// Keeps several batches of random puts among a million keys on their way, in journal mode.
[[nodiscard]] Result<PumpResult> stet_pump(std::uint64_t batches, unsigned batch_records,
                                           const Setting& setting);

}  // namespace stet::bench
