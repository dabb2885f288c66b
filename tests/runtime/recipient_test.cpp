// tests/runtime/recipient_test.cpp
// Goal    A Recipient reaches actors of any type that handles the message, and no others.
// Method  The compiler for what must not convert, a stepped system for the rest.
#include "runtime/samples.hpp"

#include <gtest/gtest.h>

#include <type_traits>
#include <utility>
#include <vector>

namespace stet::test::recipient_test {

class Doubler : public Actor<Doubler> {
 public:
  void handle(Add message) { value_ += 2 * message.amount; }
  std::int64_t handle(Read) { return value_; }

 private:
  std::int64_t value_ = 0;
};

static_assert(sizeof(Recipient<Add>) == 16);
static_assert(std::is_constructible_v<Recipient<Add>, const Address<Counter>&>);
static_assert(!std::is_constructible_v<Recipient<Number>, const Address<Counter>&>);

TEST(Recipient, ReachesActorsOfDifferentTypes) {
  System system(stepped());
  const auto counter = system.spawn<Counter>();
  const auto doubler = system.spawn<Doubler>();
  const std::vector<Recipient<Add>> all{counter, doubler};
  for (const Recipient<Add>& one : all) one.send(21);
  EXPECT_EQ(Recipient<Read>(counter).ask().get(1s).value(), 21);
  EXPECT_EQ(Recipient<Read>(doubler).ask().get(1s).value(), 42);
}

TEST(Recipient, SharesTheOrderOfItsActorsAddress) {
  System system(stepped());
  std::vector<int> out;
  const auto recorder = system.spawn<Recorder>(out);
  const Recipient<Number> recipient = recorder;
  for (int i = 0; i < 10; i += 2) {
    recorder.send<Number>(i);
    recipient.send(i + 1);
  }
  system.run_until_idle();
  for (int i = 0; i < 10; ++i) EXPECT_EQ(out.at(static_cast<std::size_t>(i)), i);
}

TEST(Recipient, CopiesMovesAndCompares) {
  System system(stepped());
  const auto counter = system.spawn<Counter>();
  Recipient<Add> nobody;
  EXPECT_FALSE(nobody);
  EXPECT_FALSE(nobody.is_alive());
  Recipient<Add> one = counter;
  const Recipient<Add> two = one;
  EXPECT_EQ(one, two);
  nobody = std::move(one);
  EXPECT_EQ(nobody, two);
  EXPECT_TRUE(two.is_alive());
  counter.stop();
  system.run_until_idle();
  EXPECT_FALSE(two.is_alive());
  two.send(1);
  EXPECT_EQ(system.counters().dead_letters, 1U);
}

}  // namespace stet::test::recipient_test
