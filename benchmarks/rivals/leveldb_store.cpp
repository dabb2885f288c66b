// benchmarks/rivals/leveldb_store.cpp - LevelDB behind the interface of the store benchmarks.
#include "leveldb_store.hpp"

#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include <utility>

namespace stet::bench {
namespace {

leveldb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

Result<void> told(const leveldb::Status& status) {
  if (status.ok()) return {};
  return Error(Errc::io, "LevelDB: " + status.ToString());
}

class LevelDbStore final : public DurableStore {
 public:
  explicit LevelDbStore(std::string directory) : directory_(std::move(directory)) {}

  Result<void> open() {
    leveldb::Options options;
    options.create_if_missing = true;
    options.compression = leveldb::kNoCompression;
    leveldb::DB* opened = nullptr;
    Result<void> done = told(leveldb::DB::Open(options, directory_, &opened));
    database_.reset(opened);
    return done;
  }
  Result<void> put(std::span<const DurableRecord> batch) override {
    leveldb::WriteBatch all;
    for (const DurableRecord& record : batch) all.Put(slice(record.key), slice(record.value));
    leveldb::WriteOptions options;
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
  std::unique_ptr<leveldb::DB> database_;
};

}  // namespace

Result<std::unique_ptr<DurableStore>> open_leveldb(const std::filesystem::path& directory) {
  auto store = std::make_unique<LevelDbStore>((directory / "leveldb").string());
  if (Result<void> done = store->open(); !done) return done.error();
  return std::unique_ptr<DurableStore>(std::move(store));
}

std::string leveldb_version() {
  return std::to_string(leveldb::kMajorVersion) + '.' + std::to_string(leveldb::kMinorVersion);
}

}  // namespace stet::bench
