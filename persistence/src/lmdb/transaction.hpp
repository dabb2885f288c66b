// persistence/src/lmdb/transaction.hpp - one read or write transaction, ended on destruction.
//
// Threads    WriteTransaction: begun, filled and committed by one thread in one go.
//            ReadTransaction: one at a time, any (the environment is opened with NOTLS).
// Ownership  A ReadTransaction keeps its environment; a WriteTransaction borrows it.
// Errors     Codes of LMDB; after a failed call of a WriteTransaction only drop it.
#pragma once

#include <lmdb.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "environment.hpp"

namespace stet::detail {

// LMDB's values are not const, but it only reads what it is given here.
[[nodiscard]] inline MDB_val to_val(std::string_view bytes) noexcept {
  return {bytes.size(), const_cast<char*>(bytes.data())};
}
[[nodiscard]] inline std::string_view to_view(const MDB_val& value) noexcept {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

class WriteTransaction {
 public:
  explicit WriteTransaction(Environment& environment) noexcept : environment_(environment) {}
  ~WriteTransaction() { drop(); }
  WriteTransaction(const WriteTransaction&) = delete;
  WriteTransaction& operator=(const WriteTransaction&) = delete;

  [[nodiscard]] int begin() noexcept;
  [[nodiscard]] int put(std::string_view key, std::string_view value) noexcept;
  // A key behind all others; its value is written into `room` before the next call.
  [[nodiscard]] int append(std::string_view key, std::size_t value_bytes, char*& room) noexcept;
  [[nodiscard]] int erase(std::string_view key) noexcept;  // No such key: 0.
  [[nodiscard]] int erase_range(std::string_view from, std::string_view to) noexcept;
  // At most so many records of it, which it subtracts. `next`: the first that is left, or `to`.
  [[nodiscard]] int erase_some(std::string_view from, std::string_view to, std::size_t& records_max,
                               std::string& next);
  // Ends the transaction, whatever it returns.
  [[nodiscard]] int commit() noexcept;

  // The number this commit gets, unless it turns out to change nothing.
  [[nodiscard]] std::uint64_t id() const noexcept { return id_; }

 private:
  // The first record there; MDB_NOTFOUND: none is left.
  [[nodiscard]] int erase_next(std::string_view from, std::string_view to, bool only_look,
                               std::string_view& found) noexcept;
  void drop() noexcept;

  Environment& environment_;
  MDB_txn* handle_ = nullptr;
  MDB_cursor* cursor_ = nullptr;
  std::uint64_t id_ = 0;
};

class ReadTransaction {
 public:
  explicit ReadTransaction(std::shared_ptr<Environment> environment) noexcept
      : environment_(std::move(environment)) {}
  ~ReadTransaction();
  ReadTransaction(const ReadTransaction&) = delete;
  ReadTransaction& operator=(const ReadTransaction&) = delete;

  // Clears the slots of dead processes and tries once more when all are taken.
  [[nodiscard]] int begin() noexcept;
  [[nodiscard]] int get(std::string_view key, std::string_view& value) const noexcept;
  [[nodiscard]] std::uint64_t records() const noexcept;
  [[nodiscard]] int open_cursor(MDB_cursor** cursor) const noexcept;

  [[nodiscard]] std::uint64_t id() const noexcept { return mdb_txn_id(handle_); }
  [[nodiscard]] const Environment& environment() const noexcept { return *environment_; }

 private:
  const std::shared_ptr<Environment> environment_;
  MDB_txn* handle_ = nullptr;
};

}  // namespace stet::detail
