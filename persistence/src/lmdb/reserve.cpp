// persistence/src/lmdb/reserve.cpp - allocating behind the end of a file.
#include "reserve.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/vfs.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace stet::detail {
namespace {

constexpr std::uint64_t ahead_bytes = std::uint64_t{1} << 20;

// These overwrite in place. Others copy, or have nothing to flush.
bool overwrites_in_place(int fd) noexcept {
  constexpr std::uint64_t ext4 = 0xEF53;  // And its elders.
  constexpr std::uint64_t xfs = 0x58465342;
  struct statfs status {};
  if (::fstatfs(fd, &status) != 0) return false;
  const auto type = static_cast<std::uint64_t>(status.f_type);
  return type == ext4 || type == xfs;
}

int allocate(int fd, std::uint64_t from, std::uint64_t to) noexcept {
  int code = 0;
  do {
    code = ::fallocate(fd, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(from),
                       static_cast<off_t>(to - from)) == 0
               ? 0
               : errno;
  } while (code == EINTR);
  return code;
}

}  // namespace

bool Reserve::leaves_enough(int fd, std::uint64_t taken) const noexcept {
  struct statfs status {};
  // Where nothing is known the allocation itself will tell.
  if (keep_free_ == 0 || ::fstatfs(fd, &status) != 0 || status.f_bsize <= 0) return true;
  constexpr std::uint64_t share = 20;
  const auto block_bytes = static_cast<std::uint64_t>(status.f_bsize);
  const std::uint64_t keep = std::min(keep_free_, status.f_blocks / share * block_bytes);
  return status.f_bavail * block_bytes >= taken + keep;
}

int Reserve::ensure(int fd, std::uint64_t used_bytes) noexcept {
  if (used_bytes + bytes <= allocated_to_) return 0;
  // Allocating behind the end does not ask for this limit, writing does.
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
      used_bytes + bytes > limit.rlim_cur) {
    return EFBIG;
  }
  std::uint64_t to = used_bytes + bytes + ahead_bytes;
  if (!leaves_enough(fd, to - std::max(used_bytes, allocated_to_))) return ENOSPC;
  if (!supported_) return 0;
  int code = allocate(fd, used_bytes, to);
  if (code == ENOSPC || code == EDQUOT || code == EFBIG) {
    to = used_bytes + bytes;  // Near the disk's end without the part ahead.
    code = allocate(fd, used_bytes, to);
  }
  if (code == ENOSPC || code == EDQUOT || code == EFBIG) return code;
  if (code == 0) {
    allocated_to_ = to;
  } else {
    supported_ = false;
  }
  return 0;
}

void Reserve::write_ahead(int fd, std::uint64_t used_bytes, std::size_t batch_bytes) noexcept {
  // A large batch is longer at its own pages than at the flush, and would be written twice.
  constexpr std::size_t small_bytes = std::size_t{32} << 10;
  if (zeros_ == Zeros::useless || batch_bytes > small_bytes) return;
  // What a commit of that size may take: copied branches, a free list, its pages half full.
  constexpr std::uint64_t pages_bytes = std::uint64_t{64} << 10;
  if (used_bytes + pages_bytes + 2 * std::uint64_t{batch_bytes} <= written_to_) return;
  if (zeros_ == Zeros::unknown) {
    zeros_ = overwrites_in_place(fd) ? Zeros::help : Zeros::useless;
    struct stat status {};
    if (zeros_ == Zeros::useless || ::fstat(fd, &status) != 0) return;
    written_to_ = static_cast<std::uint64_t>(status.st_size);
    return write_ahead(fd, used_bytes, batch_bytes);
  }
  // Only behind LMDB's last page, and only into what is allocated: that cannot fill the disk.
  const std::uint64_t from = std::max(used_bytes, written_to_);
  if (from >= allocated_to_) return;
  static constexpr std::array<char, std::size_t{64} << 10> zeros{};
  std::array<struct iovec, (ahead_bytes + bytes) / zeros.size()> parts{};
  std::uint64_t left = allocated_to_ - from;
  int count = 0;
  for (struct iovec& part : parts) {
    if (left == 0) break;
    // Only read from.
    part = {const_cast<char*>(zeros.data()), std::min<std::size_t>(left, zeros.size())};
    left -= part.iov_len;
    ++count;
  }
  const ssize_t written = ::pwritev(fd, parts.data(), count, static_cast<off_t>(from));
  if (written > 0) written_to_ = from + static_cast<std::uint64_t>(written);
}

int Reserve::make_room(const Environment& environment, bool puts,
                       std::size_t batch_bytes) noexcept {
  if (!puts) return 0;
  const std::uint64_t used_bytes = environment.info_inside().used_bytes;
  const int full = ensure(environment.witness_fd(), used_bytes);
  if (full == 0) {
    write_ahead(environment.witness_fd(), used_bytes, batch_bytes);
    return 0;
  }
  // Twice the batch: pages are copied whole, and split where they overflow.
  return environment.free_bytes() >= 2 * std::uint64_t{batch_bytes} + bytes ? 0 : full;
}

}  // namespace stet::detail
