// tools/examples/epoll/epoll.cpp - actors in a program's own event loop, without a thread of stet's.
//
// Reads numbers from standard input, one a line, and prints their sum every 100 ms and at the end.
// The loop waits for input, for actors that have become ready, and for their timers: one epoll.
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>

#include <stet/runtime/system.hpp>
#include <stet/runtime/timer.hpp>

using namespace std::chrono_literals;

struct Add {
  std::int64_t number;
};
struct Tell {};
struct Sum {
  using Reply = std::int64_t;
};

class Adder : public stet::Actor<Adder> {
 public:
  void handle(Add message) {
    sum_ += message.number;
    if (!ticking_) {
      ticking_ = true;
      next_ = stet::send_after<Tell>(self(), 100ms);
    }
  }
  void handle(Tell) {
    ticking_ = false;
    std::cout << "so far " << sum_ << std::endl;
  }
  std::int64_t handle(Sum) { return sum_; }

 private:
  std::int64_t sum_ = 0;
  stet::Timer next_;
  bool ticking_ = false;
};

namespace {

// How long the loop may sleep; -1: until something happens.
int timeout_ms(const stet::System& system) {
  const auto due = system.next_deadline();
  if (due == std::chrono::nanoseconds::max()) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - system.now());
  return static_cast<int>(std::clamp<std::int64_t>(left.count(), 0, 60'000));
}

void watch(int poll, int file) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = file;
  if (::epoll_ctl(poll, EPOLL_CTL_ADD, file, &event) != 0) {
    std::cerr << "stet-epoll: standard input cannot be waited for; give it a pipe\n";
    std::exit(2);
  }
}

}  // namespace

int main() {
  stet::SystemOptions options;
  options.host_loop = true;
  stet::System system(options);
  const auto adder = system.spawn<Adder>();

  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  const int bell = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  watch(poll, bell);
  watch(poll, STDIN_FILENO);
  system.on_ready([bell] {
    const std::uint64_t one = 1;
    // Fails only when it is rung already.
    if (::write(bell, &one, sizeof one) < 0) return;
  });

  std::string line;
  for (bool open = true; open;) {
    epoll_event event{};
    const int count = ::epoll_wait(poll, &event, 1, timeout_ms(system));
    if (count == 1 && event.data.fd == bell) {
      std::uint64_t rings = 0;
      if (::read(bell, &rings, sizeof rings) < 0) continue;  // Somebody else has read it.
    } else if (count == 1) {
      char buffer[4096];
      const ssize_t bytes = ::read(STDIN_FILENO, buffer, sizeof buffer);
      open = bytes > 0;
      for (ssize_t i = 0; i < bytes; ++i) {
        if (buffer[i] != '\n') {
          line.push_back(buffer[i]);
          continue;
        }
        adder.send<Add>(std::strtoll(line.c_str(), nullptr, 10));
        line.clear();
      }
    }
    system.run_for(2ms);  // What is left after that rings the bell, and input gets its turn.
  }
  const auto sum = adder.ask<Sum>().get(1s);  // On this thread: runs the loop meanwhile.
  system.on_ready({});
  ::close(bell);
  ::close(poll);
  if (!sum) return std::cerr << sum.error().message() << '\n', 3;
  std::cout << "sum " << *sum << '\n';
}
