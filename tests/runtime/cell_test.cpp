// tests/runtime/cell_test.cpp
// Goal    State is freed when the actor stops, whatever its size and alignment; big messages
//         arrive.
// Method  Objects count themselves; an address is kept over the stop.
#include <gtest/gtest.h>

#include <stet/runtime/detail/cell.hpp>

#include <array>
#include <cstdint>
#include <numeric>
#include <string>

#include "runtime/samples.hpp"

namespace stet::test::cell_test {

static_assert(sizeof(detail::Cell) == 64);
static_assert(sizeof(ActorBase) == 8);

template <std::size_t bytes, std::size_t alignment>
class Sized : public Actor<Sized<bytes, alignment>> {
 public:
  explicit Sized(std::atomic<int>& alive) : alive_(alive) { fill_.fill(7); }
  std::int64_t handle(Read) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(this) % alignof(Sized), 0U);
    return std::accumulate(fill_.begin(), fill_.end(), std::int64_t{0});
  }

 private:
  Alive alive_;
  alignas(alignment) std::array<std::uint8_t, bytes> fill_;
};

template <class A>
void lives_and_is_freed() {
  std::atomic<int> alive{0};
  System system(stepped());
  const auto actor = system.spawn<A>(alive);
  EXPECT_EQ(alive, 1);
  EXPECT_GT(actor.template ask<Read>().get(1s).value(), 0);
  actor.stop();
  system.run_until_idle();
  EXPECT_EQ(alive, 0) << "state outlived its actor";
  EXPECT_FALSE(actor.is_alive());
}

TEST(Cell, FreesStateAtTheStopThoughAnAddressIsKept) {
  lives_and_is_freed<Sized<1, 1>>();
  lives_and_is_freed<Sized<100, 8>>();
  lives_and_is_freed<Sized<112, 8>>();
  lives_and_is_freed<Sized<113, 1>>();
  lives_and_is_freed<Sized<64, 64>>();
  lives_and_is_freed<Sized<64, 128>>();
  lives_and_is_freed<Sized<1000, 8>>();
  lives_and_is_freed<Sized<100'000, 64>>();
}

template <std::size_t bytes>
struct Big {
  std::array<std::uint8_t, bytes> data{};
};
struct alignas(64) Aligned {
  std::int64_t value;
};
class Receiver : public Actor<Receiver> {
 public:
  explicit Receiver(std::string& log) : log_(log) {}
  void handle(const Big<400>& message) { note(message.data.back()); }
  void handle(const Big<488>& message) { note(message.data.back()); }
  void handle(const Big<489>& message) { note(message.data.back()); }
  void handle(const Big<1'000'000>& message) { note(message.data.back()); }
  void handle(const Aligned& message) {
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(&message) % 64, 0U);
    note(message.value);
  }

 private:
  void note(std::int64_t value) { log_ += std::to_string(value) + ' '; }
  std::string& log_;
};

template <std::size_t bytes>
Big<bytes> big(std::uint8_t last) {
  Big<bytes> message;
  message.data.back() = last;
  return message;
}

TEST(Cell, ReceivesMessagesOfAnySizeAndAlignmentInOrder) {
  System system(stepped());
  std::string log;
  const auto receiver = system.spawn<Receiver>(log);
  receiver.send(big<400>(1));
  receiver.send(big<488>(2));
  receiver.send(big<489>(3));
  receiver.send(big<1'000'000>(4));
  receiver.send<Aligned>(5);
  system.run_until_idle();
  EXPECT_EQ(log, "1 2 3 4 5 ");
  receiver.stop();
  receiver.send(big<489>(3));
  system.run_until_idle();
  receiver.send(big<1'000'000>(4));
}

class ThrowsWhenMade : public Actor<ThrowsWhenMade> {
 public:
  explicit ThrowsWhenMade(std::atomic<int>& alive) : alive_(alive) {
    self().send<Add>(1);
    throw std::runtime_error("no actor today");
  }
  void handle(Add) { FAIL(); }

 private:
  Alive alive_;
};

TEST(Cell, OfAConstructorThatThrowsIsGivenBack) {
  for (const bool step : {false, true}) {
    System system(step ? stepped() : with_workers(1));
    std::atomic<int> alive{0};
    EXPECT_THROW(system.spawn<ThrowsWhenMade>(alive), std::runtime_error);
    EXPECT_THROW(system.spawn_with<ThrowsWhenMade>({.runs_on = RunsOn::own_thread}, alive),
                 std::runtime_error);
    EXPECT_EQ(alive, 0);
    if (step) system.run_until_idle();
    EXPECT_TRUE(eventually([&] { return system.counters().actors_alive == 0; }));
    EXPECT_TRUE(eventually([&] { return system.counters().dead_letters == 2; }));
  }
}

}  // namespace stet::test::cell_test
