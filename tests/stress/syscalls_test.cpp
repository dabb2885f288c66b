// tests/stress/syscalls_test.cpp
// Goal    While a worker is awake and stocks are filled, a message costs no system call and no
//         lock; a refill of a stock may, once in 1,000 messages.
// Method  This program's own syscall() and locks of pthread stand before those of the C library,
//         count for each thread and for all, and pass on. Not under sanitizers, which stand there
//         themselves. A refill that needs new memory takes the lock of the pool: so it is counted.
#include <gtest/gtest.h>

#include <dlfcn.h>
#include <pthread.h>
#include <sys/syscall.h>

#include <cstdarg>
#include <mutex>
#include <thread>
#include <vector>

#include "runtime/samples.hpp"
#include "support/scale.hpp"

namespace stet::test::syscalls_test {

struct Calls {
  std::uint64_t futex = 0;
  std::uint64_t locks = 0;
};
// Of this thread, since it began.
constinit thread_local Calls calls;
// Of all threads. relaxed, all: numbers that are compared with others of much later.
constinit std::atomic<std::uint64_t> futex_calls{0};
constinit std::atomic<std::uint64_t> lock_calls{0};

inline void count_futex() {
  ++calls.futex;
  futex_calls.fetch_add(1, std::memory_order_relaxed);
}
inline void count_lock() {
  ++calls.locks;
  lock_calls.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace stet::test::syscalls_test

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

namespace {
// No static in a function: its guard may itself be a system call.
template <class Function>
Function* real(std::atomic<Function*>& known, const char* name) {
  // relaxed: all find the same.
  Function* found = known.load(std::memory_order_relaxed);
  if (found == nullptr) {
    found = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
    known.store(found, std::memory_order_relaxed);
  }
  return found;
}
constinit std::atomic<long (*)(long, ...)> real_syscall{nullptr};
constinit std::atomic<int (*)(pthread_mutex_t*)> real_lock{nullptr};
constinit std::atomic<int (*)(pthread_mutex_t*)> real_try_lock{nullptr};
constinit std::atomic<int (*)(pthread_rwlock_t*)> real_read_lock{nullptr};
constinit std::atomic<int (*)(pthread_rwlock_t*)> real_write_lock{nullptr};
}  // namespace

// NOLINTBEGIN(cert-dcl50-cpp,readability-identifier-naming,bugprone-reserved-identifier)
extern "C" long syscall(long number, ...) noexcept {
  // Whoever is behind it takes up to six.
  std::va_list list;
  va_start(list, number);
  long rest[6];
  for (long& each : rest) each = va_arg(list, long);
  va_end(list);
  if (number == SYS_futex) stet::test::syscalls_test::count_futex();
  return real(real_syscall, "syscall")(number, rest[0], rest[1], rest[2], rest[3], rest[4],
                                       rest[5]);
}
extern "C" int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
  stet::test::syscalls_test::count_lock();
  return real(real_lock, "pthread_mutex_lock")(mutex);
}
extern "C" int pthread_mutex_trylock(pthread_mutex_t* mutex) noexcept {
  stet::test::syscalls_test::count_lock();
  return real(real_try_lock, "pthread_mutex_trylock")(mutex);
}
extern "C" int pthread_rwlock_rdlock(pthread_rwlock_t* lock) noexcept {
  stet::test::syscalls_test::count_lock();
  return real(real_read_lock, "pthread_rwlock_rdlock")(lock);
}
extern "C" int pthread_rwlock_wrlock(pthread_rwlock_t* lock) noexcept {
  stet::test::syscalls_test::count_lock();
  return real(real_write_lock, "pthread_rwlock_wrlock")(lock);
}
// NOLINTEND(cert-dcl50-cpp,readability-identifier-naming,bugprone-reserved-identifier)

namespace stet::test::syscalls_test {

constexpr std::uint64_t warm_up = 100'000;
constexpr std::uint64_t messages_per_refill = 1'000;

struct Ball {
  std::uint64_t left;
};
class Player;
struct Meet {
  Address<Player> other;
};

// Plays `rounds` after the warm-up, and says what its thread called meanwhile.
class Player : public Actor<Player> {
 public:
  Player(std::uint64_t rounds, Calls& called, std::atomic<bool>& ended)
      : rounds_(rounds), called_(called), ended_(ended) {}
  void handle(Meet message) { other_ = std::move(message.other); }
  void handle(Ball ball) {
    if (ball.left == rounds_) before_ = calls;
    if (ball.left == 0) {
      called_ = {calls.futex - before_.futex, calls.locks - before_.locks};
      ended_.store(true, std::memory_order_release);  // release: pairs with the test's look.
      return;
    }
    other_.send<Ball>(ball.left - 1);
  }

 private:
  std::uint64_t rounds_;
  Calls& called_;
  std::atomic<bool>& ended_;
  Calls before_;
  Address<Player> other_;
};

TEST(SystemCalls, AreNotMadeWhileActorsTalk) {
  const std::uint64_t rounds = scaled(1'000'000) / 2 * 2;  // Even: the same player begins and ends.
  Calls called;
  std::atomic<bool> ended{false};
  System system(with_workers(1));
  const auto one = system.spawn<Player>(rounds, called, ended);
  const auto two = system.spawn<Player>(rounds, called, ended);
  one.send<Meet>(two);
  two.send<Meet>(one);
  one.send<Ball>(rounds + warm_up);
  // acquire: pairs with the player that ends it.
  ASSERT_TRUE(eventually([&] { return ended.load(std::memory_order_acquire); }));
  EXPECT_EQ(called.futex, 0U);
  EXPECT_LE(called.locks, rounds / messages_per_refill);
  RecordProperty("locks", std::to_string(called.locks));
}

// Keeps its worker awake until it is told to let it rest.
struct Again {};
class Restless : public Actor<Restless> {
 public:
  explicit Restless(std::atomic<bool>& rests) : rests_(rests) {}
  void handle(Again) {
    if (!rests_.load(std::memory_order_relaxed)) self().send<Again>();  // relaxed: only a flag.
  }

