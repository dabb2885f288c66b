// tools/stet/standard_io.cpp - write(2) and read(2) that heed signals.
#include "standard_io.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iostream>
#include <system_error>
#include <utility>

#include "command_line.hpp"

namespace stet::tool {
namespace {

constexpr std::size_t chunk_bytes = std::size_t{64} << 10;

// Written by a handler, which may do no more.
volatile sig_atomic_t interrupted_by = 0;

extern "C" void remember_signal(int number) { interrupted_by = number; }

extern "C" void end_as_damaged(int) {
  constexpr std::string_view text =
      "stet: reading the store ended in a signal: its file is damaged; restore it from a copy\n";
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
  ::_exit(exit_finding);
}

void handle(int number, void (*function)(int)) {
  struct sigaction action {};
  action.sa_handler = function;  // No SA_RESTART: a read or write that waits must come back.
  ::sigemptyset(&action.sa_mask);
  ::sigaction(number, &action, nullptr);
}

}  // namespace

void install_signals() {
  handle(SIGPIPE, SIG_IGN);
  handle(SIGXFSZ, SIG_IGN);  // A limit on file sizes is to come back as an error.
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) handle(number, &remember_signal);
}

void expect_damaged_files() {
  for (const int number : {SIGBUS, SIGSEGV, SIGFPE, SIGABRT}) handle(number, &end_as_damaged);
}

bool is_interrupted() noexcept { return interrupted_by != 0; }

void end_if_interrupted() {
  if (!is_interrupted()) return;
  const int number = interrupted_by;
  handle(number, SIG_DFL);
  ::raise(number);
}

bool Output::write_line(std::string_view line) {
  if (failure_ != 0 || is_interrupted()) return false;
  waiting_.append(line).push_back('\n');
  return waiting_.size() < chunk_bytes || flush();
}

bool Output::flush() {
  std::string_view rest = waiting_;
  while (!rest.empty() && failure_ == 0 && !is_interrupted()) {
    const ssize_t written = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      failure_ = errno;
    }
  }
  waiting_.clear();
  return failure_ == 0 && !is_interrupted();
}

int Output::finish(int otherwise) {
  if (failure_ == 0) flush();
  if (failure_ == 0 || failure_ == EPIPE) return otherwise;
  std::cerr << "stet: cannot write to standard output: "
            << std::generic_category().message(failure_) << '\n';
  return exit_environment;
}

Result<std::optional<std::string>> LineInput::next() {
  std::size_t searched = at_;
  for (;;) {
    if (const std::size_t end = waiting_.find('\n', searched); end != std::string::npos) {
      std::string line = waiting_.substr(at_, end - at_);
      at_ = end + 1;
      return std::optional(std::move(line));
    }
    if (ended_) {
      if (at_ == waiting_.size()) return std::optional<std::string>();
      std::string line = waiting_.substr(at_);
      at_ = waiting_.size();
      return std::optional(std::move(line));
    }
    waiting_.erase(0, at_);
    at_ = 0;
    searched = waiting_.size();
    if (searched > input_line_bytes_max) return Error(Errc::too_large, "a line is too long");
    waiting_.resize(searched + chunk_bytes);
    const ssize_t got = ::read(fd_, waiting_.data() + searched, chunk_bytes);
    const int code = errno;
    waiting_.resize(searched + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (is_interrupted()) return Error(Errc::io, "interrupted", EINTR);
    if (got < 0 && code != EINTR) {
      return Error(Errc::io, "cannot read the input: " + std::generic_category().message(code),
                   code);
    }
    ended_ = got == 0;
  }
}

}  // namespace stet::tool
