// tests/crash/killed_writer.hpp - a forked writer that is killed, and what it had said until then.
//
// The child runs `write(report)` and ends by SIGKILL: its own, at a crash point, or the parent's, a
// seeded moment after a given number of acknowledgements. The kernel lives on, so this proves
// nothing about power loss (tests/powercut does).
//
// Threads    Fork from a test that has no other thread.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <stet/persistence/store_mode.hpp>

#include "persistence/src/crash_point.hpp"

namespace stet::test {

// The points that a store in this mode passes.
inline std::vector<std::string_view> points_of(StoreMode mode) {
  std::vector<std::string_view> points;
  for (const std::string_view point : detail::crash_points) {
    const bool is_commit = point.starts_with("lmdb.commit") || point.starts_with("lmdb.flush");
    if (mode == StoreMode::direct || !is_commit) points.push_back(point);
  }
  if (mode == StoreMode::journal) {
    for (const std::string_view point : detail::journal_crash_points) {
      points.push_back(point);
    }
  }
  return points;
}

// What the child says about batch n; one write to a pipe, which is whole or absent.
struct Progress {
  enum class Kind : std::uint64_t { issued, acked } kind = Kind::issued;
  std::uint64_t n = 0;
};

class Report {
 public:
  explicit Report(int fd) : fd_(fd) {}
  void issued(std::uint64_t n) const { say({Progress::Kind::issued, n}); }
  void acked(std::uint64_t n) const { say({Progress::Kind::acked, n}); }

 private:
  void say(const Progress& progress) const {
    if (::write(fd_, &progress, sizeof(progress)) != sizeof(progress)) std::_Exit(4);
  }
  int fd_;
};

struct KillPlan {
  // Not empty: the child kills itself when it passes this point for the nth time.
  std::string_view point;
  std::uint64_t pass = 1;
  // Otherwise the parent kills it after so many acknowledgements of this run, and a little later.
  std::uint64_t acks = std::numeric_limits<std::uint64_t>::max();
  unsigned microseconds = 0;
};

struct Killed {
  std::uint64_t issued = 0;  // The last of each that was reported; 0: none.
  std::uint64_t acked = 0;
  bool killed = false;  // By SIGKILL; else it ended by itself, with `status`.
  int status = 0;
};

// In the child only: the hook has no argument of its own to carry this.
struct KillSwitch {
  static inline std::string_view point;
  static inline std::atomic<std::uint64_t> passes_left{0};  // Any thread may pass.
  static void pass(std::string_view name) {
    // relaxed: a count; the point itself was set before there were threads.
    if (name == point && passes_left.fetch_sub(1, std::memory_order_relaxed) == 1) {
      ::kill(::getpid(), SIGKILL);
    }
  }
};

inline Killed run_until_killed(const KillPlan& plan,
                               const std::function<void(const Report&)>& write) {
  int ends[2];
  if (::pipe(ends) != 0) std::abort();
  std::fflush(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    KillSwitch::point = plan.point;
    KillSwitch::passes_left.store(plan.pass, std::memory_order_relaxed);
    detail::set_crash_hook(KillSwitch::pass);
    write(Report(ends[1]));
    std::_Exit(0);
  }
  ::close(ends[1]);
  Killed result;
  Progress progress;
  std::uint64_t acks = 0;
  while (::read(ends[0], &progress, sizeof(progress)) == sizeof(progress)) {
    (progress.kind == Progress::Kind::issued ? result.issued : result.acked) = progress.n;
    if (progress.kind == Progress::Kind::acked && ++acks == plan.acks) {
      ::usleep(plan.microseconds);
      ::kill(child, SIGKILL);
    }
  }
  ::close(ends[0]);
  while (::waitpid(child, &result.status, 0) < 0 && errno == EINTR) {
  }
  result.killed = WIFSIGNALED(result.status) && WTERMSIG(result.status) == SIGKILL;
  return result;
}

}  // namespace stet::test
