// benchmarks/support/gate.hpp - how a host thread waits for what its actors do.
//
// Threads    pass(): any. wait(), wait_until(): the measuring thread.
// Progress   pass(): blocking, for as long as a mutex is held; once a run, so it costs nothing.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

#include "clock.hpp"
#include "subject.hpp"

namespace stet::bench {

// Opened once, waited for once.
class Gate {
 public:
  void pass() {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    opened_.notify_all();
  }
  void wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    opened_.wait(lock, [this] { return open_; });  // A run that hangs is killed from outside.
  }

 private:
  std::mutex mutex_;
  std::condition_variable opened_;
  bool open_ = false;
};

// Polls, so that who counts pays nothing for being waited for. False after 30 s.
[[nodiscard]] inline bool wait_until(const std::atomic<std::uint64_t>& counter,
                                     std::uint64_t expected) {
  const std::uint64_t deadline = now_ns() + 30'000'000'000;
  // acquire: pairs with the release of whoever counts.
  while (counter.load(std::memory_order_acquire) < expected) {
    if (now_ns() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::microseconds(20));
  }
  return true;
}

// How long after send() an actor stores the time into `at`, when all have been idle for 2 ms: the
// median in µs. The receiver stores with release.
template <class Send>
[[nodiscard]] Measurement measure_wake(std::uint64_t samples, std::atomic<std::uint64_t>& at,
                                       const Send& send) {
  std::vector<std::uint64_t> delays;
  std::vector<std::uint64_t> sends;
  for (std::uint64_t i = 0; i < samples; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    at.store(0, std::memory_order_relaxed);  // The message carries it to the receiver.
    const std::uint64_t begin = now_ns();
    send();
    sends.push_back(now_ns() - begin);
    std::uint64_t received = 0;
    while ((received = at.load(std::memory_order_acquire)) == 0) {  // Pairs with the receiver.
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
    delays.push_back(received - begin);
  }
  return {static_cast<double>(percentile(delays, 0.5)) / 1e3,
          {{"p99_us", static_cast<double>(percentile(delays, 0.99)) / 1e3},
           {"send_p50_us", static_cast<double>(percentile(sends, 0.5)) / 1e3}}};
}

// The median in µs of ask(i), which asks and waits for the answer; a tenth more to warm up.
template <class Ask>
[[nodiscard]] Measurement measure_ask(std::uint64_t samples, const Ask& ask) {
  for (std::uint64_t i = 0; i < samples / 10; ++i) ask(i);
  std::vector<std::uint64_t> delays;
  delays.reserve(samples);
  const std::uint64_t begin = now_ns();
  for (std::uint64_t i = 0; i < samples; ++i) {
    const std::uint64_t asked = now_ns();
    ask(i);
    delays.push_back(now_ns() - asked);
  }
  const double seconds = static_cast<double>(now_ns() - begin) * 1e-9;
  return {static_cast<double>(percentile(delays, 0.5)) / 1e3,
          {{"p99_us", static_cast<double>(percentile(delays, 0.99)) / 1e3},
           {"asks_per_s", static_cast<double>(samples) / seconds}}};
}

}  // namespace stet::bench
