// benchmarks/rivals/leveldb_store.cpp - LevelDB behind the interface of the store benchmarks.
#include "leveldb_store.hpp"

#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include "log_structured_store.hpp"

namespace stet::bench {
namespace {

struct Api {
  using Db = leveldb::DB;
  using Options = leveldb::Options;
  using Status = leveldb::Status;
  using Slice = leveldb::Slice;
  using WriteBatch = leveldb::WriteBatch;
  using WriteOptions = leveldb::WriteOptions;
  static constexpr auto uncompressed = leveldb::kNoCompression;
  static constexpr const char* name = "LevelDB";
};

}  // namespace

Result<std::unique_ptr<DurableStore>> open_leveldb(const std::filesystem::path& directory) {
  return open_log_structured<Api>(directory);
}

std::string leveldb_version() {
  return std::to_string(leveldb::kMajorVersion) + '.' + std::to_string(leveldb::kMinorVersion);
}

}  // namespace stet::bench
