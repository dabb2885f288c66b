// benchmarks/persistence/lone_bench.cpp
// Question   How long does one durable change take, from its actor and back to it, if nobody else
//            writes?
// Measures   µs, p50: an actor sends a record to the store and hears that it is durable.
// Leaves out encoding (encode), company (writers_*).
// Floor      One thread wakes another, which appends a record to an LMDB environment, commits with
//            both flushes, and wakes the first.
// Expect     Within a tenth of the floor: two flushes and two wake-ups are the same in both.
#include <lmdb.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "../questions.hpp"
#include "../support/clock.hpp"
#include "stet_writers.hpp"

namespace stet::bench {
namespace {

class LmdbLog {
 public:
  ~LmdbLog() {
    if (environment_ != nullptr) mdb_env_close(environment_);
  }
  int open(const std::filesystem::path& directory) {
    int code = mdb_env_create(&environment_);
    if (code == 0) code = mdb_env_set_mapsize(environment_, std::size_t{4} << 30);
    if (code == 0) code = mdb_env_open(environment_, directory.c_str(), 0, 0600);
    MDB_txn* transaction = nullptr;
    if (code == 0) code = mdb_txn_begin(environment_, nullptr, 0, &transaction);
    if (code == 0) code = mdb_dbi_open(transaction, nullptr, 0, &tree_);
    return code == 0 ? mdb_txn_commit(transaction) : code;
  }
  int append(std::string& record) {
    MDB_txn* transaction = nullptr;
    std::uint64_t number = __builtin_bswap64(++last_);
    MDB_val key{sizeof(number), &number};
    MDB_val value{record.size(), record.data()};
    int code = mdb_txn_begin(environment_, nullptr, 0, &transaction);
    if (code == 0) code = mdb_put(transaction, tree_, &key, &value, MDB_APPEND);
    return code == 0 ? mdb_txn_commit(transaction) : code;
  }

 private:
  MDB_env* environment_ = nullptr;
  MDB_dbi tree_ = 0;
  std::uint64_t last_ = 0;
};

Result<Measurement> floor_of_lone(const Setting& setting) {
  LmdbLog log;
  if (int code = log.open(setting.directory)) {
    return Error(Errc::io, std::string("LMDB: ") + mdb_strerror(code), code);
  }
  std::atomic<std::uint32_t> asked{0};
  std::atomic<std::uint32_t> answered{0};
  std::atomic<int> failure{0};
  std::atomic<bool> stop{false};
  std::thread store([&] {
    std::string record(116, 'v');
    for (std::uint32_t seen = 0;; ++seen) {
      asked.wait(seen);
      if (stop) return;
      if (const int code = log.append(record)) failure = code;
      answered.fetch_add(1);
      answered.notify_one();
    }
  });
  std::vector<std::uint64_t> times;
  const std::uint64_t until = now_ns() + static_cast<std::uint64_t>(setting.seconds(2.0) * 1e9);
  std::uint32_t rounds = 0;
  do {
    const std::uint64_t begin = now_ns();
    asked.fetch_add(1);
    asked.notify_one();
    answered.wait(rounds);
    times.push_back(now_ns() - begin);
    ++rounds;
  } while (now_ns() < until && failure == 0);
  stop = true;
  asked.fetch_add(1);
  asked.notify_one();
  store.join();
  if (failure != 0) return Error(Errc::io, std::string("LMDB: ") + mdb_strerror(failure), failure);
  return Measurement{static_cast<double>(percentile(times, 0.5)) / 1e3,
                     {{"p99_us", static_cast<double>(percentile(times, 0.99)) / 1e3}}};
}

}  // namespace

Question lone() {
  return {"lone",
          "How long does a lone durable change take, from its actor and back (p50)?",
          "us",
          Better::lower,
          {{"stet", "",
            [](const Setting& setting) { return stet_writers(1, StoreMode::journal, setting); }},
           {"stet_direct", "stet",
            [](const Setting& setting) { return stet_writers(1, StoreMode::direct, setting); }},
           {"raw", "stet", floor_of_lone}}};
}

}  // namespace stet::bench
