// persistence/src/owner_lock.cpp - the lock file, the list of this process, the file systems
// refused.
#include "owner_lock.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace stet::detail {
namespace {

// The stores open in this process. Global because the rule is the process's; constant-initialized,
// so there is no constructor to order.
constinit std::mutex open_mutex;
constinit OwnerLock* open_locks = nullptr;

std::string reason(int code) { return std::generic_category().message(code); }

Error taken_by(const std::filesystem::path& directory, int owner_fd) {
  std::array<char, 24> text{};
  const ssize_t length = ::pread(owner_fd, text.data(), text.size() - 1, 0);
  const long pid = length > 0 ? std::strtol(text.data(), nullptr, 10) : 0;
  std::string why = "the store in " + directory.string() + " is open in ";
  if (pid <= 0) {
    why += "another process, which has not written its pid yet: try again";
  } else if (::kill(static_cast<pid_t>(pid), 0) == 0 || errno != ESRCH) {
    why += "process " + std::to_string(pid) + ": end that one, or use another directory";
  } else {
    why += "a process forked from " + std::to_string(pid) +
           ", which has ended: end its children, they hold the lock";
  }
  return Error(Errc::already_open, std::move(why), static_cast<int>(pid > 0 ? pid : 0));
}

}  // namespace

std::string_view network_file_system(std::uint32_t type) noexcept {
  // Numbers of linux/magic.h and of file systems kept outside of it.
  struct Known {
    std::uint32_t type;
    std::string_view name;
  };
  static constexpr std::array<Known, 14> known = {{{0x6969, "NFS"},
                                                   {0x517b, "SMB"},
                                                   {0xff534d42, "CIFS"},
                                                   {0xfe534d42, "SMB2"},
                                                   {0x01021997, "9P"},
                                                   {0x73757245, "Coda"},
                                                   {0x5346414f, "AFS"},
                                                   {0x564c, "NCP"},
                                                   {0x00c36400, "Ceph"},
                                                   {0x65735546, "FUSE"},
                                                   {0x01161970, "GFS2"},
                                                   {0x7461636f, "OCFS2"},
                                                   {0x0bd00bd0, "Lustre"},
                                                   {0x47504653, "GPFS"}}};
  for (const Known& entry : known) {
    if (entry.type == type) return entry.name;
  }
  return {};
}

OwnerLock::OwnerLock(UniqueFd directory, dev_t device, ino_t inode) noexcept
    : directory_fd_(std::move(directory)), device_(device), inode_(inode), pid_(::getpid()) {}

Result<std::unique_ptr<OwnerLock>> OwnerLock::acquire(const std::filesystem::path& directory,
                                                      bool trust_file_system) {
  UniqueFd fd(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) {
    const int code = errno;
    if (code == ENOTDIR) {
      return Error(Errc::invalid_argument,
                   directory.string() + " is not a directory: name one for the store", code);
    }
    return Error(code == ENOENT ? Errc::not_found : Errc::io,
                 "cannot open the directory " + directory.string() + ": " + reason(code), code);
  }
  struct statfs file_system {};
  struct stat status {};
  if (::fstatfs(fd.get(), &file_system) != 0 || ::fstat(fd.get(), &status) != 0) {
    const int code = errno;
    return Error(Errc::io, "cannot look at " + directory.string() + ": " + reason(code), code);
  }
  const std::string_view network =
      network_file_system(static_cast<std::uint32_t>(file_system.f_type));
  if (!network.empty() && !trust_file_system) {
    return Error(Errc::unsupported, directory.string() + " is on " + std::string(network) +
                                        ", where neither locks nor flushes can be trusted: use a "
                                        "directory on a local disk");
  }

  std::unique_ptr<OwnerLock> lock(new OwnerLock(std::move(fd), status.st_dev, status.st_ino));
  const std::lock_guard guard(open_mutex);
  for (const OwnerLock* other = open_locks; other != nullptr; other = other->next_) {
    // An entry inherited by fork is not ours: the file's lock names its owner.
    if (other->pid_ != lock->pid_) continue;
    if (other->device_ == lock->device_ && other->inode_ == lock->inode_) {
      return Error(Errc::already_open,
                   "the store in " + directory.string() + " is open in this process, pid " +
                       std::to_string(lock->pid_) + ": share that one, or close it first",
                   static_cast<int>(lock->pid_));
    }
  }
  // Not before the list was searched, and under its mutex, so that a second open leaves the file
  // of the first alone.
  if (Result<void> locked = lock->lock_file(directory); !locked) return std::move(locked).error();
  lock->next_ = open_locks;
  open_locks = lock.get();
  return lock;
}

Result<void> OwnerLock::lock_file(const std::filesystem::path& directory) {
  owner_fd_ = UniqueFd(
      ::openat(directory_fd_.get(), "owner", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!owner_fd_) {
    const int code = errno;
    return Error(code == ENOSPC || code == EDQUOT ? Errc::disk_full : Errc::io,
                 "cannot write in " + directory.string() + ": " + reason(code) +
                     "; the store needs a directory it may write to",
                 code);
  }
  // A lock of the open file description: closing another descriptor of the file does not drop it,
  // as it would drop one of the process.
  struct flock whole {};
  whole.l_type = F_WRLCK;
  whole.l_whence = SEEK_SET;
  if (::fcntl(owner_fd_.get(), F_OFD_SETLK, &whole) != 0) {
    const int code = errno;
    if (code == EAGAIN || code == EACCES) return taken_by(directory, owner_fd_.get());
    return Error(Errc::unsupported,
                 "cannot lock a file in " + directory.string() + ": " + reason(code), code);
  }
  // For people and for taken_by(); the lock, not the text, is what counts, so a full disk is no
  // reason to refuse.
  const std::string text = std::to_string(pid_) + "\n";
  if (::ftruncate(owner_fd_.get(), 0) == 0) {
    [[maybe_unused]] const ssize_t written = ::pwrite(owner_fd_.get(), text.data(), text.size(), 0);
  }
  return {};
}

OwnerLock::~OwnerLock() {
  const std::lock_guard guard(open_mutex);
  for (OwnerLock** link = &open_locks; *link != nullptr; link = &(*link)->next_) {
    if (*link == this) {
      *link = next_;
      break;
    }
  }
  // Closed under the mutex (members go after this body, so here): who finds the list empty finds
  // the file free too.
  owner_fd_ = UniqueFd();
}

bool OwnerLock::is_owner_process() const noexcept { return ::getpid() == pid_; }

}  // namespace stet::detail
