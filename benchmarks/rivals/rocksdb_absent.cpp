// benchmarks/rivals/rocksdb_absent.cpp - stands in for rocksdb_store.cpp where RocksDB is not installed.
#include "rocksdb_store.hpp"

namespace stet::bench {

Result<std::unique_ptr<DurableStore>> open_rocksdb(const std::filesystem::path&) {
  return Error(Errc::unsupported, "RocksDB is not installed");
}
std::string rocksdb_version() { return {}; }

}  // namespace stet::bench