 private:
  std::atomic<bool>& rests_;
};

class Receiver : public Actor<Receiver> {
 public:
  explicit Receiver(std::atomic<std::uint64_t>& handled) : handled_(handled) {}
  // release: pairs with the test's look.
  void handle(Add) { handled_.fetch_add(1, std::memory_order_release); }

 private:
  std::atomic<std::uint64_t>& handled_;
};

TEST(SystemCalls, AreNotMadeBySendsFromOutsideWhileAWorkerIsAwake) {
  const std::uint64_t count = scaled(200'000);
  std::atomic<bool> rests{false};
  std::atomic<std::uint64_t> handled{0};
  System system(with_workers(1));
  const auto restless = system.spawn<Restless>(rests);
  const auto receiver = system.spawn<Receiver>(handled);
  restless.send<Again>();
  Calls called;
  const auto send = [&](std::uint64_t first, std::uint64_t last) {
    for (std::uint64_t i = first; i < last; ++i) {
      const Calls before = calls;
      receiver.send<Add>();
      called.futex += calls.futex - before.futex;
      called.locks += calls.locks - before.locks;
      // Blocks come home only from messages that were handled.
      if (i % 512 != 0) continue;
      ASSERT_TRUE(eventually([&] { return handled > i; }));
    }
  };
  send(0, warm_up / 10);
  called = {};
  send(warm_up / 10, warm_up / 10 + count);
  rests = true;
  EXPECT_EQ(called.futex, 0U);
  EXPECT_LE(called.locks, count / messages_per_refill);
  RecordProperty("locks", std::to_string(called.locks));
}

// Many messages hop about in a crowd: mailboxes fill, and blocks are freed elsewhere than they came
// from, while a second worker looks around or takes its share.
struct Work {
  std::uint64_t left;
};
class Crowd : public Actor<Crowd> {
 public:
  Crowd(const std::vector<Address<Crowd>>& all, std::atomic<std::uint64_t>& handled)
      : all_(all), handled_(handled) {}
  void handle(Work work) {
    // release: pairs with the test's look.
    if (++count_ % 1'000 == 0) handled_.fetch_add(1'000, std::memory_order_release);
    if (work.left == 0) return;
    all_[(count_ * 7 + work.left) % all_.size()].send<Work>(work.left - 1);
  }

 private:
  const std::vector<Address<Crowd>>& all_;
  std::atomic<std::uint64_t>& handled_;
  std::uint64_t count_ = 0;
};

TEST(SystemCalls, AreRareUnderLoadThatTwoWorkersShare) {
  constexpr std::uint64_t actors = 32;
  constexpr std::uint64_t in_flight = 2'000;
  const std::uint64_t count = scaled(1'000'000) + warm_up;
  std::atomic<std::uint64_t> handled{0};
  std::vector<Address<Crowd>> all;
  all.reserve(actors);
  System system(with_workers(2));
  for (std::uint64_t i = 0; i < actors; ++i) all.push_back(system.spawn<Crowd>(all, handled));
  for (std::uint64_t i = 0; i < in_flight; ++i) {
    all[i % actors].send<Work>(count * 2 / in_flight);
  }
  // acquire, both: pair with the actors.
  const auto reached = [&](std::uint64_t wanted) {
    return eventually([&] { return handled.load(std::memory_order_acquire) >= wanted; });
  };
  ASSERT_TRUE(reached(warm_up));
  const std::uint64_t futex = futex_calls;
  const std::uint64_t locks = lock_calls;
  const std::uint64_t before = handled;
  ASSERT_TRUE(reached(before + count - warm_up));
  const std::uint64_t futex_now = futex_calls - futex;
  const std::uint64_t locks_now = lock_calls - locks;
  // The worker that has nothing to do looks around now and then: by time, not by messages.
  EXPECT_LE(futex_now, (count - warm_up) / messages_per_refill);
  EXPECT_LE(locks_now, (count - warm_up) / messages_per_refill);
  RecordProperty("futex", std::to_string(futex_now));
  RecordProperty("locks", std::to_string(locks_now));
}

// What the zeros above are worth.
TEST(SystemCalls, AreCountedWhereTheyAreMade) {
  std::atomic<std::uint64_t> handled{0};
  System system(with_workers(1));
  const auto receiver = system.spawn<Receiver>(handled);
  const Calls before = calls;
  for (std::uint64_t i = 1; i <= 50; ++i) {
    receiver.send<Add>();
    ASSERT_TRUE(eventually([&] { return handled == i; }));
    std::this_thread::sleep_for(1ms);  // It goes to sleep.
  }
  EXPECT_GT(calls.futex, before.futex);
  std::mutex mutex;
  const std::uint64_t locks = calls.locks;
  { const std::lock_guard lock(mutex); }
  EXPECT_EQ(calls.locks, locks + 1);
}

}  // namespace stet::test::syscalls_test

#else

namespace stet::test::syscalls_test {
TEST(SystemCalls, AreNotMadeWhileActorsTalk) {
  GTEST_SKIP() << "a sanitizer stands where this test counts";
}
}  // namespace stet::test::syscalls_test

#endif
