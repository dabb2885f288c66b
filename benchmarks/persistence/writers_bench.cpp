// benchmarks/persistence/writers_bench.cpp
// Question   How many records a second are acknowledged if many write one at a time, each waiting for
//            its own acknowledgement?
// Measures   acknowledged records/s, 100 bytes, random keys, durable: 8 or 100 actors on one worker.
// Leaves out what changes with a million records present (journal_*).
// Floor      One thread that appends a record and calls fdatasync(2): nobody shares a flush.
// Rivals     LevelDB and RocksDB with eight threads, each waiting for its write; both group commits.
// Expect     One and a half times the rivals: a flush takes a hundred microseconds or two, and how
//            many share it is what counts.
#include <array>
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "../baseline/raw_append.hpp"
#include "../questions.hpp"
#include "../rivals/leveldb_store.hpp"
#include "../rivals/rocksdb_store.hpp"
#include "../support/clock.hpp"
#include "durable_run.hpp"
#include "stet_writers.hpp"

namespace stet::bench {
namespace {

// put() from so many threads; the store must allow that, or there is one.
Run threads_run(OpenDurable open, unsigned threads) {
  return [open = std::move(open), threads](const Setting& setting) -> Result<Measurement> {
    Result<std::unique_ptr<DurableStore>> store = open(setting.directory);
    if (!store) return store.error();
    std::atomic<std::uint64_t> puts{0};
    std::atomic<bool> failed{false};
    const std::uint64_t begin = now_ns();
    const std::uint64_t until = begin + static_cast<std::uint64_t>(setting.seconds(2.0) * 1e9);
    std::vector<std::thread> writers;
    for (unsigned i = 0; i < threads; ++i) {
      writers.emplace_back([&, i] {
        std::uint64_t state = 0x9E3779B97F4A7C15ULL * (i + 7);
        const std::string value(100, 'v');
        do {
          state ^= state << 13;
          state ^= state >> 7;
          state ^= state << 17;
          const std::string digits = std::to_string(state % 1'000'000);
          const std::string key = "//bench/" + std::string(8 - digits.size(), '0') + digits;
          const std::array<DurableRecord, 1> one{{{key, value}}};
          if (!(*store)->put(one)) failed = true;
          // relaxed: a count, read after the threads have ended.
          puts.fetch_add(1, std::memory_order_relaxed);
        } while (now_ns() < until && !failed);
      });
    }
    for (std::thread& writer : writers) writer.join();
    if (failed) return Error(Errc::io, "a write failed");
    return Measurement{1e9 * static_cast<double>(puts) / static_cast<double>(now_ns() - begin)};
  };
}

}  // namespace

Question writers(unsigned count) {
  const auto stet = [count](StoreMode mode) {
    return [count, mode](const Setting& setting) { return stet_writers(count, mode, setting); };
  };
  return {"writers_" + std::to_string(count),
          "How many records a second are acknowledged if " + std::to_string(count) +
              " write, each waiting for its own?",
          "records/s",
          Better::higher,
          {{"stet", "", stet(StoreMode::journal)},
           {"stet_direct", "stet", stet(StoreMode::direct)},
           {"leveldb", "stet", threads_run(open_leveldb, 8)},
           {"rocksdb", "stet", threads_run(open_rocksdb, 8)},
           {"raw", "stet", threads_run(open_raw_append, 1)}}};
}

}  // namespace stet::bench
