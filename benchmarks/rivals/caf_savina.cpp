// benchmarks/rivals/caf_savina.cpp - the programs of benchmarks/savina on CAF, found by their key.
//
// Written for CAF 0.17 (Debian's libcaf-dev).
#include "caf_savina.hpp"

#include <atomic>
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>

#include "../savina/programs.hpp"
#include "../support/resident.hpp"
#include "caf_kit.hpp"

namespace stet::bench::caf_rival {
namespace {

using namespace savina;

// Never deleted: an actor_system waits in its destructor for all actors, and these do not quit. The
// run's process ends without it.
CafKit::System& start(unsigned workers) { return *new CafKit::System(workers); }

// These two are no kit's programs: they use what CAF has for them.
caf::actor_system& start_plain(unsigned workers) {
  auto* const config = new caf::actor_system_config;
  config->set("scheduler.max-threads", static_cast<std::size_t>(workers));
  return *new caf::actor_system(*config);
}

class Echo : public caf::event_based_actor {
 public:
  explicit Echo(caf::actor_config& config) : caf::event_based_actor(config) {}
  caf::behavior make_behavior() override {
    return {[](std::uint64_t value) { return value + 1; }};
  }
};

class Asker : public caf::event_based_actor {
 public:
  Asker(caf::actor_config& config, caf::actor echo, std::uint64_t questions, bool& right,
        Gate& done)
      : caf::event_based_actor(config),
        echo_(std::move(echo)),
        left_(questions),
        right_(right),
        done_(done) {}
  caf::behavior make_behavior() override {
    return {[this](std::int32_t) { ask(0); }};
  }

 private:
  void ask(std::uint64_t value) {
    request(echo_, caf::infinite, value).then([this, value](std::uint64_t answer) {
      right_ = right_ && answer == value + 1;
      if (--left_ == 0 || !right_) {
        done_.pass();
      } else {
        ask(value + 1);
      }
    });
  }
  caf::actor echo_;
  std::uint64_t left_;
  bool& right_;
  Gate& done_;
};

struct Item {
  std::uint64_t first;
  std::uint64_t second;
  std::uint64_t third;
};

class Sink : public caf::event_based_actor {
 public:
  Sink(caf::actor_config& config, Gate& held, Gate& go_on, std::atomic<std::uint64_t>& received)
      : caf::event_based_actor(config), held_(held), go_on_(go_on), received_(received) {}
  caf::behavior make_behavior() override {
    return {[this](std::int32_t) {
              held_.pass();
              go_on_.wait();
            },
            [this](const CafBox<Item>& box) {
              // release: pairs with wait_until().
              received_.fetch_add(box.message.first, std::memory_order_release);
            }};
  }

 private:
  Gate& held_;
  Gate& go_on_;
  std::atomic<std::uint64_t>& received_;
};

}  // namespace

Result<Measurement> savina(std::string_view key, unsigned workers, bool quick) {
  std::optional<Result<Measurement>> measured;
  for_each_program([&]<template <class> class P>(ProgramTag<P>) {
    if (key == P<CafKit>::about.key)
      measured.emplace(P<CafKit>::run(start(workers), Work{quick, true}));
  });
  return measured ? *measured : Error(Errc::not_found, "there is no such program");
}

Result<Measurement> growth(std::uint64_t actors, unsigned workers, bool quick) {
  return Growth<CafKit>::run(start(workers), Work{quick, true}, actors);
}

Result<Measurement> pairs(unsigned workers, bool quick) {
  return Pairs<CafKit>::run(start(workers), Work{quick, true}, Pairs<CafKit>::pairs);
}

Result<Measurement> ask_actor(unsigned workers, std::uint64_t questions) {
  bool right = true;
  Gate done;
  caf::actor_system& system = start_plain(workers);
  const caf::actor echo = system.spawn<Echo>();
  const caf::actor asker = system.spawn<Asker>(echo, questions, std::ref(right), std::ref(done));
  const std::uint64_t begin = now_ns();
  caf::anon_send(asker, std::int32_t{0});
  done.wait();
  const auto spent = static_cast<double>(now_ns() - begin);
  if (!right) return wrong("a wrong answer");
  return Measurement{spent / static_cast<double>(questions)};
}

Result<Measurement> queued_bytes(unsigned workers, std::uint64_t messages) {
  std::atomic<std::uint64_t> received{0};
  Gate held;
  Gate go_on;
  const caf::actor sink =
      start_plain(workers).spawn<Sink>(std::ref(held), std::ref(go_on), std::ref(received));
  caf::anon_send(sink, std::int32_t{0});
  held.wait();
  const std::uint64_t before = resident_bytes();
  for (std::uint64_t i = 0; i < messages; ++i) caf::anon_send(sink, CafBox<Item>{Item{1, 0, 0}});
  const std::uint64_t after = resident_bytes();
  go_on.pass();
  if (!wait_until(received, messages)) return wrong("a message was lost");
  return Measurement{static_cast<double>(after - before) / static_cast<double>(messages)};
}

}  // namespace stet::bench::caf_rival
