// benchmarks/rivals/leveldb_absent.cpp - stands in for leveldb_store.cpp where LevelDB is not installed.
#include "leveldb_store.hpp"

namespace stet::bench {

Result<std::unique_ptr<DurableStore>> open_leveldb(const std::filesystem::path&) {
  return Error(Errc::unsupported, "LevelDB is not installed");
}
std::string leveldb_version() { return {}; }

}  // namespace stet::bench
