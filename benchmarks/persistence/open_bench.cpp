// benchmarks/persistence/open_bench.cpp
// Question   How fast can a store be opened and read from end to end? And how soon does it serve if
//            its journal is as full as it may be?
// Measures   open_scan: records/s over a million, from Store::open() to the last record of a view.
//            serving: ms from Store::open() to the first answered Get, with 64 MiB in the journal
//            that no fold has seen.
// Leaves out a cold page cache: what was just written is still in memory.
// Floor      open_scan: mdb_env_open() and a cursor over the same records, nothing copied. serving: a
//            file of as many records read into memory and searched from its end.
// Expect     Four fifths of the floor's scan, and two seconds.
#include <lmdb.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <stet/persistence/detail/store_link.hpp>
#include <stet/persistence/store.hpp>
#include <stet/persistence/store_messages.hpp>
#include <stet/persistence/store_view.hpp>

#include "../questions.hpp"
#include "../support/clock.hpp"
#include "../support/stet_system.hpp"
#include "sample_records.hpp"

namespace stet::bench {
namespace {

constexpr std::chrono::seconds patience{60};
constexpr std::uint64_t batch_records = 10'000;

double seconds_since(std::uint64_t begin_ns) {
  return static_cast<double>(now_ns() - begin_ns) * 1e-9;
}

// A store with a System around it, from its opening to its end.
class OpenStore {
 public:
  OpenStore(const std::filesystem::path& directory, StoreMode mode,
            std::size_t journal_bytes = StoreOptions{}.journal_bytes)
      : system_(with_workers(1)) {
    StoreOptions options;
    options.engine = EngineChoice::lmdb(directory);
    options.mode = mode;
    options.journal_bytes = journal_bytes;
    Result<Store> store = Store::open(system_, std::move(options));
    if (store) {
      store_.emplace(std::move(store).value());
    } else {
      error_ = store.error();
    }
  }
  [[nodiscard]] const Store* get() const { return store_ ? &*store_ : nullptr; }
  [[nodiscard]] const Error& error() const { return error_; }
  [[nodiscard]] Result<void> put(const std::vector<std::uint64_t>& indexes) const {
    InsertBatch message;
    message.records.reserve(indexes.size());
    for (const std::uint64_t index : indexes) {
      message.records.push_back({sample_key(index), sample_value(index)});
    }
    Result<Ack> stored = store_->link()->insert_batch.ask(std::move(message)).get(patience);
    if (!stored) return stored.error();
    return {};
  }
  [[nodiscard]] Result<void> close() { return end(system_); }

