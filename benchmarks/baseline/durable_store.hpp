// benchmarks/baseline/durable_store.hpp - the job that durable_* gives to every store, and its
// check.
//
// So many records of 100 bytes are present. Then batches of puts to random existing keys, each
// batch durable (it survives power loss) before the next one begins. Keys, values and their order
// are the same for every subject. Afterwards the store is closed, opened again, and every record
// compared, or of more than 100,000 as many spread over all.
//
// Threads    One.
// Errors     The store's own; corrupt: a record is not what was written last.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <stet/runtime/result.hpp>

#include "../support/subject.hpp"

namespace stet::bench {

struct DurableRecord {
  std::string_view key;  // 16 bytes.
  std::string_view value;
};

class DurableStore {
 public:
  DurableStore() = default;
  DurableStore(const DurableStore&) = delete;
  DurableStore& operator=(const DurableStore&) = delete;
  virtual ~DurableStore() = default;

  // All records, in order, durable when it returns.
  [[nodiscard]] virtual Result<void> put(std::span<const DurableRecord> batch) = 0;
  // Closes what is open and opens it again.
  [[nodiscard]] virtual Result<void> reopen() = 0;
  [[nodiscard]] virtual Result<std::string> get(std::string_view key) = 0;
};

struct DurableJob {
  std::uint64_t batch_records = 1;
  std::uint64_t records_present = 100'000;
  std::uint64_t hot_records = 0;  // Puts go to the first so many; 0: to all.
  bool ascending = false;         // Puts go to new keys behind all others, in order.
  double seconds = 1.0;
  std::uint64_t puts_max = 1'000'000;  // So that a fast disk does not fill up.
};

// Which of a run's figures is its value; the others are details.
enum class DurableFigure : std::uint8_t { puts_a_second, p50_us, p99_us, longest_us };

[[nodiscard]] Result<Measurement> measure_durable(
    DurableStore& store, const Setting& setting, const DurableJob& job,
    DurableFigure figure = DurableFigure::puts_a_second);

}  // namespace stet::bench
