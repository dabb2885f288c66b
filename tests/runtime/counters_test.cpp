// tests/runtime/counters_test.cpp
// Goal    Counters lie in the host's memory, one aligned block a worker, and count what happened.
// Method  Memory with a pattern behind it; known numbers of messages.
#include <gtest/gtest.h>

#include <stet/runtime/counters.hpp>

#include <array>
#include <cstring>
#include <vector>

#include "runtime/samples.hpp"

namespace stet::test::counters_test {

static_assert(alignof(WorkerCounters) == 64);
static_assert(std::is_standard_layout_v<WorkerCounters>);

TEST(Counters, LieInTheMemoryTheHostGives) {
  alignas(64) std::array<std::byte, 4096> memory;
  memory.fill(std::byte{0});
  std::memset(memory.data() + 1024, 0x5A, 1024);
  std::size_t asked = 0;
  SystemOptions options = with_workers(3);
  options.counter_memory = [&](std::size_t bytes) {
    asked = bytes;
    return memory.data();
  };
  {
    System system(options);
    const auto counter = system.spawn<Counter>();
    for (int i = 0; i < 10; ++i) counter.send<Add>(1);
    EXPECT_EQ(counter.ask<Read>().get(patience).value(), 10);
    EXPECT_TRUE(system.shutdown(patience));
    EXPECT_EQ(asked, 3 * sizeof(WorkerCounters));
    const auto* blocks = reinterpret_cast<const WorkerCounters*>(memory.data());
    std::uint64_t messages = 0;
    for (int i = 0; i < 3; ++i) messages += blocks[i].messages.get();
    EXPECT_EQ(messages, system.counters().messages);
    EXPECT_EQ(messages, 12U);  // And the stop.
  }
  for (std::size_t i = 1024; i < 2048; ++i) ASSERT_EQ(memory[i], std::byte{0x5A});
}

TEST(Counters, AreTheLibrarysOwnWhenTheHostGivesNone) {
  SystemOptions options = with_workers(1);
  options.counter_memory = [](std::size_t) -> std::byte* { return nullptr; };
  System system(options);
  const auto counter = system.spawn<Counter>();
  EXPECT_TRUE(counter.ask<Read>().get(patience));
  EXPECT_TRUE(eventually([&] { return system.counters().messages == 1; }));
}

TEST(Counters, CountActorsAliveAndThrows) {
  System system(stepped());
  std::vector<Address<Counter>> counters;
  for (int i = 0; i < 10; ++i) counters.push_back(system.spawn<Counter>());
  EXPECT_EQ(system.counters().actors_alive, 10U);
  counters[0].send<Throw>();
  counters[1].stop();
  system.run_until_idle();
  EXPECT_EQ(system.counters().actors_alive, 8U);
  EXPECT_EQ(system.counters().throws, 1U);
  EXPECT_EQ(system.counters().messages, 2U);
}

TEST(Counters, OneNumberAddsUp) {
  stet::Counter number;
  number.add(2);
  number.add(3);
  EXPECT_EQ(number.get(), 5U);
}

}  // namespace stet::test::counters_test
