// tests/runtime/parking_test.cpp
// Goal    Who is announced is woken once, and after commit() nobody is announced any more.
// Method  Sleeping is replaced by a script, so that each case runs on one thread; then real
//         threads.
#include "runtime/src/parking.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "runtime/src/futex.hpp"
#include "support/scale.hpp"

namespace stet::detail::parking_test {

// Runs the test's function where a worker would sleep.
struct Script {
  static inline void (*while_asleep)() = nullptr;
  static inline int wakes = 0;
  static void wait(Atomic<std::uint32_t>&, std::uint32_t, std::chrono::nanoseconds) {
    if (while_asleep != nullptr) while_asleep();
  }
  static void wake_one(Atomic<std::uint32_t>&) { ++wakes; }
};
using Parking = BasicParking<Script, 128>;
Parking* parking_under_test = nullptr;

class ParkingTest : public ::testing::Test {
 protected:
  ParkingTest() {
    parking_under_test = &parking;
    Script::while_asleep = nullptr;
    Script::wakes = 0;
  }
  Parking parking{128};
};

TEST_F(ParkingTest, WakesNobodyWhenNobodyIsAnnounced) {
  EXPECT_FALSE(parking.wake_one(128));
  EXPECT_FALSE(parking.anybody_idle(128));
}

TEST_F(ParkingTest, WakesTheAnnouncedOnceEachAlsoBeyondSixtyFour) {
  parking.prepare(3);
  parking.prepare(100);
  EXPECT_TRUE(parking.is_idle(100));
  EXPECT_TRUE(parking.wake_one(128));
  EXPECT_TRUE(parking.wake_one(128));
  EXPECT_FALSE(parking.wake_one(128));
  EXPECT_EQ(Script::wakes, 2);
}

TEST_F(ParkingTest, DoesNotSleepAfterAWakeUpThatCameBefore) {
  Script::while_asleep = [] { FAIL() << "it slept"; };
  parking.prepare(0);
  EXPECT_TRUE(parking.wake_one(1));
  EXPECT_EQ(parking.commit(0, no_timeout, false), Parking::Woken::by_other);
  EXPECT_FALSE(parking.is_idle(0));
}

TEST_F(ParkingTest, SleepsUntilItIsWoken) {
  Script::while_asleep = [] { parking_under_test->wake_one(1); };
  parking.prepare(0);
  EXPECT_EQ(parking.commit(0, no_timeout, false), Parking::Woken::by_other);
  EXPECT_FALSE(parking.is_idle(0));
}

TEST_F(ParkingTest, ComesBackAtTheTimeoutAndIsAnnouncedNoMore) {
  parking.prepare(0);
  EXPECT_EQ(parking.commit(0, std::chrono::nanoseconds{1}, true), Parking::Woken::by_timeout);
  EXPECT_FALSE(parking.wake_one(1));
}

// A token may be left over from a wake-up that met a cancel(). The next commit() takes it and comes
// back, and must not leave the worker announced: who wakes it then believes a working one to sleep.
TEST_F(ParkingTest, IsAnnouncedNoMoreAfterATokenThatWasLeftOver) {
  parking.prepare(0);
  EXPECT_TRUE(parking.wake_one(1));
  parking.cancel(0);
  parking.prepare(0);
  EXPECT_EQ(parking.commit(0, no_timeout, false), Parking::Woken::by_other);
  EXPECT_FALSE(parking.is_idle(0));
  EXPECT_FALSE(parking.wake_one(1));
}

TEST_F(ParkingTest, IsAnnouncedNoMoreAfterACall) {
  Script::while_asleep = [] { parking_under_test->wake_at_place(0); };
  parking.prepare(0);
  EXPECT_EQ(parking.commit(0, no_timeout, false), Parking::Woken::by_other);
  EXPECT_FALSE(parking.is_idle(0));
}

TEST(ParkingThreads, LoseNoWakeUp) {
  using Real = BasicParking<Futex, 2>;
  Real parking(1);
  Atomic<std::uint64_t> work{0};
  Atomic<std::uint64_t> done{0};
  const std::uint64_t rounds = test::scaled(50'000);
  std::thread worker([&] {
    std::uint64_t seen = 0;
    while (seen < rounds) {
      if (work.load(std::memory_order_seq_cst) > seen) {
        done.store(++seen, std::memory_order_seq_cst);
        continue;
      }
      parking.prepare(0);
      if (work.load(std::memory_order_seq_cst) > seen) {
        parking.cancel(0);
      } else {
        parking.commit(0, no_timeout, false);
      }
    }
  });
  for (std::uint64_t round = 1; round <= rounds; ++round) {
    work.store(round, std::memory_order_seq_cst);
    parking.wake_one(1);
    while (round % 64 == 0 && done.load(std::memory_order_seq_cst) < round) {
      std::this_thread::yield();
    }
  }
  worker.join();
  EXPECT_EQ(done.load(std::memory_order_seq_cst), rounds);
}

}  // namespace stet::detail::parking_test
