// persistence/src/lmdb/lmdb_view.hpp - a View over one LMDB read transaction; see engine.hpp.
//
// What is pending (pending_ranges.hpp) is not shown; a scan steps over each such range at once.
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
#include "../journal/key_ranges.hpp"
#include "transaction.hpp"

namespace stet::detail {

class LmdbView final : public View {
 public:
  explicit LmdbView(std::shared_ptr<Environment> environment) noexcept
      : transaction_(std::move(environment)) {}
  // Before anything else; not 0: only drop it. Throws bad_alloc.
  [[nodiscard]] int begin();

  // Walks over what is pending.
  [[nodiscard]] Result<std::uint64_t> records() const;
  [[nodiscard]] CommitNumber number() const noexcept override { return transaction_.id(); }
  [[nodiscard]] Result<std::optional<std::string_view>> get(std::string_view key) const override;
  [[nodiscard]] Result<std::unique_ptr<Cursor>> scan(std::string_view from, std::string_view to,
                                                     Order order) const override;

 private:
  ReadTransaction transaction_;
  KeyRanges pending_;
};

// Takes `handle`, which is not yet placed. What `hidden` covers is left out. `directory`, which is for
// errors, and `hidden` outlive it.
[[nodiscard]] std::unique_ptr<Cursor> make_lmdb_cursor(MDB_cursor* handle, std::string_view from,
                                                       std::string_view to, View::Order order,
                                                       const std::filesystem::path& directory,
                                                       const KeyRanges& hidden);

}  // namespace stet::detail
