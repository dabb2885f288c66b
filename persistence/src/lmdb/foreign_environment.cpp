// persistence/src/lmdb/foreign_environment.cpp - opening and reading what is not ours.
#include "foreign_environment.hpp"

#include <cerrno>
#include <system_error>

#include "errors.hpp"
#include "lmdb_view.hpp"
#include "meta_record.hpp"
#include "pending_ranges.hpp"
#include "transaction.hpp"

namespace stet::detail {
namespace {

// As the engine's: who comes first sizes the table.
constexpr unsigned readers_max = 1024;

}  // namespace

ForeignEnvironment::~ForeignEnvironment() {
  if (transaction_ != nullptr) mdb_txn_abort(transaction_);
  if (handle_ != nullptr) mdb_env_close(handle_);
}

int ForeignEnvironment::open() {
  std::error_code error;
  file_bytes_ = std::filesystem::file_size(directory_ / "data.mdb", error);
  if (error) return error.value();
  // Without a lock file nobody has the store open; LMDB would make one.
  const bool has_lock = std::filesystem::exists(directory_ / "lock.mdb", error);
  const unsigned flags = MDB_RDONLY | MDB_NOTLS | (has_lock ? 0u : unsigned{MDB_NOLOCK});
  int code = open_with(flags, 0);  // 0: the map's size as the host chose it.
  if (code == ENOMEM || code == EINVAL) code = open_with(flags, file_bytes_);
  // The dead would keep pages from being used again; the host looks only when it opens.
  int dead = 0;
  if (code == 0 && has_lock) code = mdb_reader_check(handle_, &dead);
  if (code == 0) code = mdb_txn_begin(handle_, nullptr, MDB_RDONLY, &transaction_);
  if (code == MDB_MAP_RESIZED) {  // The host has grown its map since it was opened here.
    code = mdb_env_set_mapsize(handle_, 0);
    if (code == 0) code = mdb_txn_begin(handle_, nullptr, MDB_RDONLY, &transaction_);
  }
  return code == 0 ? mdb_dbi_open(transaction_, nullptr, 0, &records_) : code;
}

int ForeignEnvironment::open_with(unsigned flags, std::size_t map_bytes) {
  if (handle_ != nullptr) mdb_env_close(handle_);
  handle_ = nullptr;
  if (const int code = mdb_env_create(&handle_); code != 0) return code;
  int code = map_bytes == 0 ? 0 : mdb_env_set_mapsize(handle_, map_bytes);
  if (code == 0) code = mdb_env_set_maxreaders(handle_, readers_max);
  if (code == 0) code = mdb_env_open(handle_, directory_.c_str(), flags, 0600);
  return code;
}

Result<void> ForeignView::hide_pending() {
  const Result<std::optional<std::string_view>> bytes = get(pending_key);
  if (!bytes) return bytes.error();
  if (!bytes->has_value()) return {};
  Result<KeyRanges> pending = decode_pending(**bytes);
  if (!pending) return std::move(pending).error();
  pending_ = std::move(pending).value();
  return {};
}

Result<std::uint64_t> ForeignView::records() const {
  MDB_stat pages{};
  MDB_cursor* handle = nullptr;
  std::uint64_t hidden = 0;
  int code = mdb_stat(environment_.transaction(), environment_.records(), &pages);
  if (code == 0) {
    code = mdb_cursor_open(environment_.transaction(), environment_.records(), &handle);
  }
  if (code == 0) {
    code = count_records(handle, pending_, hidden);
    mdb_cursor_close(handle);
  }
  if (code != 0) return lmdb_error(code, "count", environment_.directory());
  return pages.ms_entries - hidden;
}

CommitNumber ForeignView::number() const noexcept { return mdb_txn_id(environment_.transaction()); }

Result<std::optional<std::string_view>> ForeignView::get(std::string_view key) const {
  if (pending_.covers(key)) return std::optional<std::string_view>();
  MDB_val wanted = to_val(key);
  MDB_val value{};
  switch (const int code =
              mdb_get(environment_.transaction(), environment_.records(), &wanted, &value)) {
    case 0: return std::optional(to_view(value));
    case MDB_NOTFOUND:
    case MDB_BAD_VALSIZE: return std::optional<std::string_view>();
    default: return lmdb_error(code, "read", environment_.directory());
  }
}

Result<std::unique_ptr<Cursor>> ForeignView::scan(std::string_view from, std::string_view to,
                                                  Order order) const {
  MDB_cursor* handle = nullptr;
  if (const int code = mdb_cursor_open(environment_.transaction(), environment_.records(), &handle);
      code != 0) {
    return lmdb_error(code, "scan", environment_.directory());
  }
  return make_lmdb_cursor(handle, from, to, order, environment_.directory(), pending_);
}

}  // namespace stet::detail
