// benchmarks/persistence/flushes_bench.cpp
// Question   How many flushes does a batch cost, and how much CPU of the store's thread a record?
// Measures   Calls of fdatasync, fsync and msync in the whole process, by counting them, a batch of
//            1000 records; ns of the store's thread a record, in batches of 512. In both eight batches
//            are on their way at a time, so that one is always ready; journal mode.
// Leaves out how long a flush takes.
// Floor      flushes: LMDB alone, which flushes its pages and its meta page (the latter by a
//            descriptor that flushes with each write, so it is counted by its commits). store_cpu: the
//            same bytes appended to an LMDB environment by hand.
// Expect     One flush a batch, and the last one's own; folds add two each. The floor's CPU two and a
//            half times: messages are merged by key, checked, and kept in order in memory.
#include <lmdb.h>
#include <time.h>

#include <cstring>
#include <string>

#include "../questions.hpp"
#include "../support/flush_count.hpp"
#include "stet_writers.hpp"

namespace stet::bench {
namespace {

Run flushes_of(std::uint64_t batches) {
  return [batches](const Setting& setting) -> Result<Measurement> {
    const Result<PumpResult> done = stet_pump(setting.quick ? 50 : batches, 1000, setting);
    if (!done) return done.error();
    return Measurement{static_cast<double>(done->flushes) / static_cast<double>(done->batches)};
  };
}

std::uint64_t thread_cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 +
         static_cast<std::uint64_t>(now.tv_nsec);
}

struct ByHand {
  std::uint64_t cpu_ns = 0;
  std::uint64_t flushes = 0;
  int code = 0;
};

// Appends entries of so many bytes, one a commit; after `kept` of them the oldest goes with each.
ByHand append_by_hand(const Setting& setting, std::uint64_t batches, std::size_t entry_bytes,
                      unsigned flags) {
  constexpr std::uint64_t kept = 200;
  ByHand result;
  MDB_env* environment = nullptr;
  MDB_dbi tree = 0;
  MDB_txn* transaction = nullptr;
  int& code = result.code;
  code = mdb_env_create(&environment);
  if (code == 0) code = mdb_env_set_mapsize(environment, std::size_t{8} << 30);
  if (code == 0) code = mdb_env_open(environment, setting.directory.c_str(), flags, 0600);
  if (code == 0) code = mdb_txn_begin(environment, nullptr, 0, &transaction);
  if (code == 0) code = mdb_dbi_open(transaction, nullptr, 0, &tree);
  if (code == 0) code = mdb_txn_commit(transaction);
  const std::string entry(entry_bytes, 'v');
  const std::uint64_t flushes_before = flushes_so_far();
  const std::uint64_t cpu_before = thread_cpu_ns();
  for (std::uint64_t i = 1; i <= batches && code == 0; ++i) {
    std::uint64_t number = __builtin_bswap64(i);
    MDB_val key{sizeof(number), &number};
    MDB_val value{entry.size(), nullptr};
    code = mdb_txn_begin(environment, nullptr, 0, &transaction);
    if (code == 0) code = mdb_put(transaction, tree, &key, &value, MDB_APPEND | MDB_RESERVE);
    if (code == 0) std::memcpy(value.mv_data, entry.data(), entry.size());
    if (code == 0 && i > kept) {
      std::uint64_t old = __builtin_bswap64(i - kept);
      MDB_val gone{sizeof(old), &old};
      code = mdb_del(transaction, tree, &gone, nullptr);
    }
    if (code == 0) code = mdb_txn_commit(transaction);
  }
  result.cpu_ns = thread_cpu_ns() - cpu_before;
  result.flushes = flushes_so_far() - flushes_before;
  if (environment != nullptr) mdb_env_close(environment);
  return result;
}

Error lmdb_failed(int code) {
  return Error(Errc::io, std::string("LMDB: ") + mdb_strerror(code), code);
}

Result<Measurement> flushes_of_lmdb(const Setting& setting) {
  const std::uint64_t batches = setting.quick ? 50 : 1000;
  const ByHand done = append_by_hand(setting, batches, 116'000, 0);
  if (done.code != 0) return lmdb_failed(done.code);
  // Each commit also writes its meta page through a descriptor with O_DSYNC.
  return Measurement{static_cast<double>(done.flushes + batches) / static_cast<double>(batches)};
}

constexpr unsigned cpu_records = 512;

Result<Measurement> cpu_of_stet(const Setting& setting) {
  const Result<PumpResult> done = stet_pump(setting.quick ? 50 : 3000, cpu_records, setting);
  if (!done) return done.error();
  if (done->store_thread_ns == 0) {
    return Error(Errc::unsupported, "the kernel does not say how much CPU a thread has used");
  }
  return Measurement{static_cast<double>(done->store_thread_ns) /
                     static_cast<double>(done->records)};
}

Result<Measurement> cpu_by_hand(const Setting& setting) {
  const std::uint64_t batches = setting.quick ? 50 : 3000;
  const ByHand done =
      append_by_hand(setting, batches, cpu_records * std::size_t{116}, MDB_NOMETASYNC);
  if (done.code != 0) return lmdb_failed(done.code);
  return Measurement{static_cast<double>(done.cpu_ns) / static_cast<double>(batches * cpu_records)};
}

}  // namespace

Question flushes() {
  // Fewer bytes than a fold begins at.
  return {"flushes",
          "How many flushes does a batch cost while batches are always ready, without folds?",
          "flushes/batch",
          Better::lower,
          {{"stet", "", flushes_of(100)}, {"raw", "stet", flushes_of_lmdb}}};
}

Question flushes_with_folds() {
  return {"flushes_with_folds",
          "How many flushes does a batch cost while batches are always ready, folds included?",
          "flushes/batch",
          Better::lower,
          {{"stet", "", flushes_of(2500)}, {"raw", "stet", flushes_of_lmdb}}};
}

Question store_cpu() {
  return {"store_cpu",
          "How much CPU of the store's thread does a record cost, in batches of 512?",
          "ns/record",
          Better::lower,
          {{"stet", "", cpu_of_stet}, {"raw", "stet", cpu_by_hand}}};
}

}  // namespace stet::bench
