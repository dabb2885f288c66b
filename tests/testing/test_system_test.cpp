// tests/testing/test_system_test.cpp
// Goal    A host's test can drop, allow and expect messages by type, sender and receiver, move the
//         clock, and see the same run again from the same seed.
// Method  A client that asks again after a second without an answer, and actors that gossip; what
//         comes true and what does not.
#include <gtest/gtest.h>

#include <stet/testing/test_system.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <stet/runtime/timer.hpp>

#include "runtime/samples.hpp"

namespace stet::test::test_system_test {

using stet::testing::AnyMessage;
using stet::testing::TestSystem;

struct Begin {};
struct Again {};
struct Answered {};
struct Request {
  Recipient<Answered> answer;
};

class Server : public Actor<Server> {
 public:
  void handle(const Request& request) { request.answer.send(); }
};

// Sends its request every second until it is answered.
class Client : public Actor<Client> {
 public:
  explicit Client(Address<Server> server) : server_(std::move(server)) {}
  void handle(Begin) { ask(); }
  void handle(Again) {
    if (!answered_) ask();
  }
  void handle(Answered) { answered_ = true; }

 private:
  void ask() {
    server_.send<Request>(Recipient<Answered>(self()));
    timer_ = send_after<Again>(self(), 1s);
  }
  Address<Server> server_;
  Timer timer_;
  bool answered_ = false;
};

// The program in the header.
TEST(TestSystem, DropsAndExpectsAsTheHeadersExampleSays) {
  TestSystem test(42);
  auto server = test.spawn<Server>();
  auto client = test.spawn<Client>(server);
  test.drop<Request>().from(client).to(server).times(1);
  test.expect<Request>().from(client).to(server).times(1);
  test.expect<Answered>().from(server).to(client);
  client.send<Begin>();
  test.run_for(10s);
  EXPECT_EQ(test.complaints(), "");
  EXPECT_EQ(test.system().now(), 10s);
}

TEST(TestSystem, ComplainsOfWhatDidNotComeAndOfWhatCameTooOften) {
  TestSystem test;
  auto counter = test.spawn_with<Counter>({.name = "till"});
  const auto never = test.expect<Add>().to(counter).times(0);
  test.expect<Throw>().from_outside().to(counter);
  test.expect<Add>().at_least(1);
  counter.send<Add>(1);
  counter.send<Add>(2);
  test.run_until_idle();
  EXPECT_EQ(never.matched(), 2U);
  EXPECT_EQ(test.complaints(),
            "expected stet::test::Add to stet::test::Counter#1 'till' 0 times, but it came 2 "
            "times\nexpected stet::test::Throw from outside to stet::test::Counter#1 'till' 1 "
            "times, but it came 0 times\n");
}

TEST(TestSystem, DropsAllButWhatIsAllowedBefore) {
  TestSystem test;
  auto first = test.spawn<Counter>();
  auto second = test.spawn<Counter>();
  test.allow<Add>().to(first).times(2);
  test.allow<Read>();
  const auto dropped = test.drop();
  for (int i = 0; i < 3; ++i) {
    first.send<Add>(1);
    second.send<Add>(1);
  }
  test.run_until_idle();
  EXPECT_EQ(dropped.matched(), 4U);
  EXPECT_EQ(first.ask<Read>().get(1s).value(), 2);
  EXPECT_EQ(second.ask<Read>().get(1s).value(), 0);
  EXPECT_EQ(test.system().counters().dead_letters, 4U);
}

TEST(TestSystem, ADroppedQuestionIsAnsweredWithAnError) {
  TestSystem test;
  auto counter = test.spawn<Counter>();
  test.drop<Read>().times(1);
  EXPECT_EQ(counter.ask<Read>().get(1s).error().code, Errc::receiver_gone);
  EXPECT_EQ(counter.ask<Read>().get(1s).value(), 0);
}

struct Pass {};
class Relay : public Actor<Relay> {
 public:
  explicit Relay(Address<Counter> next) : next_(std::move(next)) {}
  void handle(Pass) { next_.send<Add>(1); }

 private:
  Address<Counter> next_;
};

TEST(TestSystem, TellsSendersApartAlsoOfOneType) {
  TestSystem test;
  auto counter = test.spawn<Counter>();
  auto good = test.spawn<Relay>(counter);
  auto bad = test.spawn<Relay>(counter);
  test.drop<Add>().from(bad);
  test.expect<Add>().from(good).times(5);
  for (int i = 0; i < 5; ++i) {
    good.send<Pass>();
    bad.send<Pass>();
  }
  test.run_until_idle();
  EXPECT_EQ(test.complaints(), "");
  EXPECT_EQ(counter.ask<Read>().get(1s).value(), 5);
}

TEST(TestSystem, AnActorInTheMemoryOfAnotherIsNotTakenForIt) {
  TestSystem test;
  auto counter = test.spawn<Counter>();
  auto gone = std::make_unique<Address<Relay>>(test.spawn<Relay>(counter));
  test.drop<Add>().from(*gone);
  gone->stop();
  test.run_until_idle();
  gone.reset();
  for (int i = 0; i < 40; ++i) test.spawn<Relay>(counter).send<Pass>();
  test.run_until_idle();
  EXPECT_EQ(counter.ask<Read>().get(1s).value(), 40);
}

struct Rumour {
  int left;
};
class Gossip : public Actor<Gossip> {
 public:
  explicit Gossip(std::vector<Address<Gossip>>& all) : all_(all) {}
  void handle(Rumour rumour) {
    if (rumour.left == 0) return;
    for (const auto& other : all_) other.send<Rumour>(rumour.left - 1);
  }

 private:
  std::vector<Address<Gossip>>& all_;
};

std::vector<std::string> gossip(std::uint64_t seed) {
  std::vector<Address<Gossip>> all;
  TestSystem test(seed);
  for (int i = 0; i < 4; ++i) all.push_back(test.spawn<Gossip>(all));
  all[0].send<Rumour>(4);
  test.run_until_idle();
  return test.log();
}

TEST(TestSystem, TheSameSeedGivesTheSameRunAndAnotherSeedAnother) {
  const auto first = gossip(7);
  EXPECT_GT(first.size(), 300U);
  EXPECT_EQ(first, gossip(7));
  EXPECT_NE(first, gossip(8));
}

TEST(TestSystem, WritesDownWhatHappens) {
  TestSystem test;
  auto counter = test.spawn<Counter>();
  auto relay = test.spawn<Relay>(counter);
  test.drop<Add>().times(1);
  relay.send<Pass>();
  test.run_until_idle();
  relay.send<Pass>();
  test.run_for(5ns);
  counter.send<Throw>();
  test.run_until_idle();
  const std::string place = "stet::test::";
  const std::string mine = "stet::test::test_system_test::";
  const std::vector<std::string> expected{
      "0ns " + place + "Counter#1 begins",
      "0ns " + mine + "Relay#2 begins",
      "0ns outside -> " + mine + "Relay#2: " + mine + "Pass",
      "0ns " + mine + "Relay#2 -> " + place + "Counter#1: " + place + "Add (dropped)",
      "0ns outside -> " + mine + "Relay#2: " + mine + "Pass",
      "0ns " + mine + "Relay#2 -> " + place + "Counter#1: " + place + "Add",
      "5ns outside -> " + place + "Counter#1: " + place + "Throw",
      "5ns " + place + "Counter#1 failed in " + place + "Throw",
      "5ns " + place + "Counter#1 ends",
  };
  EXPECT_EQ(test.log(), expected);
}

}  // namespace stet::test::test_system_test