 private:
  System system_;
  std::optional<Store> store_{};
  Error error_{};
};

Result<void> fill_stet(const std::filesystem::path& directory, StoreMode mode,
                       std::uint64_t records) {
  OpenStore store(directory, mode);
  if (store.get() == nullptr) return store.error();
  std::vector<std::uint64_t> indexes;
  for (std::uint64_t index = 0; index < records; ++index) {
    indexes.push_back(index);
    if (indexes.size() < batch_records && index + 1 < records) continue;
    if (Result<void> done = store.put(indexes); !done) return done;
    indexes.clear();
  }
  return store.close();
}

Result<Measurement> scanned(const SampleSum& seen, std::uint64_t records, double open_seconds,
                            double seconds) {
  if (!(seen == SampleSum::of_first(records))) {
    return Error(Errc::corrupt, "the scan saw " + std::to_string(seen.count) + " records of " +
                                    std::to_string(records) + ", or others");
  }
  return Measurement{
      static_cast<double>(records) / seconds,
      {{"open_ms", open_seconds * 1e3}, {"scan_ms", (seconds - open_seconds) * 1e3}}};
}

Run scan_of_stet(StoreMode mode) {
  return [mode](const Setting& setting) -> Result<Measurement> {
    const std::uint64_t records = setting.count(1'000'000);
    const std::filesystem::path directory = setting.directory / "store";
    if (Result<void> done = fill_stet(directory, mode, records); !done) return done.error();
    SampleSum seen;
    const std::uint64_t begin = now_ns();
    OpenStore store(directory, mode);
    if (store.get() == nullptr) return store.error();
    const double open_seconds = seconds_since(begin);
    const Result<StoreView> view = store.get()->view(patience);
    if (!view) return view.error();
    const Result<void> read = view->visit("//bench", [&seen](auto key, auto value) {
      seen.add(key, value);
      return true;
    });
    if (!read) return read.error();
    const double seconds = seconds_since(begin);
    view->end();
    if (Result<void> ended = store.close(); !ended) return ended.error();
    return scanned(seen, records, open_seconds, seconds);
  };
}

class ScannedLmdb {
 public:
  explicit ScannedLmdb(std::string directory) : directory_(std::move(directory)) {}
  ~ScannedLmdb() { close(); }
  void close() {
    if (environment_ != nullptr) mdb_env_close(environment_);
    environment_ = nullptr;
  }
  int open() {
    int code = mdb_env_create(&environment_);
    if (code == 0) code = mdb_env_set_mapsize(environment_, std::size_t{4} << 30);
    if (code == 0) code = mdb_env_open(environment_, directory_.c_str(), 0, 0600);
    return code;
  }
  int put(std::uint64_t from, std::uint64_t to) {
    MDB_txn* transaction = nullptr;
    MDB_dbi tree = 0;
    int code = mdb_txn_begin(environment_, nullptr, 0, &transaction);
    if (code == 0) code = mdb_dbi_open(transaction, nullptr, 0, &tree);
    for (std::uint64_t index = from; index < to && code == 0; ++index) {
      std::string key_text = sample_key(index);
      std::string value_text = sample_value(index);
      MDB_val key{key_text.size(), key_text.data()};
      MDB_val value{value_text.size(), value_text.data()};
      code = mdb_put(transaction, tree, &key, &value, 0);
    }
    return code == 0 ? mdb_txn_commit(transaction) : code;
  }
  int scan(SampleSum& seen) {
    MDB_txn* transaction = nullptr;
    MDB_dbi tree = 0;
    MDB_cursor* cursor = nullptr;
    int code = mdb_txn_begin(environment_, nullptr, MDB_RDONLY, &transaction);
    if (code == 0) code = mdb_dbi_open(transaction, nullptr, 0, &tree);
    if (code == 0) code = mdb_cursor_open(transaction, tree, &cursor);
    const auto text = [](const MDB_val& bytes) {
      return std::string_view(static_cast<const char*>(bytes.mv_data), bytes.mv_size);
    };
    MDB_val key{};
    MDB_val value{};
    while (code == 0 && (code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
      seen.add(text(key), text(value));
    }
    mdb_txn_abort(transaction);
    return code == MDB_NOTFOUND ? 0 : code;
  }

 private:
  const std::string directory_;
  MDB_env* environment_ = nullptr;
};

Result<Measurement> scan_of_lmdb(const Setting& setting) {
  const std::uint64_t records = setting.count(1'000'000);
  ScannedLmdb lmdb(setting.directory.string());
  int code = lmdb.open();
  for (std::uint64_t at = 0; at < records && code == 0; at += batch_records) {
    code = lmdb.put(at, std::min(records, at + batch_records));
  }
  lmdb.close();
  SampleSum seen;
  const std::uint64_t begin = now_ns();
  if (code == 0) code = lmdb.open();
  const double open_seconds = seconds_since(begin);
  if (code == 0) code = lmdb.scan(seen);
  const double seconds = seconds_since(begin);
  if (code != 0) return Error(Errc::io, std::string("LMDB: ") + mdb_strerror(code), code);
  return scanned(seen, records, open_seconds, seconds);
}

constexpr std::uint64_t keys = 1'000'000;

Result<Measurement> serving_of_stet(const Setting& setting) {
  const std::size_t full = setting.quick ? std::size_t{1} << 20 : StoreOptions{}.journal_bytes;
  const std::filesystem::path directory = setting.directory / "store";
  SampleRandom random(1);
  std::uint64_t last = 0;
  {
    // With a bound so far away that no fold begins, and ended as soon as there is enough.
    OpenStore store(directory, StoreMode::journal, 4 * full);
    if (store.get() == nullptr) return store.error();
    std::vector<std::uint64_t> indexes;
    while (store.get()->stats().journal_bytes < full) {
      indexes.clear();
      for (int i = 0; i < 1000; ++i) indexes.push_back(random.below(keys));
      last = indexes.back();
      if (Result<void> done = store.put(indexes); !done) return done.error();
    }
    if (store.get()->stats().folds != 0) return Error(Errc::corrupt, "the journal was folded");
    if (Result<void> ended = store.close(); !ended) return ended.error();
  }
  const std::uint64_t begin = now_ns();
  OpenStore store(directory, StoreMode::journal, full);
  if (store.get() == nullptr) return store.error();
  const double open_seconds = seconds_since(begin);
  const auto found = store.get()->link()->get.ask(sample_key(last)).get(patience);
  const double seconds = seconds_since(begin);
  if (!found) return found.error();
  if (*found != sample_value(last)) return Error(Errc::corrupt, "another record was served");
  if (Result<void> ended = store.close(); !ended) return ended.error();
  return Measurement{seconds * 1e3, {{"open_ms", open_seconds * 1e3}}};
}

Result<Measurement> serving_of_file(const Setting& setting) {
  const std::string file = (setting.directory / "records").string();
  const std::size_t full = setting.quick ? std::size_t{1} << 20 : StoreOptions{}.journal_bytes;
  SampleRandom random(1);
  const std::uint64_t first = random.below(keys);
  std::uint64_t latest = 0;  // The first record's key, written again: where in the file.
  {
    std::ofstream out(file, std::ios::binary);
    std::uint64_t index = first;
    for (std::uint64_t i = 0; i * sample_bytes < full; ++i, index = random.below(keys)) {
      if (index == first) latest = i;
      out << sample_key(index) << sample_value(index);
    }
    if (!out.flush()) return Error(Errc::io, "write " + file);
  }
  const std::string key = sample_key(first);
  const std::uint64_t begin = now_ns();
  std::string bytes(std::filesystem::file_size(file), '\0');
  if (!std::ifstream(file, std::ios::binary)
           .read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
    return Error(Errc::io, "read " + file);
  }
  std::size_t at = bytes.size();
  do {
    at -= sample_bytes;
  } while (at > 0 && std::memcmp(bytes.data() + at, key.data(), key.size()) != 0);
  const double seconds = seconds_since(begin);
  if (at != latest * sample_bytes) return Error(Errc::corrupt, "another record was found");
  return Measurement{seconds * 1e3};
}

}  // namespace

Question open_scan() {
  return {"open_scan",
          "How many records a second does it read who opens a store of a million and scans it?",
          "records/s",
          Better::higher,
          {{"stet", "", scan_of_stet(StoreMode::journal)},
           {"stet_direct", "stet", scan_of_stet(StoreMode::direct)},
           {"raw", "stet", scan_of_lmdb}}};
}

Question serving() {
  return {"serving",
          "How long after its opening does a store serve whose journal is full?",
          "ms",
          Better::lower,
          {{"stet", "", serving_of_stet}, {"raw", "stet", serving_of_file}}};
}

}  // namespace stet::bench
