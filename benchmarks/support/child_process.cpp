// benchmarks/support/child_process.cpp - fork, exec, wait with a deadline.
#include "child_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>

#include "clock.hpp"

namespace stet::bench {
namespace {

constexpr int not_started = 127;

void open_as(int descriptor, const char* path, int flags) {
  const int opened = ::open(path, flags | O_CLOEXEC, 0600);
  if (opened < 0 || ::dup2(opened, descriptor) < 0) ::_exit(not_started);
}

[[noreturn]] void become(std::vector<char*>& arguments, const ChildOutput& output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // An interrupted benchmark leaves nobody behind.
  constexpr int written = O_WRONLY | O_CREAT | O_TRUNC;
  open_as(STDIN_FILENO, "/dev/null", O_RDONLY);
  open_as(STDOUT_FILENO, output.out.c_str(), written);
  open_as(STDERR_FILENO, output.error.c_str(), written);
  ::execvp(arguments[0], arguments.data());
  ::_exit(not_started);
}

// False when the deadline comes first.
bool wait_for(pid_t child, std::uint64_t deadline_ns, int& status) {
  while (true) {
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child || (ended < 0 && errno != EINTR)) return true;
    if (now_ns() >= deadline_ns) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// Of the error output; some complain on the other one.
std::string first_line(const ChildOutput& output) {
  std::string text = text_of(output.error);
  if (text.empty()) text = text_of(output.out);
  const std::string line = text.substr(0, std::min<std::size_t>(text.find('\n'), 300));
  return line.empty() ? line : ": " + line;
}

}  // namespace

Result<void> run_program(std::vector<std::string> words, const ChildOutput& output,
                         int seconds_max) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const std::uint64_t deadline_ns =
      now_ns() + static_cast<std::uint64_t>(seconds_max) * 1'000'000'000;
  const pid_t child = ::fork();
  if (child == 0) become(arguments, output);
  if (child < 0) return Error(Errc::io, "fork", errno);
  int status = 0;
  if (!wait_for(child, deadline_ns, status)) {
    ::kill(child, SIGKILL);
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return Error(Errc::timed_out,
                 words[0] + " was killed after " + std::to_string(seconds_max) + " s");
  }
  if (WIFSIGNALED(status)) {
    return Error(Errc::io, words[0] + " ended by signal: " + ::strsignal(WTERMSIG(status)));
  }
  if (const int code = WEXITSTATUS(status); code != 0) {
    return Error(Errc::io, words[0] + " ended with " + std::to_string(code) + first_line(output),
                 code);
  }
  return {};
}

bool is_installed(const std::string& program) {
  const char* const path = std::getenv("PATH");
  std::istringstream folders(path != nullptr ? path : "");
  for (std::string folder; std::getline(folders, folder, ':');) {
    const std::filesystem::path file = std::filesystem::path(folder) / program;
    if (!folder.empty() && ::access(file.c_str(), X_OK) == 0) return true;
  }
  return false;
}

std::string text_of(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

}  // namespace stet::bench
