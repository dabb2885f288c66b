// benchmarks/persistence/memory_bench.cpp
// Question   How much memory does a store in journal mode take under load?
// Measures   MB, the most that was resident of this process's own (anonymous) memory, over filling it
//            with a million records, seconds of random batches of 1000 that fold all the time, and an
//            opening; what the job itself needs is subtracted. Pages of the map are the page cache's:
//            the kernel takes them back when it likes; they are a detail. `memory_10`: with ten
//            million, only by name.
// Leaves out what many writers have on their way (store.queue_bytes bounds it).
// Floor      LMDB alone, one transaction a batch: no journal, the dirty pages of a batch.
// Expect     A bound that does not depend on the number of records: what waits in the journal, in
//            memory and once more while it is merged, and the dirty pages of a fold, at most 100,000.
#include <algorithm>
#include <chrono>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>

#include "../baseline/raw_lmdb.hpp"
#include "../questions.hpp"
#include "../support/resident.hpp"
#include "durable_run.hpp"
#include "stet_store.hpp"

namespace stet::bench {
namespace {

// Looks every few milliseconds, as the kernel keeps no peak of it.
class AnonymousPeak {
 public:
  AnonymousPeak()
      : looking_([this](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            peak_ = std::max(peak_, resident_anonymous_bytes());
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
          }
        }) {}
  // Ends it.
  [[nodiscard]] std::uint64_t peak() {
    looking_.request_stop();
    looking_.join();
    return peak_;
  }

 private:
  std::uint64_t peak_ = 0;  // The thread's own until it has ended.
  std::jthread looking_;
};

Run memory_of(OpenDurable open, const DurableJob& job) {
  const Run run = durable_run(std::move(open), job);
  const std::uint64_t records = job.records_present;
  return [run, records](const Setting& setting) -> Result<Measurement> {
    // The job remembers a number a record.
    const std::uint64_t before = resident_anonymous_bytes() + setting.count(records) * 8;
    AnonymousPeak memory;
    Result<Measurement> measured = run(setting);
    const std::uint64_t peak = memory.peak();
    if (!measured) return measured.error();
    const double puts_a_second = measured->value;
    measured->value = static_cast<double>(peak - std::min(peak, before)) / 1e6;
    measured->details = {{"puts_a_second", puts_a_second},
                         {"with_map_mb", static_cast<double>(resident_peak_bytes()) / 1e6}};
    return measured;
  };
}

}  // namespace

Question memory(unsigned million_records) {
  const bool is_large = million_records > 1;
  const DurableJob job{.batch_records = 1000,
                       .records_present = million_records * std::uint64_t{1'000'000},
                       .seconds = is_large ? 10.0 : 3.0,
                       .puts_max = 10'000'000};
  const auto with_16_mebibytes = [](const std::filesystem::path& directory) {
    return open_stet_journal_store_with(directory, std::size_t{16} << 20);
  };
  return {is_large ? "memory_" + std::to_string(million_records) : "memory",
          "How much memory does a store with " + std::to_string(million_records) +
              " million records take under load, in journal mode?",
          "MB",
          Better::lower,
          {{"stet", "", memory_of(open_stet_journal_store, job)},
           {"stet_16", "stet", memory_of(with_16_mebibytes, job)},
           {"raw", "stet", memory_of(open_raw_lmdb, job)}},
          is_large};
}

}  // namespace stet::bench
