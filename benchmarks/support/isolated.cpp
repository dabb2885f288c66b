// benchmarks/support/isolated.cpp - fork, wait with a deadline, read the answer from a pipe.
#include "isolated.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <fstream>
#include <sstream>

#include "clock.hpp"

namespace stet::bench {
namespace {

// What a child may say: a few lines of text. More is a bug in the benchmark.
constexpr std::size_t answer_bytes_max = 16'384;

struct MachineTime {
  double busy_seconds = 0;
  double stolen_seconds = 0;
};

// The first line of /proc/stat: user nice system idle iowait irq softirq steal, in ticks.
MachineTime machine_time() {
  std::ifstream stat("/proc/stat");
  std::string label;
  std::array<double, 8> ticks{};
  stat >> label;
  for (double& tick : ticks) stat >> tick;
  const auto per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const double busy = ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6];
  return {busy / per_second, ticks[7] / per_second};
}

double cpu_seconds(const rusage& usage) {
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::string encode_answer(const Result<Measurement>& result) {
  std::ostringstream out;
  out.precision(17);
  if (!result) {
    out << "error " << static_cast<int>(result.error().code) << ' ' << result.error().text << '\n';
    return out.str();
  }
  out << "value " << result->value << '\n';
  for (const auto& [name, value] : result->details) out << name << ' ' << value << '\n';
  return out.str();
}

Result<Measurement> decode_answer(const std::string& answer) {
  std::istringstream in(answer);
  std::string word;
  if (!(in >> word)) return Error(Errc::io, "the run ended without an answer");
  if (word == "error") {
    int code = 0;
    in >> code;
    std::string text;
    std::getline(in >> std::ws, text);
    return Error(static_cast<Errc>(code), text);
  }
  Measurement found;
  if (word != "value" || !(in >> found.value))
    return Error(Errc::io, "the run's answer is no figure");
  double value = 0;
  while (in >> word >> value) found.details.emplace_back(word, value);
  return found;
}

void write_all(int descriptor, const std::string& text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t step = ::write(descriptor, text.data() + done, text.size() - done);
    if (step < 0 && errno == EINTR) continue;
    if (step <= 0) return;  // The parent is gone: nobody is left to tell.
    done += static_cast<std::size_t>(step);
  }
}

[[noreturn]] void run_as_child(const Run& run, const Setting& setting, int answer_pipe) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // An interrupted benchmark leaves nobody behind.
  Result<Measurement> result = Error(Errc::io, "not run");
  try {
    result = run(setting);
  } catch (const std::exception& thrown) {
    result = Error(Errc::io, std::string("threw: ") + thrown.what());
  }
  write_all(answer_pipe, encode_answer(result).substr(0, answer_bytes_max));
  std::fflush(nullptr);
  ::_exit(0);  // No destructors of statics: they belong to the parent.
}

// Reads until the child closes its end; false when the deadline comes first.
bool read_until(int descriptor, std::uint64_t deadline_ns, std::string& answer) {
  std::array<char, 1024> buffer;
  while (answer.size() < answer_bytes_max) {
    const std::uint64_t now = now_ns();
    if (now >= deadline_ns) return false;
    pollfd waiting{descriptor, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, static_cast<int>((deadline_ns - now) / 1'000'000 + 1));
    if (ready < 0 && errno != EINTR) return true;
    if (ready <= 0) continue;
    const ssize_t got = ::read(descriptor, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    answer.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return true;
}

}  // namespace

IsolatedRun run_isolated(const Run& run, const Setting& setting) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {Error(Errc::io, "pipe2", errno), {}};
  std::fflush(nullptr);  // Or the child would print it a second time.
  const MachineTime before = machine_time();
  const std::uint64_t begin_ns = now_ns();

  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    run_as_child(run, setting, ends[1]);
  }
  ::close(ends[1]);
  if (child < 0) {
    const int native = errno;
    ::close(ends[0]);
    return {Error(Errc::io, "fork", native), {}};
  }

  std::string answer;
  const std::uint64_t deadline_ns = begin_ns + std::uint64_t{run_seconds_max} * 1'000'000'000;
  const bool in_time = read_until(ends[0], deadline_ns, answer);
  ::close(ends[0]);
  if (!in_time) ::kill(child, SIGKILL);

  int status = 0;
  rusage usage{};
  while (::wait4(child, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  const MachineTime after = machine_time();

  Surroundings around;
  around.wall_seconds = static_cast<double>(now_ns() - begin_ns) * 1e-9;
  const double own = cpu_seconds(usage);
  const double busy = after.busy_seconds - before.busy_seconds;
  around.own_cores = own / around.wall_seconds;
  around.foreign_cores = std::max(0.0, busy - own) / around.wall_seconds;
  around.stolen_cores = (after.stolen_seconds - before.stolen_seconds) / around.wall_seconds;

  if (!in_time) {
    return {Error(Errc::timed_out, "killed after " + std::to_string(run_seconds_max) + " s"),
            around};
  }
  if (WIFSIGNALED(status)) {
    return {Error(Errc::io, std::string("ended by signal: ") + ::strsignal(WTERMSIG(status))),
            around};
  }
  return {decode_answer(answer), around};
}

}  // namespace stet::bench
