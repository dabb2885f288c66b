// tools/examples/census/input.cpp - opens, reads, keeps and rewinds the census's input.
#include "input.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "apt_cache.hpp"

namespace census {
namespace {

constexpr const char* status_path = "/var/lib/dpkg/status";

stet::Error system_error(std::string what, int code) {
  const stet::Errc kind = code == ENOENT                     ? stet::Errc::not_found
                          : code == ENOSPC || code == EDQUOT ? stet::Errc::disk_full
                                                             : stet::Errc::io;
  return stet::Error(kind, what.append(": ").append(std::strerror(code)), code);
}

stet::Result<std::size_t> read_some(int descriptor, std::span<char> into, const std::string& name) {
  for (;;) {  // Ends unless signals arrive faster than system calls begin.
    const ssize_t count = ::read(descriptor, into.data(), into.size());
    if (count >= 0) return static_cast<std::size_t>(count);
    if (errno != EINTR) return system_error("cannot read " + name, errno);
  }
}

// A file without a name: it is gone when we are, however we end.
stet::Result<int> open_temporary() {
  const char* parent = std::getenv("TMPDIR");
  std::string path = parent != nullptr && *parent != '\0' ? parent : "/tmp";
  path += "/stet-census-XXXXXX";
  const int descriptor = ::mkostemp(path.data(), O_CLOEXEC);
  if (descriptor < 0) return system_error("cannot make a temporary file " + path, errno);
  ::unlink(path.c_str());
  return descriptor;
}

}  // namespace

stet::Result<Input> Input::open(std::string_view source) {
  if (source == "-") {
    const int descriptor = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
    if (descriptor < 0) return system_error("cannot read standard input", errno);
    Input input = from_descriptor(descriptor, "standard input");
    struct stat status {};
    if (::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
      return stet::Error(stet::Errc::invalid_argument, "standard input is a directory");
    }
    return input;
  }
  if (!source.empty()) {
    const std::string path(source);
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return system_error("cannot open " + path, errno);
    Input input = from_descriptor(descriptor, path);
    struct stat status {};
    if (::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
      return stet::Error(stet::Errc::invalid_argument,
                         path + " is a directory; a file of Debian control stanzas is expected");
    }
    return input;
  }

  const stet::Result<AptCache> spawned = spawn_apt_cache();
  if (!spawned) return open_status(spawned.error().text);
  Input input = from_descriptor(spawned->descriptor, "apt-cache dumpavail");
  input.child_ = spawned->child;
  input.from_apt_cache_ = true;
  input.bytes_estimated_ = apt_cache_bytes_estimated();
  std::string head(std::size_t{64} * 1024, '\0');
  const stet::Result<std::size_t> count = read_some(input.descriptor_, head, input.name_);
  if (!count) return open_status(count.error().text);
  if (*count == 0) {
    const std::string failure = wait_for_child(std::exchange(input.child_, -1));
    return open_status(failure.empty() ? "printed nothing" : failure);
  }
  head.resize(*count);
  input.head_ = std::move(head);
  return input;
}

stet::Result<Input> Input::open_status(std::string_view reason) {
  const std::string notice =
      std::string("apt-cache dumpavail ").append(reason).append("; reading ").append(status_path);
  stet::Result<Input> input = open(status_path);
  if (!input) {
    stet::Error error = std::move(input).error();
    error.text = notice + ", but " + error.text;
    return error;
  }
  input->notice_ = notice + " instead";
  return input;
}

Input Input::from_descriptor(int descriptor, std::string name) {
  Input input;
  input.descriptor_ = descriptor;
  input.name_ = std::move(name);
  struct stat status {};
  if (::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
    // Standard input may be a file that somebody has read a part of: that part is not ours.
    input.start_ = ::lseek(descriptor, 0, SEEK_CUR);
    input.regular_ = input.start_ >= 0;
    input.start_ = std::max<std::int64_t>(input.start_, 0);
    if (status.st_size > input.start_) {
      input.bytes_estimated_ = static_cast<std::uint64_t>(status.st_size - input.start_);
    }
  }
  return input;
}

Input::Input(Input&& other) noexcept { *this = std::move(other); }

Input& Input::operator=(Input&& other) noexcept {
  if (this == &other) return *this;
  close();
  descriptor_ = std::exchange(other.descriptor_, -1);
  copy_descriptor_ = std::exchange(other.copy_descriptor_, -1);
  child_ = std::exchange(other.child_, -1);
  regular_ = other.regular_;
  copying_ = other.copying_;
  from_apt_cache_ = other.from_apt_cache_;
  start_ = other.start_;
  copied_bytes_ = other.copied_bytes_;
  replayed_bytes_ = other.replayed_bytes_;
  bytes_estimated_ = other.bytes_estimated_;
  head_ = std::move(other.head_);
  name_ = std::move(other.name_);
  notice_ = std::move(other.notice_);
  pulse_ = std::move(other.pulse_);
  return *this;
}

Input::~Input() { close(); }

void Input::close() noexcept {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  if (copy_descriptor_ >= 0) ::close(std::exchange(copy_descriptor_, -1));
  if (child_ > 0) {
    ::kill(child_, SIGTERM);  // Nobody reads its output any more.
    (void)wait_for_child(std::exchange(child_, -1));
  }
}

stet::Result<std::size_t> Input::read(std::span<char> into) {
  if (into.empty()) return std::size_t{0};
  if (replayed_bytes_ < copied_bytes_) {
    const std::size_t wanted = static_cast<std::size_t>(
        std::min<std::uint64_t>(into.size(), copied_bytes_ - replayed_bytes_));
    ssize_t count = 0;
    do {
      count = ::pread(copy_descriptor_, into.data(), wanted, static_cast<off_t>(replayed_bytes_));
    } while (count < 0 && errno == EINTR);
    if (count <= 0)
      return system_error("cannot read the copy of " + name_, count < 0 ? errno : EIO);
    replayed_bytes_ += static_cast<std::uint64_t>(count);
    return static_cast<std::size_t>(count);
  }
  stet::Result<std::size_t> count = read_source(into);
  if (!count || *count == 0 || !copying_) return count;
  stet::Result<void> copied = copy(into.first(*count));
  if (!copied) return std::move(copied).error();
  return count;
}

stet::Result<std::size_t> Input::read_source(std::span<char> into) {
  if (!head_.empty()) {
    const std::size_t count = std::min(into.size(), head_.size());
    std::copy_n(head_.data(), count, into.data());
    head_.erase(0, count);
    return count;
  }
  if (stet::Result<void> waited = wait(); !waited) return std::move(waited).error();
  stet::Result<std::size_t> count = read_some(descriptor_, into, name_);
  if (count && *count == 0) {
    stet::Result<void> ended = reap();
    if (!ended) return std::move(ended).error();
  }
  return count;
}

stet::Result<void> Input::wait() {
  if (!pulse_) return {};  // Then read() waits.
  for (;;) {               // As long as the source keeps silent.
    if (stet::Result<void> done = pulse_(); !done) return done;
    pollfd source{descriptor_, POLLIN, 0};
    const int ready = ::poll(&source, 1, static_cast<int>(pulse_interval.count()));
    if (ready > 0) return {};  // Also the end, or an error: read() says which.
    if (ready < 0 && errno != EINTR) return system_error("cannot wait for " + name_, errno);
  }
}

stet::Result<void> Input::reap() {
  if (child_ <= 0) return {};
  const std::string failure = wait_for_child(std::exchange(child_, -1));
  if (failure.empty()) return {};
  return stet::Error(stet::Errc::io, name_ + " " + failure + " before its output was complete");
}

stet::Result<void> Input::keep() {
  if (regular_ || copying_) return {};
  const stet::Result<int> descriptor = open_temporary();
  if (!descriptor) return descriptor.error();
  copy_descriptor_ = *descriptor;
  copying_ = true;
  return {};
}

stet::Result<void> Input::copy(std::span<const char> bytes) {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pwrite(copy_descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(copied_bytes_));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      return system_error("cannot keep a copy of " + name_ + " (set TMPDIR to a larger directory)",
                          count < 0 ? errno : ENOSPC);
    }
    copied_bytes_ += static_cast<std::uint64_t>(count);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  replayed_bytes_ = copied_bytes_;  // These bytes were just given out.
  return {};
}

stet::Result<void> Input::rewind() {
  if (regular_) {
    if (::lseek(descriptor_, start_, SEEK_SET) < 0) {
      return system_error("cannot rewind " + name_, errno);
    }
    return {};
  }
  STET_ASSERT(copying_);
  if (!copying_) return stet::Error(stet::Errc::invalid_argument, name_ + " was not kept");
  replayed_bytes_ = 0;
  return {};
}

void Input::forget() noexcept { copying_ = false; }

}  // namespace census
