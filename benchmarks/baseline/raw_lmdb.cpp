// benchmarks/baseline/raw_lmdb.cpp - puts in one transaction a batch, nothing in between.
#include "raw_lmdb.hpp"

#include <lmdb.h>

namespace stet::bench {
namespace {

constexpr std::size_t map_bytes = std::size_t{8} << 30;  // Far above what a run writes.

Error failed(const char* where, int code) {
  return Error(Errc::io, std::string(where) + ": " + mdb_strerror(code), code);
}

MDB_val view_of(std::string_view bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};  // LMDB only reads keys and values.
}

class RawLmdb final : public DurableStore {
 public:
  explicit RawLmdb(std::string directory) : directory_(std::move(directory)) {}
  ~RawLmdb() override { close(); }

  Result<void> open() {
    if (int code = mdb_env_create(&environment_)) return failed("mdb_env_create", code);
    if (int code = mdb_env_set_mapsize(environment_, map_bytes)) return failed("mapsize", code);
    if (int code = mdb_env_open(environment_, directory_.c_str(), 0, 0600)) {
      return failed("mdb_env_open", code);
    }
    MDB_txn* transaction = nullptr;
    if (int code = mdb_txn_begin(environment_, nullptr, 0, &transaction)) {
      return failed("mdb_txn_begin", code);
    }
    if (int code = mdb_dbi_open(transaction, nullptr, 0, &tree_)) {
      mdb_txn_abort(transaction);
      return failed("mdb_dbi_open", code);
    }
    if (int code = mdb_txn_commit(transaction)) return failed("mdb_txn_commit", code);
    return {};
  }

  Result<void> put(std::span<const DurableRecord> batch) override {
    MDB_txn* transaction = nullptr;
    if (int code = mdb_txn_begin(environment_, nullptr, 0, &transaction)) {
      return failed("mdb_txn_begin", code);
    }
    for (const DurableRecord& record : batch) {
      MDB_val key = view_of(record.key);
      MDB_val value = view_of(record.value);
      if (int code = mdb_put(transaction, tree_, &key, &value, 0)) {
        mdb_txn_abort(transaction);
        return failed("mdb_put", code);
      }
    }
    if (int code = mdb_txn_commit(transaction)) return failed("mdb_txn_commit", code);
    return {};
  }

  Result<void> reopen() override {
    close();
    return open();
  }

  Result<std::string> get(std::string_view wanted) override {
    MDB_txn* transaction = nullptr;
    if (int code = mdb_txn_begin(environment_, nullptr, MDB_RDONLY, &transaction)) {
      return failed("mdb_txn_begin", code);
    }
    MDB_val key = view_of(wanted);
    MDB_val value{};
    const int code = mdb_get(transaction, tree_, &key, &value);
    std::string found;
    if (code == 0) found.assign(static_cast<const char*>(value.mv_data), value.mv_size);
    mdb_txn_abort(transaction);
    if (code != 0) return failed("mdb_get", code);
    return found;
  }

 private:
  void close() {
    if (environment_ != nullptr) mdb_env_close(environment_);
    environment_ = nullptr;
  }

  std::string directory_;
  MDB_env* environment_ = nullptr;
  MDB_dbi tree_ = 0;
};

}  // namespace

Result<std::unique_ptr<DurableStore>> open_raw_lmdb(const std::filesystem::path& directory) {
  auto store = std::make_unique<RawLmdb>(directory.string());
  if (Result<void> done = store->open(); !done) return done.error();
  return std::unique_ptr<DurableStore>(std::move(store));
}

std::string raw_lmdb_version() {
  return std::to_string(MDB_VERSION_MAJOR) + '.' + std::to_string(MDB_VERSION_MINOR) + '.' +
         std::to_string(MDB_VERSION_PATCH);
}

}  // namespace stet::bench
