// benchmarks/persistence/journal_bench.cpp
// Question   How many random puts a second survive power loss where a million records are, with a
//            journal?
// Measures   puts/s in batches of 100 or 1000, each durable before the next begins, over some ten
//            folds, stalls included (baseline/durable_store.hpp). Details: p50, p99 and the longest
//            batch.
// Leaves out batches that overlap, ten million records, keys that come in order.
// Floor      append and fdatasync(2): no tree at all.
// Rival      LMDB alone, one transaction a batch; stet in direct mode beside it.
// Expect     Eight times LMDB at batch 100 and seven times at 1000: a batch is appended, and a fold
//            of some hundred thousand keys finds several of them on each page it writes.
#include "../baseline/raw_append.hpp"
#include "../baseline/raw_lmdb.hpp"
#include "../questions.hpp"
#include "stet_store.hpp"

namespace stet::bench {
namespace {

using Open = Result<std::unique_ptr<DurableStore>> (*)(const std::filesystem::path& directory);

Run run_with(Open open, unsigned batch_records) {
  return [open, batch_records](const Setting& setting) -> Result<Measurement> {
    Result<std::unique_ptr<DurableStore>> store = open(setting.directory);
    if (!store) return store.error();
    return measure_durable(**store, setting,
                           {.batch_records = batch_records,
                            .records_present = 1'000'000,
                            .seconds = 6.0,
                            .puts_max = 10'000'000});
  };
}

}  // namespace

Question journal(unsigned batch_records) {
  return {"journal_" + std::to_string(batch_records),
          "How many puts a second survive power loss among a million records, in batches of " +
              std::to_string(batch_records) + "?",
          "puts/s",
          Better::higher,
          {{"stet", "", run_with(open_stet_journal_store, batch_records)},
           {"stet_direct", "stet", run_with(open_stet_store, batch_records)},
           {"lmdb", "stet", run_with(open_raw_lmdb, batch_records)},
           {"raw", "stet", run_with(open_raw_append, batch_records)}}};
}

}  // namespace stet::bench
