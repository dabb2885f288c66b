// tests/runtime/samples.hpp - the small actors and helpers that the tests of the runtime share.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <stet/runtime/system.hpp>

namespace stet::test {

using namespace std::chrono_literals;

// Far beyond what a test needs: only a hang reaches it.
inline constexpr std::chrono::seconds patience{60};

// Waits for what other threads do. False: it did not come.
template <class Condition>
[[nodiscard]] bool eventually(Condition&& condition, std::chrono::nanoseconds limit = patience) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= end) return false;
    std::this_thread::sleep_for(200us);
  }
  return true;
}

inline SystemOptions with_workers(unsigned workers) {
  SystemOptions options;
  options.workers = workers;
  options.shutdown_timeout = patience;
  return options;
}

inline SystemOptions stepped(std::uint64_t seed = 1) {
  SystemOptions options;
  options.stepped = true;
  options.seed = seed;
  return options;
}

struct Add {
  std::int64_t amount = 1;
};
struct Read {
  using Reply = std::int64_t;
};
struct Throw {
  std::string what = "on purpose";
};

class Counter : public Actor<Counter> {
 public:
  explicit Counter(std::int64_t start = 0) : value_(start) {}
  void handle(Add message) { value_ += message.amount; }
  std::int64_t handle(Read) { return value_; }
  void handle(Throw message) { throw std::runtime_error(message.what); }

 private:
  std::int64_t value_;
};

// Runs what it is sent as a turn: for tests that need to stand inside one.
struct Do {
  std::function<void(ActorBase&)> body;
};
class Runner : public Actor<Runner> {
 public:
  using Actor<Runner>::self;
  using ActorBase::more_mail;
  using ActorBase::now;
  using ActorBase::stop;
  using ActorBase::wake_at;
  void handle(Do message) { message.body(*this); }
};

// Numbers in the order in which they were handled.
struct Number {
  int value;
};
class Recorder : public Actor<Recorder> {
 public:
  explicit Recorder(std::vector<int>& out) : out_(out) {}
  void handle(Number message) { out_.push_back(message.value); }

 private:
  std::vector<int>& out_;
};

// What the dead letter handler was told.
class Letters {
 public:
  struct Letter {
    std::string message;
    std::string receiver_type;
    std::string receiver_name;
    Errc reason;
  };
  [[nodiscard]] DeadLetterHandler handler() {
    return [this](const DeadLetter& letter) {
      const std::lock_guard lock(mutex_);
      letters_.push_back({std::string(letter.message), std::string(letter.receiver_type),
                          std::string(letter.receiver_name), letter.reason});
    };
  }
  [[nodiscard]] std::vector<Letter> all() {
    const std::lock_guard lock(mutex_);
    return letters_;
  }

 private:
  std::mutex mutex_;
  std::vector<Letter> letters_;
};

// Counts how many of it are alive.
struct Alive {
  explicit Alive(std::atomic<int>& count) : count_(&count) { ++*count_; }
  Alive(const Alive& other) noexcept : count_(other.count_) { ++*count_; }
  Alive& operator=(const Alive&) = delete;
  ~Alive() { --*count_; }

 private:
  std::atomic<int>* count_;
};

}  // namespace stet::test
