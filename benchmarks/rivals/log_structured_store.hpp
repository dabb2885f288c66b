// benchmarks/rivals/log_structured_store.hpp - LevelDB and RocksDB, whose interfaces are one, behind
// that of the store benchmarks.
//
// Api     What a library calls its types: Db, Options, Status, Slice, WriteBatch, WriteOptions, and
//         `uncompressed`, `name`.
// Threads put(): any. The rest: one.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "../baseline/durable_store.hpp"

namespace stet::bench {

template <class Api>
class LogStructuredStore final : public DurableStore {
 public:
  explicit LogStructuredStore(std::string directory) : directory_(std::move(directory)) {}

  Result<void> open() {
    typename Api::Options options;
    options.create_if_missing = true;
    options.compression = Api::uncompressed;
    typename Api::Db* opened = nullptr;
    Result<void> done = told(Api::Db::Open(options, directory_, &opened));
    database_.reset(opened);
    return done;
  }
  Result<void> put(std::span<const DurableRecord> batch) override {
    typename Api::WriteBatch all;
    for (const DurableRecord& record : batch) all.Put(slice(record.key), slice(record.value));
    typename Api::WriteOptions options;
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
  static typename Api::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
  static Result<void> told(const typename Api::Status& status) {
    if (status.ok()) return {};
    return Error(Errc::io, std::string(Api::name) + ": " + status.ToString());
  }

  const std::string directory_;
  std::unique_ptr<typename Api::Db> database_;
};

template <class Api>
[[nodiscard]] Result<std::unique_ptr<DurableStore>> open_log_structured(
    const std::filesystem::path& directory) {
  auto store = std::make_unique<LogStructuredStore<Api>>((directory / Api::name).string());
  if (Result<void> done = store->open(); !done) return done.error();
  return std::unique_ptr<DurableStore>(std::move(store));
}

}  // namespace stet::bench
