// benchmarks/persistence/ack_bench.cpp
// Question   How long does a batch wait for its acknowledgement under a load that folds all the time?
// Measures   µs from sending a batch of 1000 random puts among a million records until it is durable,
//            pauses for the folder included: the median, the 99th percentile, the longest.
// Leaves out batches that overlap; hosts whose disk does nothing else.
// Floor      `raw`: the same bytes appended to a file, then fdatasync(2). `raw_beside`: the same
//            beside a second file into which a thread writes what folds write, and flushes it.
// Expect     The median within three times the floor's; the 99th percentile within three times that
//            of the floor beside the second file: there the disk decides.
#include "../baseline/raw_append.hpp"
#include "../questions.hpp"
#include "durable_run.hpp"
#include "stet_store.hpp"

namespace stet::bench {
namespace {

Question ack(const char* key, const char* what, DurableFigure figure) {
  const DurableJob job{
      .batch_records = 1000, .records_present = 1'000'000, .seconds = 5.0, .puts_max = 10'000'000};
  return {key,
          std::string("How long does a batch of 1000 wait for its acknowledgement under load: ") +
              what + "?",
          "us",
          Better::lower,
          {{"stet", "", durable_run(open_stet_journal_store, job, figure)},
           {"raw_beside", "stet", durable_run(open_raw_append_beside, job, figure)},
           {"raw", "stet", durable_run(open_raw_append, job, figure)}}};
}

}  // namespace

std::vector<Question> acknowledgements() {
  return {ack("ack_p50", "the median", DurableFigure::p50_us),
          ack("ack_p99", "the 99th percentile", DurableFigure::p99_us),
          ack("ack_longest", "the longest", DurableFigure::longest_us)};
}

}  // namespace stet::bench
