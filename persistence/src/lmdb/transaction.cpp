// persistence/src/lmdb/transaction.cpp - what an operation does in LMDB.
#include "transaction.hpp"

namespace stet::detail {

int WriteTransaction::begin() noexcept {
  int code = mdb_txn_begin(environment_.handle(), nullptr, 0, &handle_);
  if (code != 0) {
    handle_ = nullptr;
    return code;
  }
  id_ = mdb_txn_id(handle_);
  // One cursor for all operations: the next key is often on the page where it stands.
  code = mdb_cursor_open(handle_, environment_.records(), &cursor_);
  if (code != 0) cursor_ = nullptr;
  return code;
}

int WriteTransaction::put(std::string_view key, std::string_view value) noexcept {
  MDB_val lmdb_key = to_val(key);
  MDB_val lmdb_value = to_val(value);
  return mdb_cursor_put(cursor_, &lmdb_key, &lmdb_value, 0);
}

int WriteTransaction::append(std::string_view key, std::size_t value_bytes, char*& room) noexcept {
  MDB_val lmdb_key = to_val(key);
  MDB_val lmdb_value{value_bytes, nullptr};
  const int code = mdb_cursor_put(cursor_, &lmdb_key, &lmdb_value, MDB_APPEND | MDB_RESERVE);
  if (code == 0) room = static_cast<char*>(lmdb_value.mv_data);
  return code;
}

int WriteTransaction::erase(std::string_view key) noexcept {
  MDB_val lmdb_key = to_val(key);
  const int code = mdb_cursor_get(cursor_, &lmdb_key, nullptr, MDB_SET);
  if (code == MDB_NOTFOUND) return 0;
  return code != 0 ? code : mdb_cursor_del(cursor_, 0);
}

int WriteTransaction::erase_next(std::string_view from, std::string_view to, bool only_look,
                                 std::string_view& found) noexcept {
  // Found anew after each erase: that does not depend on where LMDB leaves a cursor when pages
  // merge, and stays on the cursor's page as long as it can.
  MDB_val key = to_val(from);
  MDB_val value{};
  const int code = mdb_cursor_get(cursor_, &key, &value, MDB_SET_RANGE);
  if (code != 0) return code;
  found = to_view(key);
  if (!(found < to)) return MDB_NOTFOUND;
  return only_look ? 0 : mdb_cursor_del(cursor_, 0);
}

int WriteTransaction::erase_range(std::string_view from, std::string_view to) noexcept {
  std::string_view found;
  int code = 0;
  while (code == 0) code = erase_next(from, to, false, found);  // Each round erases a record.
  return code == MDB_NOTFOUND ? 0 : code;
}

int WriteTransaction::erase_some(std::string_view from, std::string_view to,
                                 std::size_t& records_max, std::string& next) {
  std::string_view found;
  int code = 0;
  for (; records_max > 0; --records_max) {
    if (code = erase_next(from, to, false, found); code != 0) break;
  }
  if (code == 0) code = erase_next(from, to, true, found);
  if (code != 0 && code != MDB_NOTFOUND) return code;
  next = code == 0 ? found : to;
  return 0;
}

int WriteTransaction::commit() noexcept {
  mdb_cursor_close(cursor_);
  cursor_ = nullptr;
  // LMDB frees the transaction also when the commit fails.
  return mdb_txn_commit(std::exchange(handle_, nullptr));
}

void WriteTransaction::drop() noexcept {
  // LMDB 0.9 wants a write transaction's cursors closed before it ends.
  if (cursor_ != nullptr) mdb_cursor_close(std::exchange(cursor_, nullptr));
  if (handle_ != nullptr) mdb_txn_abort(std::exchange(handle_, nullptr));
}

ReadTransaction::~ReadTransaction() {
  if (handle_ == nullptr) return;
  // In a forked child the slot is the parent's: leave it.
  if (environment_->usable_here()) mdb_txn_abort(handle_);
  environment_->leave_read();
}

int ReadTransaction::begin() noexcept {
  if (const int code = environment_->enter_read(); code != 0) return code;
  int code = mdb_txn_begin(environment_->handle(), nullptr, MDB_RDONLY, &handle_);
  if (code == MDB_READERS_FULL) {
    int dead = 0;
    if (mdb_reader_check(environment_->handle(), &dead) == 0 && dead > 0) {
      code = mdb_txn_begin(environment_->handle(), nullptr, MDB_RDONLY, &handle_);
    }
  }
  if (code != 0) {
    handle_ = nullptr;
    environment_->leave_read();
  }
  return code;
}

int ReadTransaction::get(std::string_view key, std::string_view& value) const noexcept {
  MDB_val lmdb_key = to_val(key);
  MDB_val found{};
  const int code = mdb_get(handle_, environment_->records(), &lmdb_key, &found);
  if (code == 0) value = to_view(found);
  return code;
}

std::uint64_t ReadTransaction::records() const noexcept {
  MDB_stat pages{};
  // The result is only ever EINVAL, for a transaction that has ended.
  mdb_stat(handle_, environment_->records(), &pages);
  return pages.ms_entries;
}

int ReadTransaction::open_cursor(MDB_cursor** cursor) const noexcept {
  return mdb_cursor_open(handle_, environment_->records(), cursor);
}

}  // namespace stet::detail
