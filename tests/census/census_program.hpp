// tests/census/census_program.hpp - stet-census as a process: run on a file or a pipe, kill, look at
// the store it leaves.
//
// Threads    One: it forks. Systems that a test opens end before the next run.
// Ownership  The fixture's directory holds store and outputs; a feeder ends with its run.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "support/seed.hpp"
#include "support/temp_dir.hpp"

namespace census::test {

inline std::string slurp(const std::filesystem::path& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

inline void spill(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

struct Ended {
  int status = 0;  // As waitpid() gives it.
  std::string out, error;
  [[nodiscard]] bool killed() const { return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL; }
  [[nodiscard]] int exit_code() const { return WIFEXITED(status) ? WEXITSTATUS(status) : -1; }
  [[nodiscard]] bool resumed() const { return out.find("\"resumed\": true") != std::string::npos; }
};

// A text that comes through a real pipe, from a process of its own.
struct Piped {
  std::string_view text;
  bool stays_open = false;             // The end of input never comes.
  std::size_t slice = 0;               // So many bytes at a time, 0: as many as the pipe takes,
  std::chrono::microseconds pause{0};  // with this much time behind each.
};

class Feeder {
 public:
  explicit Feeder(const Piped& piped) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) std::abort();
    child_ = ::fork();
    if (child_ == 0) {
      ::close(ends[0]);
      feed(piped, ends[1]);
    }
    ::close(ends[1]);
    read_end_ = ends[0];
  }
  Feeder(const Feeder&) = delete;
  Feeder& operator=(const Feeder&) = delete;
  ~Feeder() {
    ::close(read_end_);
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  [[nodiscard]] int read_end() const { return read_end_; }

 private:
  [[noreturn]] static void feed(const Piped& piped, int descriptor) {
    ::alarm(300);  // Should the parent be gone.
    for (std::string_view left = piped.text; !left.empty();) {
      const std::string_view slice = left.substr(0, piped.slice == 0 ? left.size() : piped.slice);
      const ssize_t count = ::write(descriptor, slice.data(), slice.size());
      if (count <= 0) ::_exit(1);
      left.remove_prefix(static_cast<std::size_t>(count));
      if (piped.pause.count() > 0) std::this_thread::sleep_for(piped.pause);
    }
    while (piped.stays_open) ::pause();
    ::_exit(0);
  }

  pid_t child_ = -1;
  int read_end_ = -1;
};

class CensusProgram : public ::testing::Test {
 protected:
  // A file on stdin, /dev/null if there is none; killed after `life`, if that is not zero.
  Ended run(const std::vector<std::string>& arguments, const std::filesystem::path& input = {},
            std::chrono::microseconds life = {}, const char* out_path = nullptr) {
    const int in = ::open(input.empty() ? "/dev/null" : input.c_str(), O_RDONLY | O_CLOEXEC);
    const Ended ended = run_with(arguments, in, life, out_path);
    ::close(in);
    return ended;
  }
  Ended run_piped(const std::vector<std::string>& arguments, const Piped& piped,
                  std::chrono::microseconds life = {}) {
    const Feeder feeder(piped);
    return run_with(arguments, feeder.read_end(), life, nullptr);
  }
  [[nodiscard]] std::string store() const { return (directory_ / "store").string(); }

  stet::test::TempDir directory_;
  rlim_t file_bytes_max_ = RLIM_INFINITY;  // Of what the program writes: a disk that fills up.

 private:
  Ended run_with(const std::vector<std::string>& arguments, int in, std::chrono::microseconds life,
                 const char* out_path) {
    const std::string out = out_path != nullptr ? out_path : (directory_ / "out").string();
    const std::string error = (directory_ / "error").string();
    const pid_t child = ::fork();
    if (child == 0) {
      ::dup2(in, STDIN_FILENO);
      ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDOUT_FILENO);
      ::dup2(::open(error.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600), STDERR_FILENO);
      const rlimit limit{file_bytes_max_, file_bytes_max_};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      std::vector<char*> argv{const_cast<char*>(STET_CENSUS)};
      for (const std::string& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
      argv.push_back(nullptr);
      ::execv(STET_CENSUS, argv.data());
      ::_exit(127);
    }
    if (life.count() > 0) {
      std::this_thread::sleep_for(life);  // The moment of the kill, not a wait for anything.
      ::kill(child, SIGKILL);
    }
    Ended ended;
    ::waitpid(child, &ended.status, 0);
    if (out_path == nullptr) ended.out = slurp(out);  // /dev/full has no end.
    ended.error = slurp(error);
    return ended;
  }
};

// What must not depend on how often it was killed: all in front of "resumed".
inline std::string numbers(const std::string& json) {
  return json.substr(0, json.find("\"resumed\""));
}

inline std::string random_input(const stet::test::Seed& seed, std::size_t stanzas) {
  std::mt19937_64 random(seed.value());
  std::string text;
  for (std::size_t i = 0; i < stanzas; ++i) {
    // Few names, so that many stanzas meet in one state; some packages come twice.
    text += "Package: p" + std::to_string(random() % (stanzas / 2 + 1)) + "\n";
    if (random() % 50 == 0) text += "nonsense\n";
    text += "Section: s" + std::to_string(random() % 7) + "\n";
    text += "Installed-Size: " + std::to_string(random() % 100000) + "\nDepends: ";
    for (std::size_t n = random() % 8; n > 0; --n) {
      if (random() % 60 == 0) {
        text += "${x}, ";
      } else {
        text.append("p").append(std::to_string(random() % (stanzas / 4 + 1))).append(", ");
      }
    }
    text += "\n";
    if (random() % 3 == 0) text += "Pre-Depends: p" + std::to_string(random() % 10) + "\n";
    text += random() % 40 == 0 ? "\n\nDepends: q\n\n" : "\n";
  }
  return text;
}

}  // namespace census::test
