// persistence/src/lmdb/lmdb_view.cpp - reading and scanning an LMDB snapshot.
#include "lmdb_view.hpp"

#include <string>

#include "errors.hpp"

namespace stet::detail {
namespace {

class LmdbCursor final : public Cursor {
 public:
  LmdbCursor(MDB_cursor* handle, std::string_view from, std::string_view to, View::Order order,
             const std::filesystem::path& directory)
      : from_(from), to_(to), order_(order), directory_(directory), handle_(handle) {}
  ~LmdbCursor() override { mdb_cursor_close(handle_); }

  [[nodiscard]] Result<bool> next() override {
    if (done_) return false;
    int code = 0;
    if (started_) {
      code = mdb_cursor_get(handle_, &key_, &value_,
                            order_ == View::Order::forward ? MDB_NEXT : MDB_PREV);
    } else {
      started_ = true;
      code = order_ == View::Order::forward ? first() : last();
    }
    if (code == 0 && is_inside()) return true;
    done_ = true;
    if (code == 0 || code == MDB_NOTFOUND) return false;
    return lmdb_error(code, "scan", directory_);
  }

  [[nodiscard]] std::string_view key() const noexcept override { return to_view(key_); }
  [[nodiscard]] std::string_view value() const noexcept override { return to_view(value_); }

 private:
  int first() noexcept {
    if (from_.empty()) return mdb_cursor_get(handle_, &key_, &value_, MDB_FIRST);
    key_ = to_val(from_);
    return mdb_cursor_get(handle_, &key_, &value_, MDB_SET_RANGE);
  }

  int last() noexcept {
    if (to_.empty()) return mdb_cursor_get(handle_, &key_, &value_, MDB_LAST);
    key_ = to_val(to_);
    const int code = mdb_cursor_get(handle_, &key_, &value_, MDB_SET_RANGE);
    // At the first key that is outside: one back. None there: all are inside.
    if (code == MDB_NOTFOUND) return mdb_cursor_get(handle_, &key_, &value_, MDB_LAST);
    return code != 0 ? code : mdb_cursor_get(handle_, &key_, &value_, MDB_PREV);
  }

  [[nodiscard]] bool is_inside() const noexcept {
    if (order_ == View::Order::forward) return to_.empty() || key() < to_;
    return key() >= from_;
  }

  const std::string from_;
  const std::string to_;
  const View::Order order_;
  const std::filesystem::path& directory_;
  MDB_cursor* const handle_;
  MDB_val key_{};
  MDB_val value_{};
  bool started_ = false;
  bool done_ = false;
};

}  // namespace

Result<std::optional<std::string_view>> LmdbView::get(std::string_view key) const {
  std::string_view value;
  switch (const int code = transaction_.get(key, value)) {
    case 0: return std::optional(value);
    case MDB_NOTFOUND:
    case MDB_BAD_VALSIZE: return std::optional<std::string_view>();
    default: return lmdb_error(code, "read", transaction_.environment().directory());
  }
}

Result<std::unique_ptr<Cursor>> LmdbView::scan(std::string_view from, std::string_view to,
                                               Order order) const {
  MDB_cursor* handle = nullptr;
  const std::filesystem::path& directory = transaction_.environment().directory();
  if (const int code = transaction_.open_cursor(&handle); code != 0) {
    return lmdb_error(code, "scan", directory);
  }
  return make_lmdb_cursor(handle, from, to, order, directory);
}

std::unique_ptr<Cursor> make_lmdb_cursor(MDB_cursor* handle, std::string_view from,
                                         std::string_view to, View::Order order,
                                         const std::filesystem::path& directory) {
  return std::make_unique<LmdbCursor>(handle, from, to, order, directory);
}

}  // namespace stet::detail
