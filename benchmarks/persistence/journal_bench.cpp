// benchmarks/persistence/journal_bench.cpp
// Question   How many random puts a second survive power loss where a million records are, with a
//            journal?
// Measures   puts/s in batches of 100 or 1000, each durable before the next begins, over some ten
//            folds, stalls included (baseline/durable_store.hpp). Details: p50, p99 and the longest
//            batch. `large_*`: among ten million, with 64 or 256 MiB of journal and memory.
// Leaves out batches that overlap, keys that come in order.
// Floor      append and fdatasync(2): no tree at all.
// Rivals     The prototype (the least code that journals and folds), stet in direct mode, LMDB
//            alone with one transaction a batch, LevelDB, RocksDB: all prefilled alike.
// Expect     Eight times LMDB at batch 100 and seven times at 1000: a batch is appended, and a fold
//            of some hundred thousand keys finds several of them on each page it writes.
#include "../baseline/journal_prototype.hpp"
#include "../baseline/raw_append.hpp"
#include "../baseline/raw_lmdb.hpp"
#include "../questions.hpp"
#include "../rivals/leveldb_store.hpp"
#include "../rivals/rocksdb_store.hpp"
#include "../support/resident.hpp"
#include "durable_run.hpp"
#include "stet_store.hpp"

namespace stet::bench {

Question journal(unsigned batch_records) {
  const DurableJob job{.batch_records = batch_records,
                       .records_present = 1'000'000,
                       .seconds = 6.0,
                       .puts_max = 10'000'000};
  return {"journal_" + std::to_string(batch_records),
          "How many puts a second survive power loss among a million records, in batches of " +
              std::to_string(batch_records) + "?",
          "puts/s",
          Better::higher,
          {{"stet", "", durable_run(open_stet_journal_store, job)},
           {"prototype", "stet", durable_run(open_journal_prototype, job)},
           {"stet_direct", "stet", durable_run(open_stet_store, job)},
           {"lmdb", "stet", durable_run(open_raw_lmdb, job)},
           {"leveldb", "stet", durable_run(open_leveldb, job)},
           {"rocksdb", "stet", durable_run(open_rocksdb, job)},
           {"raw", "stet", durable_run(open_raw_append, job)}}};
}

Question journal_hot() {
  const DurableJob job{.batch_records = 1000,
                       .records_present = 1'000'000,
                       .hot_records = 1000,
                       .seconds = 4.0,
                       .puts_max = 20'000'000};
  return {"journal_hot",
          "How many puts a second survive power loss if they go to 1000 of a million records, in "
          "batches of 1000?",
          "puts/s",
          Better::higher,
          {{"stet", "", durable_run(open_stet_journal_store, job)},
           {"prototype", "stet", durable_run(open_journal_prototype, job)},
           {"lmdb", "stet", durable_run(open_raw_lmdb, job)},
           {"raw", "stet", durable_run(open_raw_append, job)}}};
}

Question ascending() {
  const DurableJob job{.batch_records = 1000,
                       .records_present = 10'000,
                       .ascending = true,
                       .seconds = 3.0,
                       .puts_max = 5'000'000};
  return {"ascending",
          "How many puts a second survive power loss if keys come in order, in batches of 1000?",
          "puts/s",
          Better::higher,
          {{"stet", "", durable_run(open_stet_store, job)},
           {"stet_journal", "stet", durable_run(open_stet_journal_store, job)},
           {"lmdb", "stet", durable_run(open_raw_lmdb, job)},
           {"raw", "stet", durable_run(open_raw_append, job)}}};
}

Question large(unsigned journal_mebibytes) {
  const DurableJob job{.batch_records = 1000,
                       .records_present = 10'000'000,
                       .seconds = 15.0,
                       .puts_max = 10'000'000};
  const Run plain = durable_run(
      [journal_mebibytes](const std::filesystem::path& directory) {
        return open_stet_journal_store_with(directory, std::size_t{journal_mebibytes} << 20);
      },
      job);
  const Run with_memory = [plain](const Setting& setting) -> Result<Measurement> {
    Result<Measurement> measured = plain(setting);
    if (measured) {
      measured->details.emplace_back("resident_mb",
                                     static_cast<double>(resident_peak_bytes()) / 1e6);
    }
    return measured;
  };
  return {"large_" + std::to_string(journal_mebibytes),
          "How many puts a second survive power loss among ten million records, with " +
              std::to_string(journal_mebibytes) + " MiB of journal?",
          "puts/s",
          Better::higher,
          {{"stet", "", with_memory},
           {"stet_direct", "stet", durable_run(open_stet_store, job)},
           {"raw", "stet", durable_run(open_raw_append, job)}},
          true};
}

}  // namespace stet::bench
