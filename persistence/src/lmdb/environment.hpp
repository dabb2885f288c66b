// persistence/src/lmdb/environment.hpp - one open LMDB environment, closed on destruction.
//
// LMDB leaves rules to its caller; here they become types and checks. All transactions pass a gate,
// because the map may grow only while this process has none open.
//
// Threads    enter_read(), leave_read(), info(), foreign_readers(): any. The rest: only the one thread that writes.
// Progress   enter_read() takes a mutex, and waits (bounded) only while the map grows.
// Ownership  Shared by the engine and its views: the last of them closes the files, and only then
//            gives up the owner lock. Whoever makes a second Environment of one directory in one
//            process breaks LMDB's file locks: the owner lock is what forbids it.
// Errors     Codes of LMDB inside lmdb/; errors.cpp gives them their meaning.
// Failure    In a child forked from the owner nothing is closed: LMDB would clear the parent's
//            reader slots.
#pragma once

#include <lmdb.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

#include <stet/runtime/result.hpp>

#include "../engine.hpp"
#include "../owner_lock.hpp"
#include "../unique_fd.hpp"

namespace stet::detail {

struct EnvironmentOptions {
  std::filesystem::path directory;  // Exists, on a local disk, open once per process.
  std::size_t map_bytes = 0;        // Address space, not disk; halved where the host has less.
  unsigned readers_max = 0;         // Slots for views of all processes, 64 bytes each.
  std::chrono::milliseconds grow_wait{0};  // How long views may keep the map from growing.
};

class Environment {
 public:
  // `owner` is released after the files are closed; none for an environment still being created.
  [[nodiscard]] static Result<std::shared_ptr<Environment>> open(
      const EnvironmentOptions& options, std::shared_ptr<const OwnerLock> owner);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  [[nodiscard]] MDB_env* handle() const noexcept { return handle_; }
  // The one table there is: LMDB's unnamed database.
  [[nodiscard]] MDB_dbi records() const noexcept { return records_; }
  [[nodiscard]] const std::filesystem::path& directory() const noexcept {
    return options_.directory;
  }
  [[nodiscard]] const std::shared_ptr<const OwnerLock>& owner() const noexcept { return owner_; }
  [[nodiscard]] bool usable_here() const noexcept { return !owner_ || owner_->is_owner_process(); }

  // The gate. Each 0 from enter_read() is matched by one leave_read(); not 0: the map was still
  // growing after twice the wait.
  [[nodiscard]] int enter_read() noexcept;
  void leave_read() noexcept;
  [[nodiscard]] std::size_t reads_open() const noexcept;

  // A larger map, at most `bytes_max`. False: at its bound, no address space, or views did not end.
  // Requires: no write transaction. After `unmapped()` nothing can be read or written any more.
  [[nodiscard]] bool grow(std::size_t bytes_max);
  [[nodiscard]] bool unmapped() const noexcept { return unmapped_; }

  // Whether the next commit flushes its meta page too.
  void set_flush_meta(bool flush_meta) noexcept;
  [[nodiscard]] int sync() noexcept;  // Flushes everything written so far.

  struct Info {
    std::uint64_t last_transaction = 0;
    std::uint64_t records = 0;
    std::uint64_t used_bytes = 0;  // Up to the last page in use.
    std::uint64_t map_bytes = 0;
    std::uint64_t leaf_pages = 0;
    std::size_t page_bytes = 0;
  };
  [[nodiscard]] Info info() noexcept;
  // The same without the gate. Requires: the writing thread, or an open read.
  [[nodiscard]] Info info_inside() const noexcept;

  // As Engine::foreign_readers().
  [[nodiscard]] std::vector<ForeignReader> foreign_readers();

  // Bytes of the pages inside the file that the next commit may use again. Walks the free list.
  // Requires: the writing thread.
  [[nodiscard]] std::uint64_t free_bytes() const noexcept;

  // A second descriptor of the data file, opened with it: sees the write errors of its inode that
  // LMDB's descriptor saw (failed_commit.hpp).
  [[nodiscard]] int witness_fd() const noexcept { return witness_.get(); }

 private:
  Environment(const EnvironmentOptions& options, std::shared_ptr<const OwnerLock> owner);
  int open_with(std::size_t map_bytes);
  int set_map(std::size_t map_bytes);

  const EnvironmentOptions options_;
  // First, so released last.
  const std::shared_ptr<const OwnerLock> owner_;
  MDB_env* handle_ = nullptr;
  MDB_dbi records_ = 0;
  UniqueFd witness_;

  mutable std::mutex gate_;
  std::condition_variable gate_changed_;
  std::size_t reads_ = 0;
  bool growing_ = false;
  bool unmapped_ = false;
};

}  // namespace stet::detail
