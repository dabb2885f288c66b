// persistence/src/owner_lock.hpp - one process writes a store directory, and one object in it.
//
// The file `owner` in the directory is locked for the lock's life and holds the owner's pid. A list
// of this process keeps two stores of one process apart, by device and inode, so that two paths to
// one directory do not deceive it.
//
// Threads    acquire(), destruction: any; they share one mutex of this process. The rest: any.
// Progress   acquire() blocks for a few system calls, never for another owner.
// Ownership  Keeps the directory open. The kernel drops the lock with the process, also when it is
//            killed; the file stays, and means nothing without its lock.
// Errors     already_open: here, or in the process the text names. invalid_argument: no directory.
//            io: no permission, or the system's reason. unsupported: a file system that cannot hold
//            a store.
// Failure    A child forked without exec shares the lock: while it lives, the directory stays taken
//            after its parent has ended. The text then says so.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>

#include <stet/runtime/result.hpp>

#include "unique_fd.hpp"

namespace stet::detail {

// The name of a file system (its number in statfs) that is refused, because it shares files between
// machines or leaves locks and flushes to someone else; empty for all others.
[[nodiscard]] std::string_view network_file_system(std::uint32_t type) noexcept;

class OwnerLock {
 public:
  // Takes a directory that exists. `trust_file_system` skips the check for network file systems.
  [[nodiscard]] static Result<std::unique_ptr<OwnerLock>> acquire(
      const std::filesystem::path& directory, bool trust_file_system = false);
  ~OwnerLock();
  OwnerLock(const OwnerLock&) = delete;
  OwnerLock& operator=(const OwnerLock&) = delete;

  [[nodiscard]] int directory_fd() const noexcept { return directory_fd_.get(); }
  // False in a child forked from the owner: it must not touch the store, not even to close it.
  [[nodiscard]] bool is_owner_process() const noexcept;

 private:
  OwnerLock(UniqueFd directory, dev_t device, ino_t inode) noexcept;
  Result<void> lock_file(const std::filesystem::path& directory);

  UniqueFd directory_fd_;
  UniqueFd owner_fd_;  // Its open file description carries the lock.
  const dev_t device_;
  const ino_t inode_;
  const pid_t pid_;
  OwnerLock* next_ = nullptr;  // In the list of this process.
};

}  // namespace stet::detail
