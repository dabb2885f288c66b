// tests/powercut/recorder.cpp - a preloaded library that logs what a program does to one directory.
//
//   LD_PRELOAD=libpowercut_recorder.so STET_RECORD_DIR=/dir STET_RECORD_LOG=/log program
//   STET_RECORD_FAULT=sync:3:5      the third fsync or fdatasync below the directory fails with
//   errno 5;
//                                   likewise write:n:errno, durable_write:n:errno (O_DSYNC), and
//                                   short:n:k, where the nth write writes only k bytes
//
// A call and its event are one step under a mutex, so the log's order is the kernel's. The calls go
// to the kernel directly, not to the C library, so that nothing has to be looked up (or intercepted
// by a sanitizer) before main. What is written through a shared map is not seen: LMDB's lock file,
// whose content means nothing after a crash.
//
// A program may call stet_record_note(): the promises the replayer holds it to.
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "record_log.hpp"

namespace {

using stet::test::EventHeader;
using stet::test::EventKind;

enum class Seen : unsigned char { unknown, ignored, file, directory };
struct Descriptor {
  Seen seen;
  bool flushes;
  unsigned long inode;
  char path[256];  // Of a directory.
};
constexpr int descriptors_max = 1024;  // Beyond: not recorded; a test program has a dozen.

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
bool started = false;
char directory[PATH_MAX];
int log_fd = -1;
Descriptor descriptors[descriptors_max];
char fault_kind[16];
long fault_at = 0;
long fault_value = 0;

// All below need the mutex.

void start() {
  if (started) return;
  started = true;
  const char* where = getenv("STET_RECORD_DIR");
  const char* log = getenv("STET_RECORD_LOG");
  if (where == nullptr || log == nullptr || strlen(where) >= sizeof(directory)) return;
  strcpy(directory, where);
  log_fd = static_cast<int>(
      syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (const char* fault = getenv("STET_RECORD_FAULT")) {
    if (sscanf(fault, "%15[a-z_]:%ld:%ld", fault_kind, &fault_at, &fault_value) != 3) fault_at = 0;
  }
}

void log_event(EventKind kind, unsigned long file, unsigned long offset, const char* path,
               size_t path_bytes, const struct iovec* data, int parts, size_t data_bytes) {
  if (log_fd < 0) return;
  EventHeader header{kind, static_cast<std::uint32_t>(path_bytes), file, offset, data_bytes};
  struct iovec all[80];
  int count = 0;
  all[count++] = {&header, sizeof(header)};
  if (path_bytes > 0) all[count++] = {const_cast<char*>(path), path_bytes};
  for (int i = 0; i < parts && data_bytes > 0; ++i) {
    const size_t length = data[i].iov_len < data_bytes ? data[i].iov_len : data_bytes;
    all[count++] = {data[i].iov_base, length};
    data_bytes -= length;
  }
  // A log with a hole would prove nothing.
  size_t total = 0;
  for (int i = 0; i < count; ++i) total += all[i].iov_len;
  if (syscall(SYS_writev, log_fd, all, count) != static_cast<long>(total)) abort();
}

// Below the directory: its part of the path, "" being the directory itself; else nullptr.
const char* inside(const char* path) {
  const size_t length = strlen(directory);
  if (length == 0 || strncmp(path, directory, length) != 0) return nullptr;
  if (path[length] == '\0') return path + length;
  return path[length] == '/' ? path + length + 1 : nullptr;
}

// The absolute path, or false. Assumes that programs name files below the directory without "..".
bool absolute(int at, const char* path, char* out) {
  if (path[0] == '/') return snprintf(out, PATH_MAX, "%s", path) < PATH_MAX;
  char base[PATH_MAX];
  if (at == AT_FDCWD) {
    if (getcwd(base, sizeof(base)) == nullptr) return false;
  } else {
    char link[64];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", at);
    const ssize_t length = readlink(link, base, sizeof(base) - 1);
    if (length < 0) return false;
    base[length] = '\0';
  }
  return snprintf(out, PATH_MAX, "%s/%s", base, path) < PATH_MAX;
}

Descriptor* look_up(int fd) {
  start();
  if (log_fd < 0 || fd < 0 || fd >= descriptors_max) return nullptr;
  Descriptor& found = descriptors[fd];
  if (found.seen == Seen::unknown) {
    found.seen = Seen::ignored;
    char link[64];
    char path[PATH_MAX];
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    const ssize_t length = readlink(link, path, sizeof(path) - 1);
    struct stat status;
    if (length > 0 && fd != log_fd && fstat(fd, &status) == 0) {
      path[length] = '\0';
      const char* relative = inside(path);
      if (relative != nullptr && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode))) {
        found.seen = S_ISDIR(status.st_mode) ? Seen::directory : Seen::file;
        found.inode = status.st_ino;
        const int flags = fcntl(fd, F_GETFL);
        found.flushes = (flags & O_DSYNC) != 0;
        snprintf(found.path, sizeof(found.path), "%.255s", relative);
      }
    }
  }
  return found.seen == Seen::ignored ? nullptr : &found;
}

