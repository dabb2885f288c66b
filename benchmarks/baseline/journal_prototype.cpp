// benchmarks/baseline/journal_prototype.cpp - appending on one thread, folding on another.
#include "journal_prototype.hpp"

#include <lmdb.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

namespace stet::bench {
namespace {

constexpr std::size_t map_bytes = std::size_t{32} << 30;
constexpr std::size_t fold_keys = 200'000;

Error failed(const char* where, int code) {
  return Error(Errc::io, std::string(where) + ": " + mdb_strerror(code), code);
}

MDB_val view_of(std::string_view bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};  // LMDB only reads keys and values.
}

struct Environment {
  Environment() = default;
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;
  ~Environment() {
    if (handle != nullptr) mdb_env_close(handle);
  }
  [[nodiscard]] int open(const std::filesystem::path& directory, unsigned flags) {
    std::filesystem::create_directories(directory);
    int code = mdb_env_create(&handle);
    if (code == 0) code = mdb_env_set_mapsize(handle, map_bytes);
    if (code == 0) code = mdb_env_open(handle, directory.c_str(), MDB_NOTLS | flags, 0600);
    MDB_txn* transaction = nullptr;
    if (code == 0) code = mdb_txn_begin(handle, nullptr, 0, &transaction);
    if (code == 0) code = mdb_dbi_open(transaction, nullptr, 0, &tree);
    if (code == 0) return mdb_txn_commit(transaction);
    if (transaction != nullptr) mdb_txn_abort(transaction);
    return code;
  }
  MDB_env* handle = nullptr;
  MDB_dbi tree = 0;
};

class JournalPrototype final : public DurableStore {
 public:
  explicit JournalPrototype(std::filesystem::path directory) : directory_(std::move(directory)) {}
  ~JournalPrototype() override {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    changed_.notify_all();
    if (folder_.joinable()) folder_.join();
  }

  Result<void> open() {
    if (int code = state_.open(directory_ / "state", 0)) return failed("state", code);
    if (int code = journal_.open(directory_ / "journal", MDB_NOMETASYNC)) {
      return failed("journal", code);
    }
    active_.records.reserve(fold_keys + fold_keys / 3);
    folder_ = std::thread([this] { run(); });
    return {};
  }

  Result<void> put(std::span<const DurableRecord> batch) override {
    std::size_t bytes = 0;
    for (const DurableRecord& record : batch) bytes += record.key.size() + record.value.size();
    MDB_txn* transaction = nullptr;
    if (int code = mdb_txn_begin(journal_.handle, nullptr, 0, &transaction)) {
      return failed("begin", code);
    }
    std::uint64_t number = __builtin_bswap64(++last_);
    MDB_val key{sizeof(number), &number};
    MDB_val value{bytes, nullptr};
    if (int code = mdb_put(transaction, journal_.tree, &key, &value, MDB_APPEND | MDB_RESERVE)) {
      mdb_txn_abort(transaction);
      return failed("append", code);
    }
    char* at = static_cast<char*>(value.mv_data);
    for (const DurableRecord& record : batch) {
      std::memcpy(at, record.key.data(), record.key.size());
      std::memcpy(at + record.key.size(), record.value.data(), record.value.size());
      at += record.key.size() + record.value.size();
    }
    // acquire: pairs with fold(): what is deleted is in the state.
    const std::uint64_t folded = folded_.load(std::memory_order_acquire);
    for (int i = 0; i < 8 && cut_ < folded; ++i) {
      std::uint64_t gone = __builtin_bswap64(++cut_);
      MDB_val old{sizeof(gone), &gone};
      mdb_del(transaction, journal_.tree, &old, nullptr);
    }
    if (int code = mdb_txn_commit(transaction)) return failed("commit", code);
    for (const DurableRecord& record : batch) {
      active_.records.insert_or_assign(std::string(record.key), std::string(record.value));
    }
    active_.last = last_;
    if (active_.records.size() >= fold_keys) seal();
    return {};
  }

  // Folds what is left. Then everything is in the state, which is what get() reads.
  Result<void> reopen() override {
    seal();
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !sealed_ && !folding_; });
    if (fold_code_ != 0) return failed("fold", fold_code_);
    return {};
  }

  Result<std::string> get(std::string_view wanted) override {
    MDB_txn* transaction = nullptr;
    if (int code = mdb_txn_begin(state_.handle, nullptr, MDB_RDONLY, &transaction)) {
      return failed("begin", code);
    }
    MDB_val key = view_of(wanted);
    MDB_val value{};
    const int code = mdb_get(transaction, state_.tree, &key, &value);
    std::string found;
    if (code == 0) found.assign(static_cast<const char*>(value.mv_data), value.mv_size);
    mdb_txn_abort(transaction);
    if (code != 0) return failed("get", code);
    return found;
  }

 private:
  struct Overlay {
    std::unordered_map<std::string, std::string> records;
    std::uint64_t last = 0;
  };

  void seal() {
    auto full = std::make_unique<Overlay>(std::move(active_));
    active_ = {};
    active_.records.reserve(fold_keys + fold_keys / 3);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return sealed_ == nullptr; });
    sealed_ = std::move(full);
    changed_.notify_all();
  }

  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return sealed_ != nullptr || stop_; });
      if (sealed_ == nullptr) return;
      const std::unique_ptr<Overlay> overlay = std::move(sealed_);
      folding_ = true;
      lock.unlock();
      changed_.notify_all();
      const int code = fold(*overlay);
      lock.lock();
      folding_ = false;
      if (code != 0) fold_code_ = code;
      changed_.notify_all();
    }
  }

  int fold(const Overlay& overlay) {
    std::vector<const std::pair<const std::string, std::string>*> sorted;
    sorted.reserve(overlay.records.size());
    for (const auto& record : overlay.records) sorted.push_back(&record);
    std::sort(sorted.begin(), sorted.end(),
              [](const auto* left, const auto* right) { return left->first < right->first; });
    MDB_txn* transaction = nullptr;
    int code = mdb_txn_begin(state_.handle, nullptr, 0, &transaction);
    if (code != 0) return code;
    MDB_cursor* cursor = nullptr;
    code = mdb_cursor_open(transaction, state_.tree, &cursor);
    for (const auto* record : sorted) {
      if (code != 0) break;
      MDB_val key = view_of(record->first);
      MDB_val value = view_of(record->second);
      code = mdb_cursor_put(cursor, &key, &value, 0);
    }
    if (cursor != nullptr) mdb_cursor_close(cursor);
    if (code != 0) {
      mdb_txn_abort(transaction);
      return code;
    }
    if (code = mdb_txn_commit(transaction); code != 0) return code;
    // release: pairs with put().
    folded_.store(overlay.last, std::memory_order_release);
    return 0;
  }

  const std::filesystem::path directory_;
  Environment state_;
  Environment journal_;
  Overlay active_;
  std::uint64_t last_ = 0;
  std::uint64_t cut_ = 0;
  std::atomic<std::uint64_t> folded_{0};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<Overlay> sealed_;
  bool folding_ = false;
  bool stop_ = false;
  int fold_code_ = 0;
  std::thread folder_;
};

}  // namespace

Result<std::unique_ptr<DurableStore>> open_journal_prototype(
    const std::filesystem::path& directory) {
  auto store = std::make_unique<JournalPrototype>(directory / "prototype");
  if (Result<void> done = store->open(); !done) return done.error();
  return std::unique_ptr<DurableStore>(std::move(store));
}

}  // namespace stet::bench
