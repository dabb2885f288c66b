// persistence/src/care/contained.cpp - forking, limiting, listening.
#include "contained.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "../unique_fd.hpp"

namespace stet::detail {
namespace {

constexpr char tag_done = 0;
constexpr char tag_failed = 1;                 // Errc (1), native (4), text.
constexpr std::size_t message_head_bytes = 5;  // Bytes of the message (4), tag.
constexpr int tick_ms = 200;
constexpr int only_fd = 3;  // Of the child, behind the standard ones.

// So much more than the process has now. A limit that is lower already stays.
void allow_more(std::size_t more) noexcept {
  std::array<char, 256> text{};
  const UniqueFd fd(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC));
  if (!fd || ::read(fd.get(), text.data(), text.size() - 1) <= 0) return;
  const char* at = text.data();
  for (int field = 0; field < 5 && at != nullptr; ++field) {
    at = std::strchr(at, ' ');
    if (at != nullptr) ++at;
  }
  if (at == nullptr) return;
  const auto page_bytes = static_cast<rlim_t>(::sysconf(_SC_PAGESIZE));
  const rlim_t now = std::strtoull(at, nullptr, 10) * page_bytes;
  rlimit limit{};
  if (::getrlimit(RLIMIT_DATA, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, now + more);
  ::setrlimit(RLIMIT_DATA, &limit);
}

void lower_limit(int resource, rlim_t value) noexcept {
  rlimit found{};
  if (::getrlimit(static_cast<__rlimit_resource>(resource), &found) != 0) return;
  found.rlim_cur = std::min(found.rlim_max, value);
  ::setrlimit(static_cast<__rlimit_resource>(resource), &found);
}

void close_all_but_one(int keep) noexcept {
  if (keep != only_fd) ::dup2(keep, only_fd);
  ::fcntl(only_fd, F_SETFD, FD_CLOEXEC);
  if (::close_range(only_fd + 1, ~0U, 0) == 0) return;
  const long open_max = std::min<long>(::sysconf(_SC_OPEN_MAX), 1 << 16);  // An older kernel.
  for (int fd = only_fd + 1; fd < open_max; ++fd) ::close(fd);
}

// The host's handlers mean the host.
void reset_signals() noexcept {
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction action {};
    const bool ignored = number == SIGPIPE || number == SIGXFSZ;  // These come back as errors.
    action.sa_handler = ignored ? SIG_IGN : SIG_DFL;
    ::sigaction(number, &action, nullptr);  // Fails for the two that nobody can change.
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void be_child(int to_parent, pid_t parent_pid, const ChildLimits& limits,
                           const ChildWork& work) noexcept {
  reset_signals();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent_pid) ::_exit(0);  // It ended before that was set.
  close_all_but_one(to_parent);
  lower_limit(RLIMIT_CORE, 0);
  lower_limit(RLIMIT_CPU, static_cast<rlim_t>(limits.processor.count()));
  allow_more(limits.memory_bytes);
  ToParent parent(only_fd);
  Result<void> done;
  try {
    done = work(parent);
  } catch (const std::bad_alloc&) {
    done = Error(Errc::no_memory, {});
  } catch (const std::exception&) {
    done = Error(Errc::io, "an unexpected exception");
  }
  if (done) {
    parent.send(tag_done, {});
  } else {
    const Error& error = done.error();
    std::string bytes(1, static_cast<char>(error.code));
    const std::int32_t native = error.native;
    bytes.append(reinterpret_cast<const char*>(&native), sizeof(native));
    bytes.append(error.code == Errc::no_memory && error.text.empty()
                     ? "the memory limit of the process that reads the store was reached"
                     : error.text);
    parent.send(tag_failed, bytes);
  }
  ::_exit(0);
}

Error failure_of(std::string_view bytes) {
  if (bytes.size() < 5) return Error(Errc::io, "the process that reads the store was cut short");
  std::int32_t native = 0;
  std::memcpy(&native, bytes.data() + 1, sizeof(native));
  return Error(static_cast<Errc>(bytes[0]), std::string(bytes.substr(5)), native);
}

// What the child says, until it says no more.
class Listener {
 public:
  Listener(int fd, const ParentHooks& hooks, ChildEnd& end) noexcept
      : fd_(fd), hooks_(hooks), end_(end) {}

