// benchmarks/rivals/rocksdb_store.cpp - RocksDB behind the interface of the store benchmarks.
#include "rocksdb_store.hpp"

#include <rocksdb/db.h>
#include <rocksdb/version.h>
#include <rocksdb/write_batch.h>

#include "log_structured_store.hpp"

namespace stet::bench {
namespace {

struct Api {
  using Db = rocksdb::DB;
  using Options = rocksdb::Options;
  using Status = rocksdb::Status;
  using Slice = rocksdb::Slice;
  using WriteBatch = rocksdb::WriteBatch;
  using WriteOptions = rocksdb::WriteOptions;
  static constexpr auto uncompressed = rocksdb::kNoCompression;
  static constexpr const char* name = "RocksDB";
};

}  // namespace

Result<std::unique_ptr<DurableStore>> open_rocksdb(const std::filesystem::path& directory) {
  return open_log_structured<Api>(directory);
}

std::string rocksdb_version() {
  return std::to_string(ROCKSDB_MAJOR) + '.' + std::to_string(ROCKSDB_MINOR);
}

}  // namespace stet::bench
