// benchmarks/rivals/rocksdb_store.cpp - RocksDB behind the interface of the store benchmarks.
#include "rocksdb_store.hpp"

#include <rocksdb/db.h>
#include <rocksdb/version.h>
#include <rocksdb/write_batch.h>

#include <utility>

namespace stet::bench {
namespace {

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

Result<void> told(const rocksdb::Status& status) {
  if (status.ok()) return {};
  return Error(Errc::io, "RocksDB: " + status.ToString());
}

class RocksDbStore final : public DurableStore {
 public:
  explicit RocksDbStore(std::string directory) : directory_(std::move(directory)) {}

  Result<void> open() {
    rocksdb::Options options;
    options.create_if_missing = true;
    options.compression = rocksdb::kNoCompression;
    rocksdb::DB* opened = nullptr;
    Result<void> done = told(rocksdb::DB::Open(options, directory_, &opened));
    database_.reset(opened);
    return done;
  }
  Result<void> put(std::span<const DurableRecord> batch) override {
    rocksdb::WriteBatch all;
    for (const DurableRecord& record : batch) all.Put(slice(record.key), slice(record.value));
    rocksdb::WriteOptions options;
    options.sync = true;
    return told(database_->Write(options, &all));
  }
  Result<void> reopen() override {
    database_.reset();
    return open();
  }
  Result<std::string> get(std::string_view key) override {
    std::string value;
    if (Result<void> done = told(database_->Get({}, slice(key), &value)); !done) {
      return done.error();
    }
    return value;
  }

 private:
  const std::string directory_;
  std::unique_ptr<rocksdb::DB> database_;
};

}  // namespace

Result<std::unique_ptr<DurableStore>> open_rocksdb(const std::filesystem::path& directory) {
  auto store = std::make_unique<RocksDbStore>((directory / "rocksdb").string());
  if (Result<void> done = store->open(); !done) return done.error();
  return std::unique_ptr<DurableStore>(std::move(store));
}

std::string rocksdb_version() {
  return std::to_string(ROCKSDB_MAJOR) + '.' + std::to_string(ROCKSDB_MINOR);
}

}  // namespace stet::bench
