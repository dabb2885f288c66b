// persistence/src/lmdb/store_builder.hpp - a new store filled in one go, without an engine's threads.
//
// Threads    One.
// Ownership  The directory is empty and the caller's alone; nobody sees it before finish().
// Errors     disk_full, map_full, io: the target is useless.
// Bounds     Gathers batch_bytes_max before it writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <stet/runtime/result.hpp>

#include "../engine.hpp"
#include "environment.hpp"
#include "lmdb_engine.hpp"

namespace stet::detail {

class StoreBuilder {
 public:
  static constexpr std::size_t batch_bytes_max = std::size_t{4} << 20;

  [[nodiscard]] static Result<StoreBuilder> begin(const std::filesystem::path& directory,
                                                  StoreMode mode);

  [[nodiscard]] Result<void> put(std::string_view key, std::string_view value);
  // What was put there before; copied.
  [[nodiscard]] Result<std::optional<std::string>> get(std::string_view key);
  [[nodiscard]] Result<void> apply(std::span<const Operation> operations);
  // Everything is durable. The number of records, the engine's own left out.
  [[nodiscard]] Result<std::uint64_t> finish();

 private:
  explicit StoreBuilder(std::shared_ptr<Environment> state, std::uint64_t own_records) noexcept;
  [[nodiscard]] Result<void> write(std::span<const Operation> operations);
  [[nodiscard]] int try_write(std::span<const Operation> operations);
  [[nodiscard]] Result<void> write_batch();

  std::shared_ptr<Environment> state_;
  std::uint64_t own_records_;
  std::map<std::string, std::string, std::less<>> batch_;
  std::size_t batch_bytes_ = 0;
};

}  // namespace stet::detail
