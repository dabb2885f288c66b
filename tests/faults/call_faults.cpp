// tests/faults/call_faults.cpp - the C library's functions, counted, one of them failing.
//
// They go to the kernel directly: whatever comes first in the process, be it a sanitizer, there is
// nothing to look up.
#include "call_faults.hpp"

#include <fcntl.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace stet::test {
namespace {

// relaxed: set before there are threads.
std::atomic<CallPlan*> armed{nullptr};

bool is_inside(const CallPlan& plan, const char* path) {
  return std::strncmp(path, plan.directory, std::strlen(plan.directory)) == 0;
}

bool is_inside(const CallPlan& plan, int fd) {
  char link[32];
  char path[512];
  std::snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
  const ssize_t length = ::readlink(link, path, sizeof(path) - 1);
  if (length <= 0) return false;
  path[length] = '\0';
  return is_inside(plan, path);
}

// 0, or what this call fails with.
int next_fault(CallKind kind, CallPlan& plan) {
  constexpr auto relaxed = std::memory_order_relaxed;
  const auto index = static_cast<std::uint8_t>(kind);
  const std::uint32_t number = plan.calls.fetch_add(1, relaxed) + 1;
  plan.calls_by_kind[index].fetch_add(1, relaxed);
  if (plan.fail_at == 0 || number < plan.fail_at) return 0;
  if (number == plan.fail_at) {
    plan.failed_kind.store(index, relaxed);
  } else if (plan.failed_kind.load(relaxed) != index ||
             plan.failed.load(relaxed) >= plan.times_max) {
    return 0;
  }
  plan.failed.fetch_add(1, relaxed);
  return plan.error;
}

// What a call on `place`, a path or a descriptor, fails with.
template <class Place>
int fault_of(CallKind kind, Place place) {
  const int kept = errno;
  CallPlan* const plan = armed.load(std::memory_order_relaxed);
  const int fault = plan != nullptr && is_inside(*plan, place) ? next_fault(kind, *plan) : 0;
  errno = kept;
  return fault;
}

// A call that cannot be short is a call that fails in no way then.
template <class Place>
bool fails(CallKind kind, Place place) {
  const int fault = fault_of(kind, place);
  if (fault <= 0) return false;
  errno = fault;
  return true;
}

// Of a path relative to a directory's descriptor the directory decides.
template <class Call>
auto name_call(int at, const char* path, Call call) -> decltype(call()) {
  const bool failed =
      path[0] == '/' || at == AT_FDCWD ? fails(CallKind::name, path) : fails(CallKind::name, at);
  return failed ? -1 : call();
}

int open_call(int at, const char* path, int flags, mode_t mode) {
  const bool failed =
      path[0] == '/' || at == AT_FDCWD ? fails(CallKind::open, path) : fails(CallKind::open, at);
  if (failed) return -1;
  return static_cast<int>(::syscall(SYS_openat, at, path, flags, mode));
}

// Vectors of more than 64 parts are LMDB's largest.
ssize_t transfer_call(CallKind kind, long call, int fd, const iovec* data, int parts, off_t offset,
                      bool at_offset) {
  const int fault = fault_of(kind, fd);
  if (fault > 0) {
    errno = fault;
    return -1;
  }
  iovec half;
  if (fault == short_transfer && data[0].iov_len > 1) {
    half = {data[0].iov_base, data[0].iov_len / 2};
    data = &half;
    parts = 1;
  }
  return at_offset ? ::syscall(call, fd, data, parts, offset, 0L)
                   : ::syscall(call, fd, data, parts);
}

mode_t mode_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

void arm_calls(CallPlan* plan) noexcept { armed.store(plan, std::memory_order_relaxed); }

}  // namespace stet::test

using stet::test::CallKind;

#define REPLACED extern "C" __attribute__((visibility("default"), used))

#define REPLACED_OPEN(name)                                    \
  REPLACED int name(const char* path, int flags, ...) {        \
    va_list arguments;                                         \
    va_start(arguments, flags);                                \
    const mode_t mode = stet::test::mode_of(flags, arguments); \
    va_end(arguments);                                         \
    return stet::test::open_call(AT_FDCWD, path, flags, mode); \
  }
REPLACED_OPEN(open)
REPLACED_OPEN(open64)

#define REPLACED_OPENAT(name)                                   \
  REPLACED int name(int at, const char* path, int flags, ...) { \
    va_list arguments;                                          \
    va_start(arguments, flags);                                 \
    const mode_t mode = stet::test::mode_of(flags, arguments);  \
    va_end(arguments);                                          \
    return stet::test::open_call(at, path, flags, mode);        \
  }
REPLACED_OPENAT(openat)
REPLACED_OPENAT(openat64)

