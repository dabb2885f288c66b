// persistence/src/lmdb/lmdb_view.hpp - a View over one LMDB read transaction; see engine.hpp.
//
// Threads    One at a time.
// Ownership  Keeps the environment open.
#pragma once

#include <lmdb.h>

#include <filesystem>
#include <memory>
#include <string_view>
#include <utility>

#include "../engine.hpp"
#include "transaction.hpp"

namespace stet::detail {

class LmdbView final : public View {
 public:
  explicit LmdbView(std::shared_ptr<Environment> environment) noexcept
      : transaction_(std::move(environment)) {}
  // Before anything else; not 0: only drop it.
  [[nodiscard]] int begin() noexcept { return transaction_.begin(); }

  [[nodiscard]] std::uint64_t records() const noexcept { return transaction_.records(); }
  [[nodiscard]] CommitNumber number() const noexcept override { return transaction_.id(); }
  [[nodiscard]] Result<std::optional<std::string_view>> get(std::string_view key) const override;
  [[nodiscard]] Result<std::unique_ptr<Cursor>> scan(std::string_view from, std::string_view to,
                                                     Order order) const override;

 private:
  ReadTransaction transaction_;
};

// Takes `handle`, which is not yet placed. `directory` is for errors, and outlives it.
[[nodiscard]] std::unique_ptr<Cursor> make_lmdb_cursor(MDB_cursor* handle, std::string_view from,
                                                       std::string_view to, View::Order order,
                                                       const std::filesystem::path& directory);

}  // namespace stet::detail
