// tests/runtime/nascent_test.cpp
// Goal    Mail sent before birth is handled after it, in order; what is never born says why.
// Method  Stepped systems over many seeds, and two workers for the races.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/samples.hpp"

namespace stet::test::nascent_test {

struct Fetch {
  using Reply = int;
};
class Source : public Actor<Source> {
 public:
  int handle(Fetch) { return 10; }
};
class ThrowsAtBirth : public Actor<ThrowsAtBirth> {
 public:
  ThrowsAtBirth() { throw std::runtime_error("no"); }
  void handle(Number) {}
  std::int64_t handle(Read) { return 0; }
};

// Asks the source, and makes the actor with what it answered.
Address<Recorder> born_from(System& system, const Address<Source>& source, std::vector<int>& out) {
  auto nascent = std::make_unique<Nascent<Recorder>>(system.nascent<Recorder>());
  const Address<Recorder> address = nascent->address();
  source.ask<Fetch>().then(address, [nascent = std::move(nascent), &out](Result<int> answer) {
    out.push_back(answer.value());
    nascent->birth(out);
  });
  return address;
}

TEST(Nascent, HandlesMailFromBeforeItsBirthInOrder) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    System system(stepped(seed));
    std::vector<int> out;
    const auto source = system.spawn<Source>();
    const auto recorder = born_from(system, source, out);
    for (int i = 0; i < 5; ++i) {
      recorder.send<Number>(i);
      system.step();
    }
    system.run_until_idle();
    recorder.send<Number>(5);
    system.run_until_idle();
    EXPECT_EQ(out, (std::vector<int>{10, 0, 1, 2, 3, 4, 5})) << "seed " << seed;
  }
}

TEST(Nascent, IsBornOnWorkersToo) {
  System system(with_workers(2));
  const auto source = system.spawn<Source>();
  for (int round = 0; round < 200; ++round) {
    std::vector<int> out;
    const auto recorder = born_from(system, source, out);
    for (int i = 0; i < 5; ++i) recorder.send<Number>(i);
    recorder.stop();
    ASSERT_TRUE(eventually([&] { return !recorder.is_alive(); }));
    ASSERT_TRUE(eventually([&] { return system.is_quiet(); }));
    ASSERT_EQ(out, (std::vector<int>{10, 0, 1, 2, 3, 4})) << "round " << round;
  }
}

TEST(Nascent, ThatFailsTellsItsSendersWhy) {
  Letters letters;
  SystemOptions options = stepped();
  options.dead_letters = letters.handler();
  System system(options);
  const auto source = system.spawn<Source>();
  auto nascent = std::make_shared<Nascent<Counter>>(system.nascent<Counter>({.name = "unborn"}));
  const Address<Counter> address = nascent->address();
  source.ask<Fetch>().then(address, [nascent](Result<int>) {
    nascent->fail(Error(Errc::hydration_failed, "unreadable"));
  });
  address.send<Add>(1);
  EXPECT_EQ(address.ask<Read>().get(1s).error(), Errc::hydration_failed);
  EXPECT_FALSE(address.is_alive());
  ASSERT_EQ(letters.all().size(), 2U);
  EXPECT_EQ(letters.all()[0].reason, Errc::hydration_failed);
  EXPECT_EQ(letters.all()[0].receiver_name, "unborn");
}

TEST(Nascent, ThatIsDroppedFails) {
  System system(stepped());
  const auto runner = system.spawn<Runner>();
  std::optional<Errc> told;
  {
    const auto nascent = system.nascent<Counter>();
    EXPECT_TRUE(nascent.address().is_alive());
    nascent.address().ask<Read>().then(
        runner, [&](Result<std::int64_t> answer) { told = answer.error().code; });
    system.run_until_idle();
    EXPECT_EQ(told, std::nullopt);
  }
  system.run_until_idle();
  EXPECT_EQ(told, Errc::broken_promise);
}

TEST(Nascent, WhoseConstructorThrowsStops) {
  System system(stepped());
  const auto source = system.spawn<Source>();
  auto nascent = std::make_shared<Nascent<ThrowsAtBirth>>(system.nascent<ThrowsAtBirth>());
  const Address<ThrowsAtBirth> address = nascent->address();
  source.ask<Fetch>().then(address, [nascent](Result<int>) { nascent->birth(); });
  address.send<Number>(1);
  EXPECT_EQ(address.ask<Read>().get(1s).error(), Errc::receiver_gone);
  EXPECT_FALSE(address.is_alive());
  EXPECT_EQ(system.counters().throws, 1U);
}

TEST(Nascent, DoesNotKeepASystemFromEnding) {
  for (const bool step : {false, true}) {
    std::optional<System> system;
    system.emplace(step ? stepped() : with_workers(1));
    std::optional<Nascent<Counter>> waiting(system->nascent<Counter>());
    waiting->address().send<Add>(1);
    const Result<void> ended = system->shutdown(200ms);
    EXPECT_EQ(system->counters().actors_alive, 0U);
    EXPECT_TRUE(ended) << ended.error().message();
    system.reset();
    waiting.reset();
  }
}

}  // namespace stet::test::nascent_test