REPLACED ssize_t write(int fd, const void* data, size_t size) {
  const iovec part = {const_cast<void*>(data), size};
  return stet::test::transfer_call(CallKind::write, SYS_writev, fd, &part, 1, 0, false);
}
REPLACED ssize_t writev(int fd, const iovec* data, int parts) {
  return stet::test::transfer_call(CallKind::write, SYS_writev, fd, data, parts, 0, false);
}
#define REPLACED_PWRITE(name)                                                                   \
  REPLACED ssize_t name(int fd, const void* data, size_t size, off_t offset) {                  \
    const iovec part = {const_cast<void*>(data), size};                                         \
    return stet::test::transfer_call(CallKind::write, SYS_pwritev, fd, &part, 1, offset, true); \
  }
REPLACED_PWRITE(pwrite)
REPLACED_PWRITE(pwrite64)
#define REPLACED_PWRITEV(name)                                                                     \
  REPLACED ssize_t name(int fd, const iovec* data, int parts, off_t offset) {                      \
    return stet::test::transfer_call(CallKind::write, SYS_pwritev, fd, data, parts, offset, true); \
  }
REPLACED_PWRITEV(pwritev)
REPLACED_PWRITEV(pwritev64)

REPLACED ssize_t read(int fd, void* data, size_t size) {
  const iovec part = {data, size};
  return stet::test::transfer_call(CallKind::read, SYS_readv, fd, &part, 1, 0, false);
}
#define REPLACED_PREAD(name)                                                                  \
  REPLACED ssize_t name(int fd, void* data, size_t size, off_t offset) {                      \
    const iovec part = {data, size};                                                          \
    return stet::test::transfer_call(CallKind::read, SYS_preadv, fd, &part, 1, offset, true); \
  }
REPLACED_PREAD(pread)
REPLACED_PREAD(pread64)

REPLACED int fsync(int fd) {
  if (stet::test::fails(CallKind::flush, fd)) return -1;
  return static_cast<int>(::syscall(SYS_fsync, fd));
}
REPLACED int fdatasync(int fd) {
  if (stet::test::fails(CallKind::flush, fd)) return -1;
  return static_cast<int>(::syscall(SYS_fdatasync, fd));
}

#define REPLACED_TRUNCATE(name)                                  \
  REPLACED int name(int fd, off_t size) noexcept {               \
    if (stet::test::fails(CallKind::truncate, fd)) return -1;    \
    return static_cast<int>(::syscall(SYS_ftruncate, fd, size)); \
  }
REPLACED_TRUNCATE(ftruncate)
REPLACED_TRUNCATE(ftruncate64)

#define REPLACED_ALLOCATE(name)                                              \
  REPLACED int name(int fd, int mode, off_t from, off_t size) {              \
    if (stet::test::fails(CallKind::allocate, fd)) return -1;                \
    return static_cast<int>(::syscall(SYS_fallocate, fd, mode, from, size)); \
  }
REPLACED_ALLOCATE(fallocate)
REPLACED_ALLOCATE(fallocate64)

#define REPLACED_MAP(name)                                                                        \
  REPLACED void* name(void* at, size_t size, int protection, int flags, int fd,                   \
                      off_t offset) noexcept {                                                    \
    if (fd >= 0 && stet::test::fails(CallKind::map, fd)) return MAP_FAILED;                       \
    return reinterpret_cast<void*>(::syscall(SYS_mmap, at, size, protection, flags, fd, offset)); \
  }
REPLACED_MAP(mmap)
REPLACED_MAP(mmap64)

REPLACED int rename(const char* from, const char* to) noexcept {
  return stet::test::name_call(AT_FDCWD, from, [&] {
    return static_cast<int>(::syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
  });
}
REPLACED int renameat(int from_at, const char* from, int to_at, const char* to) noexcept {
  return stet::test::name_call(from_at, from, [&] {
    return static_cast<int>(::syscall(SYS_renameat2, from_at, from, to_at, to, 0));
  });
}
REPLACED int unlink(const char* path) noexcept {
  return stet::test::name_call(
      AT_FDCWD, path, [&] { return static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, 0)); });
}
REPLACED int unlinkat(int at, const char* path, int flags) noexcept {
  return stet::test::name_call(
      at, path, [&] { return static_cast<int>(::syscall(SYS_unlinkat, at, path, flags)); });
}
REPLACED int rmdir(const char* path) noexcept {
  return stet::test::name_call(AT_FDCWD, path, [&] {
    return static_cast<int>(::syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR));
  });
}
REPLACED int mkdir(const char* path, mode_t mode) noexcept {
  return stet::test::name_call(AT_FDCWD, path, [&] {
    return static_cast<int>(::syscall(SYS_mkdirat, AT_FDCWD, path, mode));
  });
}
