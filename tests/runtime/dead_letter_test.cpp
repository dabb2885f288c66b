// tests/runtime/dead_letter_test.cpp
// Goal    What nobody handled is counted and told, with type, receiver and reason; answers and
//         stops are nobody's loss.
// Method  A stepped system and a handler that writes down.
#include <gtest/gtest.h>

#include "runtime/samples.hpp"

namespace stet::test::dead_letter_test {

TEST(DeadLetter, NamesMessageReceiverAndReason) {
  Letters letters;
  SystemOptions options = stepped();
  options.dead_letters = letters.handler();
  System system(options);
  const auto counter = system.spawn_with<Counter>({.name = "till"});
  counter.stop();
  counter.send<Add>(1);  // Waits behind the stop.
  system.run_until_idle();
  counter.send<Add>(2);  // Meets a closed mailbox.
  ASSERT_EQ(letters.all().size(), 2U);
  for (const Letters::Letter& letter : letters.all()) {
    EXPECT_EQ(letter.message, "stet::test::Add");
    EXPECT_EQ(letter.receiver_type, "stet::test::Counter");
    EXPECT_EQ(letter.receiver_name, "till");
    EXPECT_EQ(letter.reason, Errc::receiver_gone);
  }
  EXPECT_EQ(system.counters().dead_letters, 2U);
}

TEST(DeadLetter, IsCountedWithoutAHandlerToo) {
  System system(stepped());
  const auto counter = system.spawn<Counter>();
  counter.stop();
  system.run_until_idle();
  for (int i = 0; i < 3; ++i) counter.send<Add>(1);
  EXPECT_EQ(system.counters().dead_letters, 3U);
}

TEST(DeadLetter, IsAQuestionTooThoughWhoAskedIsTold) {
  System system(stepped());
  const auto counter = system.spawn<Counter>();
  counter.stop();
  system.run_until_idle();
  EXPECT_FALSE(counter.ask<Read>().get(1s));
  EXPECT_EQ(system.counters().dead_letters, 1U);
}

TEST(DeadLetter, IsDestroyed) {
  std::atomic<int> alive{0};
  System system(stepped());
  const auto runner = system.spawn<Runner>();
  runner.stop();
  runner.send<Do>([token = Alive(alive)](ActorBase&) {});
  system.run_until_idle();
  runner.send<Do>([token = Alive(alive)](ActorBase&) {});
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(system.counters().dead_letters, 2U);
}

}  // namespace stet::test::dead_letter_test
