// benchmarks/persistence/durable_bench.cpp
// Question   How many puts a second survive power loss, in batches of 1, 100, 1000?
// Measures   puts/s to random keys among 100,000 records of 100 bytes; one batch is durable before
//            the next begins (baseline/durable_store.hpp). What one batch takes is a detail.
// Leaves out many writers at once, ascending keys, records that grow.
// Floor      append and fdatasync(2): no tree at all.
// Rival      LMDB alone, one transaction a batch.
// Expect     At batch 1 the disk decides, and two thread switches. At 100 and 1000 LMDB's dirty
//            pages decide: stet in direct mode cannot beat LMDB, only not lose against it.
#include "../baseline/raw_append.hpp"
#include "../baseline/raw_lmdb.hpp"
#include "../questions.hpp"
#include "durable_run.hpp"
#include "stet_store.hpp"

namespace stet::bench {
Question durable(unsigned batch_records) {
  const DurableJob job{.batch_records = batch_records};
  return {"durable_" + std::to_string(batch_records),
          "How many puts a second survive power loss, in batches of " +
              std::to_string(batch_records) + "?",
          "puts/s",
          Better::higher,
          {{"stet", "", durable_run(open_stet_store, job)},
           {"lmdb", "stet", durable_run(open_raw_lmdb, job)},
           {"raw", "stet", durable_run(open_raw_append, job)}}};
}

}  // namespace stet::bench
