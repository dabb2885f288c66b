// persistence/src/lmdb/environment.cpp - opening, growing and closing an LMDB environment.
#include "environment.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "../crash_point.hpp"
#include "errors.hpp"

namespace stet::detail {
namespace {

// Below this a host is too small for a store, and something else is wrong.
constexpr std::size_t map_bytes_min = std::size_t{1} << 20;

}  // namespace

Environment::Environment(const EnvironmentOptions& options, std::shared_ptr<const OwnerLock> owner)
    : options_(options), owner_(std::move(owner)) {}

Result<std::shared_ptr<Environment>> Environment::open(const EnvironmentOptions& options,
                                                       std::shared_ptr<const OwnerLock> owner) {
  std::shared_ptr<Environment> self(new Environment(options, std::move(owner)));
  std::size_t map_bytes = std::max(options.map_bytes, map_bytes_min);
  int code = self->open_with(map_bytes);
  // ENOMEM, or EINVAL on some kernels: less address space than asked for (a limit, a sanitizer).
  while ((code == ENOMEM || code == EINVAL) && map_bytes > map_bytes_min) {
    map_bytes /= 2;
    code = self->open_with(map_bytes);
  }
  if (code != 0) return lmdb_error(code, "open", options.directory);
  return self;
}

int Environment::open_with(std::size_t map_bytes) {
  if (handle_ != nullptr) {
    mdb_env_close(handle_);
    handle_ = nullptr;
  }
  if (const int code = mdb_env_create(&handle_); code != 0) return code;
  int code = mdb_env_set_mapsize(handle_, map_bytes);
  if (code == 0) code = mdb_env_set_maxreaders(handle_, options_.readers_max);
  // NOTLS: a view belongs to an object, not to the thread that began it.
  if (code == 0) code = mdb_env_open(handle_, options_.directory.c_str(), MDB_NOTLS, 0600);
  if (code != 0) return code;

  // LMDB leaves its data file open over exec.
  int fd = -1;
  if (code = mdb_env_get_fd(handle_, &fd); code != 0) return code;
  if (::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) return errno;
  witness_ = UniqueFd(::open((options_.directory / "data.mdb").c_str(), O_RDWR | O_CLOEXEC));
  if (!witness_) return errno;

  // Slots of processes that were killed would keep pages from being used again.
  int dead = 0;
  if (code = mdb_reader_check(handle_, &dead); code != 0) return code;

  MDB_txn* transaction = nullptr;
  if (code = mdb_txn_begin(handle_, nullptr, MDB_RDONLY, &transaction); code != 0) return code;
  code = mdb_dbi_open(transaction, nullptr, 0, &records_);
  mdb_txn_abort(transaction);
  if (code != 0) return code;

  // LMDB never writes pages that were taken and given back within one transaction, so a file may
  // rightly end before its last page; a bad copy may end there too. Made longer, neither can answer
  // a read with SIGBUS: pages of zeros are harmless, or found to be damage.
  struct stat status {};
  if (::fstat(witness_.get(), &status) != 0) return errno;
  const std::uint64_t used_bytes = info_inside().used_bytes;
  if (static_cast<std::uint64_t>(status.st_size) < used_bytes &&
      ::ftruncate(witness_.get(), static_cast<off_t>(used_bytes)) != 0) {
    return errno;
  }
  return 0;
}

Environment::~Environment() {
  // In a forked child: leaked on purpose, see Failure above.
  if (handle_ != nullptr && usable_here()) mdb_env_close(handle_);
}

int Environment::enter_read() noexcept {
  std::unique_lock lock(gate_);
  if (!gate_changed_.wait_for(lock, options_.grow_wait * 2, [this] { return !growing_; })) {
    return MDB_MAP_FULL;
  }
  if (unmapped_) return MDB_PANIC;
  ++reads_;
  return 0;
}

void Environment::leave_read() noexcept {
  const std::lock_guard lock(gate_);
  if (--reads_ == 0) gate_changed_.notify_all();
}

std::size_t Environment::reads_open() const noexcept {
  const std::lock_guard lock(gate_);
  return reads_;
}

bool Environment::grow(std::size_t bytes_max) {
  const std::size_t bytes_now = static_cast<std::size_t>(info_inside().map_bytes);
  if (bytes_now >= bytes_max) return false;
  const std::size_t bytes = bytes_now > bytes_max / 2 ? bytes_max : bytes_now * 2;

  std::unique_lock lock(gate_);
  growing_ = true;  // No new view begins from here on.
  const bool empty =
      gate_changed_.wait_for(lock, options_.grow_wait, [this] { return reads_ == 0; });
  bool grown = false;
  if (empty) {
    STET_CRASH_POINT("lmdb.grow.before");
    // LMDB unmaps first and would be left with nothing if the larger map is refused: ask before.
    void* probe =
        ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (probe != MAP_FAILED) {
      ::munmap(probe, bytes);
      grown = set_map(bytes) == 0;
      if (!grown) unmapped_ = set_map(bytes_now) != 0;  // Somebody was faster than the probe.
    }
    STET_CRASH_POINT("lmdb.grow.after");
  }
  growing_ = false;
  gate_changed_.notify_all();
  return grown;
}

int Environment::set_map(std::size_t map_bytes) { return mdb_env_set_mapsize(handle_, map_bytes); }

void Environment::set_flush_meta(bool flush_meta) noexcept {
  // The result is only ever EINVAL, for flags that cannot be changed; this one can.
  mdb_env_set_flags(handle_, MDB_NOMETASYNC, flush_meta ? 0 : 1);
}

int Environment::sync() noexcept { return mdb_env_sync(handle_, 1); }

Environment::Info Environment::info() noexcept {
  if (enter_read() != 0) return {};
  const Info found = info_inside();
  leave_read();
  return found;
}

Environment::Info Environment::info_inside() const noexcept {
  MDB_envinfo environment{};
  MDB_stat pages{};
  mdb_env_info(handle_, &environment);
  mdb_env_stat(handle_, &pages);
  return {.last_transaction = environment.me_last_txnid,
          .records = pages.ms_entries,
          .used_bytes = (std::uint64_t{environment.me_last_pgno} + 1) * pages.ms_psize,
          .map_bytes = environment.me_mapsize,
          .leaf_pages = pages.ms_leaf_pages,
          .page_bytes = pages.ms_psize};
}

namespace {

// Part of a line of LMDB's table of readers: process, thread, and transaction or "-".
template <class Number>
bool take_number(std::string_view& line, Number& number) noexcept {
  line.remove_prefix(std::min(line.find_first_not_of(" \n"), line.size()));
  const char* const end = line.data() + line.size();
  const auto [rest, error] = std::from_chars(line.data(), end, number);
  if (error != std::errc{}) return false;
  line = std::string_view(rest, static_cast<std::size_t>(end - rest));
  return true;
}

// Called by LMDB for its headings and for each slot in use. Must not throw: there is C in between.
int add_reader(const char* text, void* to) noexcept {
  auto& readers = *static_cast<std::vector<ForeignReader>*>(to);
  std::string_view line(text);
  ForeignReader reader;
  if (!take_number(line, reader.pid)) return 0;
  line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
  line.remove_prefix(std::min(line.find(' '), line.size()));
  if (!take_number(line, reader.number)) return 0;
  if (readers.size() < readers.capacity()) readers.push_back(reader);
  return 0;
}

}  // namespace

std::vector<ForeignReader> Environment::foreign_readers() {
  std::vector<ForeignReader> readers;
  if (!usable_here()) return readers;
  int dead = 0;
  mdb_reader_check(handle_, &dead);
  // As many as there are slots, so that a view of this process hides nobody.
  readers.reserve(options_.readers_max);
  mdb_reader_list(handle_, &add_reader, &readers);
  const std::uint64_t last = info().last_transaction;
  const std::int64_t own = ::getpid();
  std::erase_if(readers,
                [&](const ForeignReader& each) { return each.pid == own || each.number >= last; });
  if (readers.size() > Engine::foreign_readers_max) readers.resize(Engine::foreign_readers_max);
  return readers;
}

std::uint64_t Environment::free_bytes() const noexcept {
  MDB_stat pages{};
  MDB_txn* transaction = nullptr;
  MDB_cursor* cursor = nullptr;
  std::uint64_t free_pages = 0;
  if (mdb_env_stat(handle_, &pages) != 0 ||
      mdb_txn_begin(handle_, nullptr, MDB_RDONLY, &transaction) != 0) {
    return 0;
  }
  constexpr MDB_dbi free_list = 0;
  if (mdb_cursor_open(transaction, free_list, &cursor) == 0) {
    MDB_val key{};
    MDB_val value{};
    // A record per transaction that freed pages: its number, then a count and so many page numbers.
    // What the last one freed, the next must leave alone.
    while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == 0) {
      std::size_t freed_by = 0;
      std::size_t count = 0;
      std::memcpy(&freed_by, key.mv_data, sizeof(freed_by));
      std::memcpy(&count, value.mv_data, sizeof(count));
      if (freed_by < mdb_txn_id(transaction)) free_pages += count;
    }
    mdb_cursor_close(cursor);
  }
  mdb_txn_abort(transaction);
  return free_pages * pages.ms_psize;
}

}  // namespace stet::detail
