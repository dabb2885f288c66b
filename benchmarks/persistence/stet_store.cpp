// benchmarks/persistence/stet_store.cpp - batches through the store actor, one at a time.
#include "stet_store.hpp"

#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include <stet/persistence/codec.hpp>
#include <stet/persistence/data_store.hpp>
#include <stet/persistence/record_format.hpp>
#include <stet/persistence/store.hpp>
#include <stet/persistence/store_messages.hpp>

#include "../support/stet_system.hpp"

namespace stet::bench {
namespace {

constexpr std::chrono::seconds patience{60};

class StetStore final : public DurableStore {
 public:
  StetStore(std::filesystem::path directory, StoreMode mode, std::size_t journal_bytes)
      : directory_(std::move(directory)), mode_(mode), journal_bytes_(journal_bytes) {}

  Result<void> open() {
    // One worker: nothing runs on it, the store has a thread of its own.
    system_.emplace(with_workers(1));
    StoreOptions options;
    options.engine = EngineChoice::lmdb(directory_);
    options.mode = mode_;
    options.journal_bytes = journal_bytes_;
    options.program = "stet-bench";
    Result<Store> store = Store::open(*system_, std::move(options));
    if (!store) return store.error();
    store_.emplace(std::move(store).value());
    return {};
  }

  Result<void> put(std::span<const DurableRecord> batch) override {
    InsertBatch message;
    message.records.reserve(batch.size());
    for (const DurableRecord& record : batch) {
      message.records.push_back({std::string(record.key), encoded(record)});
    }
    message.durability = Durability::durable;
    Result<Ack> stored = store_->link()->insert_batch.ask(std::move(message)).get(patience);
    if (!stored) return stored.error();
    return {};
  }

  Result<void> reopen() override {
    store_.reset();
    if (Result<void> ended = end(*system_); !ended) return ended;
    system_.reset();
    return open();
  }

  Result<std::string> get(std::string_view key) override {
    const Result<std::optional<std::string>> found =
        store_->link()->get.ask(std::string(key)).get(patience);
    if (!found) return found.error();
    if (!found->has_value()) return Error(Errc::not_found, std::string(key));
    const Result<RecordView> record = parse_record(key, **found);
    if (!record) return record.error();
    std::string value;
    if (Result<void> read = decode(record->payload, value); !read) return read.error();
    return value;
  }

 private:
  // As a Repository writes it: header, checksum, the value as MessagePack.
  std::string encoded(const DurableRecord& record) {
    buffer_.clear();
    RecordHeader header;
    header.revision = ++revision_;
    encode_record(
        record.key, header, [&](Buffer& to) { stet::encode(std::string(record.value), to); },
        buffer_);
    return std::string(buffer_.view());
  }

  const std::filesystem::path directory_;
  const StoreMode mode_;
  const std::size_t journal_bytes_;
  std::optional<System> system_{};
  std::optional<Store> store_{};
  Buffer buffer_{};
  std::uint64_t revision_ = 0;
};

Result<std::unique_ptr<DurableStore>> open_with(
    const std::filesystem::path& directory, StoreMode mode,
    std::size_t journal_bytes = StoreOptions{}.journal_bytes) {
  auto store = std::make_unique<StetStore>(directory / "store", mode, journal_bytes);
  if (Result<void> done = store->open(); !done) return done.error();
  return std::unique_ptr<DurableStore>(std::move(store));
}

}  // namespace

Result<std::unique_ptr<DurableStore>> open_stet_store(const std::filesystem::path& directory) {
  return open_with(directory, StoreMode::direct);
}

Result<std::unique_ptr<DurableStore>> open_stet_journal_store(
    const std::filesystem::path& directory) {
  return open_with(directory, StoreMode::journal);
}

Result<std::unique_ptr<DurableStore>> open_stet_journal_store_with(
    const std::filesystem::path& directory, std::size_t journal_bytes) {
  return open_with(directory, StoreMode::journal, journal_bytes);
}

}  // namespace stet::bench