  void listen() {
    for (;;) {
      pollfd wait{.fd = fd_, .events = POLLIN, .revents = 0};
      const int ready = ::poll(&wait, 1, hooks_.on_tick ? tick_ms : -1);
      if (ready < 0 && errno != EINTR) return;
      if (ready > 0) {
        std::array<char, 4096> bytes{};
        const ssize_t got = ::read(fd_, bytes.data(), bytes.size());
        if (got == 0 || (got < 0 && errno != EINTR)) return;
        if (got > 0) waiting_.append(bytes.data(), static_cast<std::size_t>(got));
      }
      if (!take() || (hooks_.on_tick && !hooks_.on_tick())) {
        end_.how = ChildEnd::How::stopped;
        return;
      }
    }
  }

 private:
  bool take() {
    for (;;) {
      if (waiting_.size() < message_head_bytes) return true;
      std::uint32_t size = 0;
      std::memcpy(&size, waiting_.data(), sizeof(size));
      if (size > ToParent::message_bytes_max) return false;  // Its memory is damaged.
      if (waiting_.size() < message_head_bytes + size) return true;
      const char tag = waiting_[4];
      const std::string bytes = waiting_.substr(message_head_bytes, size);
      waiting_.erase(0, message_head_bytes + size);
      if (tag == tag_done || tag == tag_failed) {
        end_.how = ChildEnd::How::returned;
        if (tag == tag_failed) end_.result = failure_of(bytes);
      } else if (hooks_.on_message && !hooks_.on_message(tag, bytes)) {
        return false;
      }
    }
  }

  const int fd_;
  const ParentHooks& hooks_;
  ChildEnd& end_;
  std::string waiting_;
};

Error child_died(int number) {
  std::string text("the process that read the store ");
  if (number == SIGXCPU) {
    text.append("used up its processor time");
  } else if (number == SIGKILL) {
    text.append("was killed");
  } else if (number != 0) {
    text.append("ended in signal ").append(std::to_string(number));
    if (const char* name = ::sigabbrev_np(number)) text.append(" (SIG").append(name).append(")");
  } else {
    text.append("died");
  }
  return Error(Errc::corrupt, text + ": the store's files are damaged; restore it from a copy");
}

}  // namespace

bool ToParent::send(char tag, std::string_view bytes) noexcept {
  bytes = bytes.substr(0, message_bytes_max);
  std::array<char, message_head_bytes> head{};
  const auto size = static_cast<std::uint32_t>(bytes.size());
  std::memcpy(head.data(), &size, sizeof(size));
  head[4] = tag;
  for (std::string_view rest : {std::string_view(head.data(), head.size()), bytes}) {
    while (!rest.empty()) {
      const ssize_t written = ::write(fd_, rest.data(), rest.size());
      if (written < 0 && errno != EINTR) return false;
      if (written > 0) rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  return true;
}

ChildEnd run_contained(const ChildLimits& limits, const ChildWork& work, const ParentHooks& hooks) {
  ChildEnd end;
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    end.result = Error(Errc::io, "no pipe to a child process", errno);
    return end;
  }
  UniqueFd reading(ends[0]);
  UniqueFd writing(ends[1]);
  const pid_t self = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) {
    end.result = Error(Errc::no_memory, "no child process to read the store in", errno);
    return end;
  }
  if (child == 0) be_child(writing.get(), self, limits, work);
  writing = UniqueFd();
  end.how = ChildEnd::How::died;
  try {
    Listener(reading.get(), hooks, end).listen();
  } catch (...) {  // A hook's; the child must not be left behind.
    ::kill(child, SIGKILL);
    while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
    }
    throw;
  }
  if (end.how == ChildEnd::How::stopped) ::kill(child, SIGKILL);
  int status = 0;
  pid_t waited = 0;
  while ((waited = ::waitpid(child, &status, 0)) < 0 && errno == EINTR) {
  }
  if (end.how == ChildEnd::How::died) {
    end.signal = waited == child && WIFSIGNALED(status) ? WTERMSIG(status) : 0;
    end.result = child_died(end.signal);
  }
  return end;
}

}  // namespace stet::detail
