// tools/examples/census/apt_cache.cpp - starts apt-cache and says how it ended.
#include "apt_cache.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

extern char** environ;

namespace census {

stet::Result<AptCache> spawn_apt_cache() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return stet::Error(stet::Errc::io, std::string("no pipe: ") + std::strerror(errno), errno);
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  // It has no business with our input, which may be a terminal.
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  std::string program = "apt-cache";
  std::string command = "dumpavail";
  const std::array<char*, 3> arguments{program.data(), command.data(), nullptr};
  pid_t child = -1;
  const int code =
      ::posix_spawnp(&child, program.c_str(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  if (code != 0) {
    ::close(ends[0]);
    return stet::Error(stet::Errc::io, std::string("cannot be started: ") + std::strerror(code),
                       code);
  }
  return AptCache{ends[0], child};
}

std::string wait_for_child(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) return std::string("cannot be waited for: ") + std::strerror(errno);
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (WIFEXITED(status)) return "ended with status " + std::to_string(WEXITSTATUS(status));
  return "was ended by signal " + std::to_string(WTERMSIG(status));
}

std::uint64_t apt_cache_bytes_estimated() noexcept {
  std::uint64_t total = 0;
  try {
    std::error_code error;
    // The entry's own status calls may throw; a missing estimate is no reason to fail.
    for (const auto& entry : std::filesystem::directory_iterator("/var/lib/apt/lists", error)) {
      const std::string name = entry.path().filename().string();
      if (name.find("_Packages") == std::string::npos) continue;
      const std::uint64_t bytes = entry.file_size(error);
      if (error) continue;
      // A lists file is plain or LZ4; Debian 12's index is 2.6 times as long unpacked.
      total += name.ends_with("_Packages") ? bytes : bytes * 26 / 10;
    }
  } catch (...) {
    return 0;
  }
  return total;
}

}  // namespace census
