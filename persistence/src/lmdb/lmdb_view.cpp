// persistence/src/lmdb/lmdb_view.cpp - reading and scanning an LMDB snapshot.
#include "lmdb_view.hpp"

#include <string>

#include "errors.hpp"
#include "meta_record.hpp"
#include "pending_ranges.hpp"

namespace stet::detail {
namespace {

class LmdbCursor final : public Cursor {
 public:
  LmdbCursor(MDB_cursor* handle, std::string_view from, std::string_view to, View::Order order,
             const std::filesystem::path& directory, const KeyRanges& hidden)
      : from_(from),
        to_(to),
        order_(order),
        directory_(directory),
        hidden_(hidden),
        handle_(handle) {}
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
    // Bounded: each round steps over a range.
    while (code == 0 && is_inside()) {
      const auto* const range = hidden_.covering(key());
      if (range == nullptr) return true;
      code = order_ == View::Order::forward ? seek(range->second) : seek_before(range->first);
    }
    done_ = true;
    if (code == 0 || code == MDB_NOTFOUND) return false;
    return lmdb_error(code, "scan", directory_);
  }

  [[nodiscard]] std::string_view key() const noexcept override { return to_view(key_); }
  [[nodiscard]] std::string_view value() const noexcept override { return to_view(value_); }

 private:
  int first() noexcept {
    return from_.empty() ? mdb_cursor_get(handle_, &key_, &value_, MDB_FIRST) : seek(from_);
  }

  int last() noexcept {
    return to_.empty() ? mdb_cursor_get(handle_, &key_, &value_, MDB_LAST) : seek_before(to_);
  }

  int seek(std::string_view key) noexcept {
    key_ = to_val(key);
    return mdb_cursor_get(handle_, &key_, &value_, MDB_SET_RANGE);
  }

  int seek_before(std::string_view key) noexcept {
    const int code = seek(key);
    // At the first key that is not before it: one back. None there: all are before.
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
  const KeyRanges& hidden_;
  MDB_cursor* const handle_;
  MDB_val key_{};
  MDB_val value_{};
  bool started_ = false;
  bool done_ = false;
};

}  // namespace

int LmdbView::begin() {
  std::string_view bytes;
  int code = transaction_.begin();
  if (code == 0) code = transaction_.get(pending_key, bytes);
  if (code == MDB_NOTFOUND) return 0;
  if (code != 0) return code;
  Result<KeyRanges> pending = decode_pending(bytes);
  if (!pending) return MDB_CORRUPTED;
  pending_ = std::move(pending).value();
  return 0;
}

Result<std::uint64_t> LmdbView::records() const {
  if (pending_.empty()) return transaction_.records();
  MDB_cursor* handle = nullptr;
  std::uint64_t hidden = 0;
  int code = transaction_.open_cursor(&handle);
  if (code == 0) {
    const std::unique_ptr<MDB_cursor, void (*)(MDB_cursor*)> cursor(handle, &mdb_cursor_close);
    code = count_records(handle, pending_, hidden);
  }
  if (code != 0) return lmdb_error(code, "count", transaction_.environment().directory());
  return transaction_.records() - hidden;
}

Result<std::optional<std::string_view>> LmdbView::get(std::string_view key) const {
  if (pending_.covers(key)) return std::optional<std::string_view>();
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
  return make_lmdb_cursor(handle, from, to, order, directory, pending_);
}

std::unique_ptr<Cursor> make_lmdb_cursor(MDB_cursor* handle, std::string_view from,
                                         std::string_view to, View::Order order,
                                         const std::filesystem::path& directory,
                                         const KeyRanges& hidden) {
  // Not lost where there is no memory for what takes it.
  std::unique_ptr<MDB_cursor, void (*)(MDB_cursor*)> owned(handle, &mdb_cursor_close);
  auto cursor = std::make_unique<LmdbCursor>(handle, from, to, order, directory, hidden);
  owned.release();
  return cursor;
}

}  // namespace stet::detail