Descriptor* look_up_file(int fd) {
  Descriptor* found = look_up(fd);
  return found != nullptr && found->seen == Seen::file ? found : nullptr;
}

void forget(int fd) {
  if (fd >= 0 && fd < descriptors_max) descriptors[fd].seen = Seen::unknown;
}

// Whether this call is the one that has to fail.
bool is_fault(const char* kind) {
  return fault_at > 0 && strcmp(kind, fault_kind) == 0 && --fault_at == 0;
}

class Lock {
 public:
  Lock() { pthread_mutex_lock(&mutex); }
  ~Lock() {
    const int kept = errno;
    pthread_mutex_unlock(&mutex);
    errno = kept;
  }
};

ssize_t record_write(int fd, const struct iovec* data, int parts, long offset, bool at_offset) {
  const Lock lock;
  const Descriptor* file = look_up_file(fd);
  if (file == nullptr) {
    return at_offset ? syscall(SYS_pwritev, fd, data, parts, offset, 0L)
                     : syscall(SYS_writev, fd, data, parts);
  }
  if (is_fault(file->flushes ? "durable_write" : "write")) {
    errno = static_cast<int>(fault_value);
    return -1;
  }
  if (!at_offset) offset = lseek(fd, 0, SEEK_CUR);
  struct iovec first;
  if (is_fault("short")) {
    first = {data[0].iov_base, static_cast<size_t>(fault_value)};
    data = &first;
    parts = 1;
  }
  const long written = at_offset ? syscall(SYS_pwritev, fd, data, parts, offset, 0L)
                                 : syscall(SYS_writev, fd, data, parts);
  const int error = errno;
  if (written > 0) {
    log_event(file->flushes ? EventKind::write_durable : EventKind::write, file->inode,
              static_cast<unsigned long>(offset), "", 0, data, parts, static_cast<size_t>(written));
  }
  errno = error;
  return written;
}

int record_open(int at, const char* path, int flags, mode_t mode) {
  const Lock lock;
  start();
  char whole[PATH_MAX];
  const char* relative = nullptr;
  if (log_fd >= 0 && absolute(at, path, whole)) relative = inside(whole);
  const bool existed = relative != nullptr && faccessat(AT_FDCWD, whole, F_OK, 0) == 0;
  const int fd = static_cast<int>(syscall(SYS_openat, at, path, flags, mode));
  const int error = errno;
  if (fd >= 0) {
    forget(fd);
    struct stat status;
    if (relative != nullptr && fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
      if (!existed) {
        log_event(EventKind::create, status.st_ino, 0, relative, strlen(relative), nullptr, 0, 0);
      } else if ((flags & O_TRUNC) != 0) {
        log_event(EventKind::truncate, status.st_ino, 0, "", 0, nullptr, 0, 0);
      }
    }
  }
  errno = error;
  return fd;
}

int record_sync(int fd, long call) {
  const Lock lock;
  const Descriptor* found = look_up(fd);
  if (found != nullptr && is_fault("sync")) {
    errno = static_cast<int>(fault_value);
    return -1;
  }
  const int result = static_cast<int>(syscall(call, fd));
  if (result == 0 && found != nullptr) {
    if (found->seen == Seen::file) {
      log_event(EventKind::sync, found->inode, 0, "", 0, nullptr, 0, 0);
    } else {
      log_event(EventKind::sync_directory, 0, 0, found->path, strlen(found->path), nullptr, 0, 0);
    }
  }
  return result;
}

int record_truncate(int fd, off_t size) {
  const Lock lock;
  const Descriptor* file = look_up_file(fd);
  const int result = static_cast<int>(syscall(SYS_ftruncate, fd, size));
  if (result == 0 && file != nullptr) {
    log_event(EventKind::truncate, file->inode, static_cast<unsigned long>(size), "", 0, nullptr, 0,
              0);
  }
  return result;
}

void log_path(EventKind kind, int at, const char* path) {
  char whole[PATH_MAX];
  if (log_fd < 0 || !absolute(at, path, whole)) return;
  if (const char* relative = inside(whole)) {
    log_event(kind, 0, 0, relative, strlen(relative), nullptr, 0, 0);
  }
}

int record_unlink(int at, const char* path, int flags) {
  const Lock lock;
  start();
  const int result = static_cast<int>(syscall(SYS_unlinkat, at, path, flags));
  if (result == 0) log_path(EventKind::remove, at, path);
  return result;
}

