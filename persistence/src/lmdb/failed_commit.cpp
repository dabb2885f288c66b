// persistence/src/lmdb/failed_commit.cpp - how the failed step is told from the others.
#include "failed_commit.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace stet::detail {
namespace {

// A failed write of the meta page makes LMDB refuse every later transaction.
bool meta_write_failed(Environment& environment) {
  MDB_txn* probe = nullptr;
  const int code = mdb_txn_begin(environment.handle(), nullptr, MDB_RDONLY, &probe);
  if (code == 0) mdb_txn_abort(probe);
  return code == MDB_PANIC;
}

// Linux reports a failed write-back once to every descriptor that was open then. LMDB's own has had
// its report; ours has not. Clean here: write-back did not fail, so LMDB's flush did not fail for
// it. (A flush command refused by the device leaves no such trace: that is why EIO needs more,
// below.)
bool write_back_failed(const Environment& environment) {
  return ::fdatasync(environment.witness_fd()) != 0;
}

// Whether a write of that size at the end of the file would find no room now. Asked of the file
// system, not of statvfs alone, because quotas and reserved blocks count too.
bool is_full(const Environment& environment, std::size_t batch_bytes) {
  const int fd = environment.witness_fd();
  struct stat status {};
  if (::fstat(fd, &status) != 0) return false;
  // Copied branches and a free list come on top of the batch; a megabyte covers a small one's.
  constexpr std::size_t margin_bytes = std::size_t{1} << 20;
  const auto bytes = static_cast<off_t>(std::max(batch_bytes * 2, margin_bytes));

  struct rlimit limit {};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
      static_cast<rlim_t>(status.st_size + bytes) > limit.rlim_cur) {
    return true;
  }
  if (::fallocate(fd, FALLOC_FL_KEEP_SIZE, status.st_size, bytes) == 0) {
    ::fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, status.st_size, bytes);
    return false;
  }
  if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG) return true;
  struct statvfs room {};
  return ::fstatvfs(fd, &room) == 0 &&
         room.f_bavail * room.f_frsize < static_cast<fsblkcnt_t>(bytes);
}

}  // namespace

Outcome judge_failed_commit(Environment& environment, int code, std::size_t batch_bytes) {
  if (meta_write_failed(environment)) return Outcome::unknown;
  if (code < 0)
    return Outcome::undone;  // LMDB's own codes come from the free list, before a write.
  switch (code) {
    case EFBIG:  // Only a write past the end of the file says so, and that was of pages.
      return Outcome::no_room;
    case ENOSPC:
    case EDQUOT:  // Of the pages' write, or of their write-back, which leaves its trace.
      return write_back_failed(environment) ? Outcome::unknown : Outcome::no_room;
    case ENOMEM:  // Likewise; a flush that finds no memory for its own work has failed, and tries
                  // again.
      return write_back_failed(environment) ? Outcome::unknown : Outcome::undone;
    case EIO:
      // A short write, or a flush. A short write happens on a full disk only; a disk that is not
      // full any more, or never was, leaves the doubt.
      return is_full(environment, batch_bytes) && !write_back_failed(environment)
                 ? Outcome::no_room
                 : Outcome::unknown;
    default: return Outcome::unknown;
  }
}

Outcome judge_failed_fill(Environment& environment, int code, std::size_t batch_bytes) {
  if (code == EIO && is_full(environment, batch_bytes)) return Outcome::no_room;
  return Outcome::undone;
}

}  // namespace stet::detail
