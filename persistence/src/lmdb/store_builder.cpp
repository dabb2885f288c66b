// persistence/src/lmdb/store_builder.cpp - batches in the order of their keys.
#include "store_builder.hpp"

#include <utility>
#include <vector>

#include "errors.hpp"
#include "generation.hpp"
#include "transaction.hpp"

namespace stet::detail {
namespace {

constexpr std::size_t builder_map_bytes = std::size_t{1} << 30;
constexpr std::size_t builder_map_bytes_max = std::size_t{1} << 40;

}  // namespace

StoreBuilder::StoreBuilder(std::shared_ptr<Environment> state, std::uint64_t own_records) noexcept
    : state_(std::move(state)), own_records_(own_records) {}

Result<StoreBuilder> StoreBuilder::begin(const std::filesystem::path& directory, StoreMode mode) {
  if (Result<void> made = create_first_generation(directory, mode); !made) {
    return std::move(made).error();
  }
  Result<std::shared_ptr<Environment>> state =
      Environment::open({.directory = state_path(directory, 1),
                         .map_bytes = builder_map_bytes,
                         .readers_max = 8,
                         .grow_wait = std::chrono::milliseconds(0)},
                        nullptr);
  if (!state) return std::move(state).error();
  const std::uint64_t own = (*state)->info().records;
  return StoreBuilder(std::move(state).value(), own);
}

Result<void> StoreBuilder::put(std::string_view key, std::string_view value) {
  batch_.insert_or_assign(std::string(key), std::string(value));
  batch_bytes_ += key.size() + value.size();
  return batch_bytes_ < batch_bytes_max ? Result<void>() : write_batch();
}

Result<std::optional<std::string>> StoreBuilder::get(std::string_view key) {
  if (const auto found = batch_.find(key); found != batch_.end()) {
    return std::optional(found->second);
  }
  ReadTransaction transaction(state_);
  std::string_view value;
  int code = transaction.begin();
  if (code == 0) code = transaction.get(key, value);
  if (code == MDB_NOTFOUND) return std::optional<std::string>();
  if (code != 0) return lmdb_error(code, "salvage", state_->directory());
  return std::optional(std::string(value));
}

Result<void> StoreBuilder::apply(std::span<const Operation> operations) {
  if (Result<void> done = write_batch(); !done) return done;
  return write(operations);
}

Result<void> StoreBuilder::write_batch() {
  std::vector<Operation> operations;
  operations.reserve(batch_.size());
  for (const auto& [key, value] : batch_) operations.push_back(Operation::put(key, value));
  if (Result<void> done = write(operations); !done) return done;
  batch_.clear();
  batch_bytes_ = 0;
  return {};
}

Result<void> StoreBuilder::write(std::span<const Operation> operations) {
  if (operations.empty()) return {};
  state_->set_flush_meta(false);  // A power cut before the end costs nothing that was promised.
  int code = try_write(operations);
  // Bounded: each round doubles the map, up to its bound.
  while (code == MDB_MAP_FULL && state_->grow(builder_map_bytes_max)) code = try_write(operations);
  return code == 0 ? Result<void>() : lmdb_error(code, "salvage", state_->directory());
}

int StoreBuilder::try_write(std::span<const Operation> operations) {
  WriteTransaction transaction(*state_);
  int code = transaction.begin();
  for (const Operation& each : operations) {
    if (code != 0) return code;
    switch (each.kind) {
      case Operation::Kind::put: code = transaction.put(each.key, each.value); break;
      case Operation::Kind::erase: code = transaction.erase(each.key); break;
      case Operation::Kind::erase_range:
        code = transaction.erase_range(each.key, each.value);
        break;
    }
  }
  return code == 0 ? transaction.commit() : code;
}

Result<std::uint64_t> StoreBuilder::finish() {
  if (Result<void> done = write_batch(); !done) return std::move(done).error();
  if (const int code = state_->sync(); code != 0) {
    return lmdb_error(code, "flush", state_->directory());
  }
  return state_->info().records - own_records_;
}

}  // namespace stet::detail
