// persistence/src/lmdb/foreign_environment.hpp - an LMDB environment that another process may write.
//
// Read-only, with one read transaction. Nothing is made: without a lock file nobody has it open, and
// none is taken.
//
// Threads    One.
// Errors     Codes of LMDB.
#pragma once

#include <lmdb.h>

#include <cstdint>
#include <filesystem>
#include <utility>

#include "../engine.hpp"
#include "../journal/key_ranges.hpp"

namespace stet::detail {

class ForeignEnvironment {
 public:
  explicit ForeignEnvironment(std::filesystem::path directory) : directory_(std::move(directory)) {}
  ~ForeignEnvironment();
  ForeignEnvironment(const ForeignEnvironment&) = delete;
  ForeignEnvironment& operator=(const ForeignEnvironment&) = delete;

  // Before anything else; not 0: only drop it. Begins the transaction too.
  [[nodiscard]] int open();

  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return directory_; }
  [[nodiscard]] MDB_env* handle() const noexcept { return handle_; }
  [[nodiscard]] MDB_txn* transaction() const noexcept { return transaction_; }
  [[nodiscard]] MDB_dbi records() const noexcept { return records_; }
  [[nodiscard]] std::uint64_t file_bytes() const noexcept { return file_bytes_; }

 private:
  [[nodiscard]] int open_with(unsigned flags, std::size_t map_bytes);

  const std::filesystem::path directory_;
  std::uint64_t file_bytes_ = 0;
  MDB_env* handle_ = nullptr;
  MDB_txn* transaction_ = nullptr;
  MDB_dbi records_ = 0;
};

// Its records, as a View. `environment` outlives it.
class ForeignView final : public View {
 public:
  explicit ForeignView(const ForeignEnvironment& environment) noexcept
      : environment_(environment) {}
  // Of a state, before anything else: hides what is pending there. Errors: corrupt.
  [[nodiscard]] Result<void> hide_pending();
  // Of the environment, less what is hidden; walks over that.
  [[nodiscard]] Result<std::uint64_t> records() const;

  [[nodiscard]] CommitNumber number() const noexcept override;
  [[nodiscard]] Result<std::optional<std::string_view>> get(std::string_view key) const override;
  [[nodiscard]] Result<std::unique_ptr<Cursor>> scan(std::string_view from, std::string_view to,
                                                     Order order) const override;

 private:
  const ForeignEnvironment& environment_;
  KeyRanges pending_;
};

}  // namespace stet::detail
