// tests/runtime/observer_test.cpp
// Goal    An observer sees each message when it is sent, with its sender, and each turn's begin and
//         end; what it does not admit is not handled; without one nothing is stamped.
// Method  A stepped system and an observer that writes down what it sees.
#include <gtest/gtest.h>

#include <stet/runtime/detail/observer.hpp>

#include <memory>
#include <string>
#include <vector>

#include "runtime/samples.hpp"
#include "runtime/src/core.hpp"

namespace stet::test::observer_test {

class Scribe : public detail::Observer {
 public:
  std::uint64_t on_send(const detail::Cell* sender,
                        const detail::Envelope& envelope) noexcept override {
    log.push_back("send " + std::string(envelope.ops->message_name) +
                  (sender == nullptr ? " by host" : " by actor"));
    return ++stamps;
  }
  bool on_turn_begin(detail::Cell&, const detail::Envelope& envelope) noexcept override {
    log.push_back("begin " + std::to_string(envelope.stamp));
    return envelope.ops->message_name.find(refused) == std::string_view::npos;
  }
  void on_turn_end(detail::Cell&, const detail::Envelope&, bool kept) noexcept override {
    log.emplace_back(kept ? "kept" : "failed");
  }
  void on_spawn(detail::Cell&) noexcept override { log.emplace_back("spawn"); }
  void on_end(detail::Cell&) noexcept override { log.emplace_back("end"); }

  std::vector<std::string> log;
  std::string refused = "nothing";
  std::uint64_t stamps = 0;
};

struct Pass {};
class Relay : public Actor<Relay> {
 public:
  explicit Relay(Address<Counter> next) : next_(std::move(next)) {}
  void handle(Pass) { next_.send<Add>(1); }

 private:
  Address<Counter> next_;
};

std::string joined(const std::vector<std::string>& log) {
  std::string out;
  for (const std::string& line : log) out += line + "\n";
  return out;
}

TEST(Observer, SeesMessagesTurnsAndActors) {
  System system(stepped());
  const auto scribe = std::make_shared<Scribe>();
  const auto counter = system.spawn<Counter>();
  const auto relay = system.spawn<Relay>(counter);
  relay.send<Pass>();  // Before anybody looked: no stamp.
  system.core().install(scribe);
  system.run_until_idle();
  relay.send<Pass>();
  system.run_until_idle();
  const std::string log = joined(scribe->log);
  EXPECT_NE(log.find("begin 0\n"), std::string::npos) << log;
  EXPECT_NE(log.find("Add by actor\n"), std::string::npos) << log;
  EXPECT_NE(log.find("Pass by host\n"), std::string::npos) << log;
  EXPECT_NE(log.find("begin 1\nkept\n"), std::string::npos) << log;
  system.core().install(nullptr);
  const std::size_t lines = scribe->log.size();
  relay.send<Pass>();
  system.run_until_idle();
  EXPECT_EQ(scribe->log.size(), lines) << "it was taken away";
}

TEST(Observer, WhatItDoesNotAdmitIsNotHandled) {
  System system(stepped());
  const auto scribe = std::make_shared<Scribe>();
  scribe->refused = "Add";
  system.core().install(scribe);
  const auto counter = system.spawn<Counter>();
  counter.send<Add>(5);
  system.run_until_idle();
  EXPECT_EQ(counter.ask<Read>().get(std::chrono::seconds(1)).value(), 0);
  counter.stop();
  system.run_until_idle();
  EXPECT_EQ(scribe->log.front(), "spawn");
  EXPECT_EQ(scribe->log.back(), "end");
}

}  // namespace stet::test::observer_test
