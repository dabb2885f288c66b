// persistence/src/lmdb/reserve.cpp - allocating behind the end of a file.
#include "reserve.hpp"

#include <fcntl.h>
#include <sys/resource.h>

#include <cerrno>

namespace stet::detail {
namespace {

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

int Reserve::ensure(int fd, std::uint64_t used_bytes) noexcept {
  if (used_bytes + bytes <= allocated_to_) return 0;
  // Allocating behind the end does not ask for this limit, writing does.
  struct rlimit limit {};
  if (::getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
      used_bytes + bytes > limit.rlim_cur) {
    return EFBIG;
  }
  if (!supported_) return 0;
  constexpr std::uint64_t ahead_bytes = std::uint64_t{1} << 20;
  std::uint64_t to = used_bytes + bytes + ahead_bytes;
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

int Reserve::make_room(const Environment& environment, bool puts,
                       std::size_t batch_bytes) noexcept {
  if (!puts) return 0;
  const int full = ensure(environment.witness_fd(), environment.info_inside().used_bytes);
  if (full == 0) return 0;
  // Twice the batch: pages are copied whole, and split where they overflow.
  return environment.free_bytes() >= 2 * std::uint64_t{batch_bytes} + bytes ? 0 : full;
}

}  // namespace stet::detail
