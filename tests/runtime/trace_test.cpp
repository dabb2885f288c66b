// tests/runtime/trace_test.cpp
// Goal    A trace is JSON that Perfetto opens: each turn a slice on its thread's track, each end of
//         an arrow with its one beginning; the rings keep what is newest, also while others read.
// Method  A parser reads what a stepped system and a pool have written; the ring alone is read while
//         its thread overwrites it.
#include <gtest/gtest.h>

#include <stet/runtime/trace.hpp>

#include <atomic>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "runtime/samples.hpp"
#include "runtime/src/trace_ring.hpp"
#include "support/scale.hpp"

namespace stet::test::trace_test {

using Json = nlohmann::json;

struct Pass {};
class Relay : public Actor<Relay> {
 public:
  explicit Relay(Address<Counter> next) : next_(std::move(next)) {}
  void handle(Pass) { next_.send<Add>(1); }

 private:
  Address<Counter> next_;
};

std::vector<Json> events(const Trace& trace, const std::string& phase) {
  std::vector<Json> out;
  const Json all = Json::parse(trace.json()).at("traceEvents");
  for (const Json& event : all) {
    if (event.at("ph") == phase) out.push_back(event);
  }
  return out;
}

// The slices whose names end so.
std::vector<Json> slices(const Trace& trace, const std::string& name) {
  std::vector<Json> out;
  for (const Json& event : events(trace, "X")) {
    if (event.at("name").get<std::string>().ends_with(name)) out.push_back(event);
  }
  return out;
}

// Each end has one beginning, not after it. How many ends there are.
std::size_t check_arrows(const Trace& trace) {
  const Json all = Json::parse(trace.json()).at("traceEvents");
  std::map<std::uint64_t, Json> begins;
  for (const Json& event : all) {
    if (event.at("ph") == "s") {
      EXPECT_TRUE(begins.emplace(event.at("id").get<std::uint64_t>(), event).second);
    }
  }
  std::size_t ends = 0;
  for (const Json& event : all) {
    if (event.at("ph") != "f") continue;
    ++ends;
    const auto begin = begins.find(event.at("id").get<std::uint64_t>());
    EXPECT_NE(begin, begins.end());
    if (begin == begins.end()) break;
    EXPECT_EQ(begin->second.at("name"), event.at("name"));
    // A nanosecond more for each of a thread's messages of the same moment.
    EXPECT_LE(begin->second.at("ts").get<double>(), event.at("ts").get<double>() + 1);
  }
  return ends;
}

TEST(Trace, ShowsTurnsAndWhichMessageLedToThem) {
  System system(stepped());
  auto counter = system.spawn<Counter>();
  auto relay = system.spawn<Relay>(counter);
  Trace trace(system);
  relay.send<Pass>();  // Before.
  trace.start();
  EXPECT_TRUE(Trace(system).is_running()) << "one for the System";
  system.advance(1500ns);
  relay.send<Pass>();
  system.run_until_idle();
  counter.send<Throw>();
  system.run_until_idle();
  trace.stop();
  counter.send<Add>(1);  // After.
  system.run_until_idle();
  EXPECT_EQ(slices(trace, "Relay: stet::test::trace_test::Pass").size(), 2U);
  EXPECT_EQ(slices(trace, "send stet::test::trace_test::Pass").size(), 1U);
  const auto adds = slices(trace, "Counter: stet::test::Add");
  ASSERT_EQ(adds.size(), 2U);
  EXPECT_EQ(adds[0].at("ts"), 1.5);
  EXPECT_EQ(adds[0].at("args").at("failed"), false);
  EXPECT_EQ(slices(trace, "Throw")[1].at("args").at("failed"), true);
  EXPECT_EQ(check_arrows(trace), 4U) << "one Pass came from nowhere";
  EXPECT_EQ(events(trace, "M").size(), 1U);
}

TEST(Trace, ForgetsWhatWasBeforeItsStart) {
  System system(stepped());
  auto counter = system.spawn<Counter>();
  Trace trace(system);
  EXPECT_TRUE(Json::parse(trace.json()).at("traceEvents").empty());
  trace.start();
  counter.send<Add>(1);
  system.run_until_idle();
  trace.stop();
  system.advance(1s);
  trace.start();
  counter.send<Add>(1);
  system.run_until_idle();
  EXPECT_EQ(slices(trace, "Counter: stet::test::Add").size(), 1U);
  EXPECT_EQ(check_arrows(trace), 1U);
}

TEST(Trace, KeepsTheNewestEventsAndNoArrowFromNowhere) {
  System system(stepped());
  auto counter = system.spawn<Counter>();
  Trace trace(system);
  trace.start({.events_per_thread = 16});
  for (int i = 0; i < 12; ++i) counter.send<Add>(i);
  system.run_until_idle();
  EXPECT_EQ(slices(trace, "Counter: stet::test::Add").size(), 12U);
  EXPECT_EQ(check_arrows(trace), 4U);
  std::ostringstream out;
  trace.write(out);
  EXPECT_EQ(out.str(), trace.json());
}

TEST(Trace, IsWholeWhileThreadsWriteIt) {
  System system(with_workers(2));
  std::vector<Address<Relay>> relays;
  auto counter = system.spawn<Counter>();
  for (int i = 0; i < 4; ++i) relays.push_back(system.spawn<Relay>(counter));
  Trace trace(system);
  trace.start({.events_per_thread = 256});
  const std::uint64_t messages = scaled(5'000);
  std::thread sender([&] {
    for (std::uint64_t n = 0; n < messages; ++n) relays[n % 4].send<Pass>();
  });
  for (int i = 0; i < 5; ++i) static_cast<void>(check_arrows(trace));
  sender.join();
  EXPECT_TRUE(system.shutdown(patience));
  static_cast<void>(check_arrows(trace));
  EXPECT_FALSE(slices(trace, "Counter: stet::test::Add").empty());
}

TEST(TraceRing, GivesOnlyWholeEventsWhileItIsOverwritten) {
  detail::TraceRing ring(64);
  const std::uint64_t count = scaled(3'000'000);
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (std::uint64_t n = 0; n < count; ++n) ring.put({n, n, n, n, n, n, n, n});
    done = true;
  });
  std::size_t seen = 0;
  std::size_t torn = 0;
  bool last_round = false;
  while (!last_round) {
    last_round = done;
    std::vector<detail::TraceWords> events;
    ring.copy(events);
    EXPECT_LE(events.size(), 64U);
    for (std::size_t i = 0; i < events.size(); ++i) {
      for (const std::uint64_t word : events[i]) torn += word == events[0][0] + i ? 0 : 1;
    }
    seen += events.size();
  }
  writer.join();
  EXPECT_GE(seen, 64U);
  EXPECT_EQ(torn, 0U);
}

}  // namespace stet::test::trace_test