int record_mkdir(int at, const char* path, mode_t mode) {
  const Lock lock;
  start();
  const int result = static_cast<int>(syscall(SYS_mkdirat, at, path, mode));
  if (result == 0) log_path(EventKind::make_directory, at, path);
  return result;
}

int record_rename(int from_at, const char* from, int to_at, const char* to) {
  const Lock lock;
  start();
  char whole_from[PATH_MAX];
  char whole_to[PATH_MAX];
  const bool known =
      log_fd >= 0 && absolute(from_at, from, whole_from) && absolute(to_at, to, whole_to);
  const int result = static_cast<int>(syscall(SYS_renameat2, from_at, from, to_at, to, 0));
  if (result == 0 && known && inside(whole_from) != nullptr && inside(whole_to) != nullptr) {
    char both[2 * PATH_MAX];
    const size_t first = strlen(inside(whole_from)) + 1;
    memcpy(both, inside(whole_from), first);
    strcpy(both + first, inside(whole_to));
    log_event(EventKind::rename, 0, 0, both, first + strlen(inside(whole_to)), nullptr, 0, 0);
    // The paths of open directories have changed.
    for (int fd = 0; fd < descriptors_max; ++fd) forget(fd);
  }
  return result;
}

mode_t mode_of(int flags, va_list arguments) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(arguments, mode_t) : 0;
}

}  // namespace

#define RECORDED extern "C" __attribute__((visibility("default")))

// kind: note_issued or note_acked, as a number.
RECORDED void stet_record_note(unsigned kind, unsigned long n) {
  const Lock lock;
  start();
  log_event(static_cast<EventKind>(kind), 0, n, "", 0, nullptr, 0, 0);
}

#define DEFINE_OPEN(name)                               \
  RECORDED int name(const char* path, int flags, ...) { \
    va_list arguments;                                  \
    va_start(arguments, flags);                         \
    const mode_t mode = mode_of(flags, arguments);      \
    va_end(arguments);                                  \
    return record_open(AT_FDCWD, path, flags, mode);    \
  }
DEFINE_OPEN(open)
DEFINE_OPEN(open64)

#define DEFINE_OPENAT(name)                                     \
  RECORDED int name(int at, const char* path, int flags, ...) { \
    va_list arguments;                                          \
    va_start(arguments, flags);                                 \
    const mode_t mode = mode_of(flags, arguments);              \
    va_end(arguments);                                          \
    return record_open(at, path, flags, mode);                  \
  }
DEFINE_OPENAT(openat)
DEFINE_OPENAT(openat64)

RECORDED int close(int fd) {
  const Lock lock;
  forget(fd);
  return static_cast<int>(syscall(SYS_close, fd));
}
RECORDED int dup2(int from, int to) {
  const Lock lock;
  forget(to);
  return static_cast<int>(syscall(SYS_dup2, from, to));
}

RECORDED ssize_t write(int fd, const void* data, size_t size) {
  const struct iovec part = {const_cast<void*>(data), size};
  return record_write(fd, &part, 1, 0, false);
}
RECORDED ssize_t writev(int fd, const struct iovec* data, int parts) {
  return record_write(fd, data, parts, 0, false);
}
RECORDED ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  const struct iovec part = {const_cast<void*>(data), size};
  return record_write(fd, &part, 1, offset, true);
}
RECORDED ssize_t pwrite64(int fd, const void* data, size_t size, off64_t offset) {
  const struct iovec part = {const_cast<void*>(data), size};
  return record_write(fd, &part, 1, offset, true);
}
RECORDED int fsync(int fd) { return record_sync(fd, SYS_fsync); }
RECORDED int fdatasync(int fd) { return record_sync(fd, SYS_fdatasync); }
RECORDED int ftruncate(int fd, off_t size) noexcept { return record_truncate(fd, size); }
RECORDED int ftruncate64(int fd, off64_t size) noexcept { return record_truncate(fd, size); }
RECORDED int unlink(const char* path) noexcept { return record_unlink(AT_FDCWD, path, 0); }
RECORDED int unlinkat(int at, const char* path, int flags) noexcept {
  return record_unlink(at, path, flags);
}
RECORDED int rmdir(const char* path) noexcept {
  return record_unlink(AT_FDCWD, path, AT_REMOVEDIR);
}
RECORDED int mkdir(const char* path, mode_t mode) noexcept {
  return record_mkdir(AT_FDCWD, path, mode);
}
RECORDED int mkdirat(int at, const char* path, mode_t mode) noexcept {
  return record_mkdir(at, path, mode);
}
RECORDED int rename(const char* from, const char* to) noexcept {
  return record_rename(AT_FDCWD, from, AT_FDCWD, to);
}
RECORDED int renameat(int from_at, const char* from, int to_at, const char* to) noexcept {
  return record_rename(from_at, from, to_at, to);
}
