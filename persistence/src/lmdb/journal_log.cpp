// persistence/src/lmdb/journal_log.cpp - appending, cutting and replaying entries.
#include "journal_log.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "../crash_point.hpp"
#include "errors.hpp"
#include "meta_record.hpp"
#include "transaction.hpp"

namespace stet::detail {
namespace {

constexpr char entry_tag = '\x02';

class EntryKey {
 public:
  explicit EntryKey(CommitNumber number) noexcept {
    bytes_[0] = entry_tag;
    for (std::size_t i = 8; i > 0; --i, number >>= 8) bytes_[i] = static_cast<char>(number & 0xff);
  }
  [[nodiscard]] std::string_view view() const noexcept { return {bytes_.data(), bytes_.size()}; }

 private:
  std::array<char, 9> bytes_{};
};

// 0: no such key.
CommitNumber number_of(std::string_view key) noexcept {
  if (key.size() != 9 || key[0] != entry_tag) return 0;
  CommitNumber number = 0;
  for (std::size_t i = 1; i < 9; ++i) number = number << 8 | static_cast<unsigned char>(key[i]);
  return number;
}

Error inconsistent(const std::filesystem::path& directory, const std::string& what) {
  return Error(Errc::corrupt, directory.string() + ": " + what + ": restore the store from a copy");
}

}  // namespace

Result<CommitNumber> visit_entries(MDB_cursor* cursor, const std::filesystem::path& directory,
                                   const StoreId& store, CommitNumber cut, CommitNumber mark,
                                   const EntryVisit& visit) {
  if (cut > mark) {
    return inconsistent(directory, "the journal begins after commit " + std::to_string(cut) +
                                       ", the state ends with " + std::to_string(mark));
  }
  CommitNumber last = cut;
  const EntryKey first(0);
  MDB_val key = to_val(first.view());
  MDB_val value{};
  int code = mdb_cursor_get(cursor, &key, &value, MDB_SET_RANGE);
  for (; code == 0; code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) {
    if (number_of(to_view(key)) != last + 1) {
      return inconsistent(directory, "journal entry " + std::to_string(last + 1) + " is missing");
    }
    ++last;
    if (last <= mark) continue;
    const Result<std::vector<Operation>> batch = decode_entry(to_view(value), last, store);
    if (!batch) return batch.error();
    if (Result<void> done = visit(last, *batch, value.mv_size); !done) return done.error();
  }
  if (code != MDB_NOTFOUND) return lmdb_error(code, "open", directory);
  return last;
}

Result<void> JournalLog::replay(CommitNumber mark, const EntryVisit& visit) {
  ReadTransaction transaction(environment_);
  std::string_view bytes;
  int code = transaction.begin();
  if (code == 0) code = transaction.get(cut_key, bytes);
  if (code == MDB_NOTFOUND) {
    return inconsistent(environment_->directory(), "the journal does not say its cut");
  }
  if (code != 0) return lmdb_error(code, "open", environment_->directory());
  const Result<CommitNumber> cut = decode_number(bytes);
  if (!cut) return cut.error();
  cut_ = *cut;
  MDB_cursor* handle = nullptr;
  if (code = transaction.open_cursor(&handle); code != 0) {
    return lmdb_error(code, "open", environment_->directory());
  }
  const std::unique_ptr<MDB_cursor, void (*)(MDB_cursor*)> cursor(handle, &mdb_cursor_close);
  const Result<CommitNumber> last =
      visit_entries(handle, environment_->directory(), store_, cut_, mark, visit);
  if (!last) return last.error();
  last_ = *last;
  return {};
}

int JournalLog::append(CommitNumber number, std::span<const Operation> operations,
                       std::size_t bytes, CommitNumber mark, bool& committing) {
  committing = false;
  WriteTransaction transaction(*environment_);
  int code = transaction.begin();
  // A copy that was restored may have a mark beyond its last entry: only what is there is cut.
  const CommitNumber cut = std::min({mark, last_, cut_ + entries_cut_max});
  if (code == 0 && cut > cut_) {
    code = transaction.erase_range(EntryKey(cut_ + 1).view(), EntryKey(cut + 1).view());
    if (code == 0) code = transaction.put(cut_key, encode_number(cut));
  }
  // Numbers go on from the mark where it is ahead: the entries must still have no gap.
  CommitNumber jumped = cut;
  if (code == 0 && number != last_ + 1) {
    jumped = number - 1;
    code = transaction.erase_range(EntryKey(cut_ + 1).view(), EntryKey(number).view());
    if (code == 0) code = transaction.put(cut_key, encode_number(jumped));
  }
  char* room = nullptr;
  if (code == 0) code = transaction.append(EntryKey(number).view(), bytes, room);
  if (code != 0) return code;
  encode_entry({room, bytes}, operations, number, store_);
  STET_CRASH_POINT("journal.commit.filled");
  committing = true;
  if (code = transaction.commit(); code != 0) return code;
  cut_ = std::max(cut_, jumped);
  last_ = number;
  return 0;
}

int JournalLog::cut_all(CommitNumber mark) {
  const CommitNumber cut = std::min(mark, last_);
  // Pages that are freed serve again two transactions later.
  for (int i = 0; i < 3; ++i) {
    WriteTransaction transaction(*environment_);
    int code = transaction.begin();
    if (code == 0 && cut > cut_) {
      code = transaction.erase_range(EntryKey(cut_ + 1).view(), EntryKey(cut + 1).view());
    }
    if (code == 0) code = transaction.put(cut_key, encode_number(std::max(cut, cut_)));
    if (code == 0) code = transaction.commit();
    if (code != 0) return code;
    cut_ = std::max(cut, cut_);
  }
  return 0;
}

}  // namespace stet::detail
