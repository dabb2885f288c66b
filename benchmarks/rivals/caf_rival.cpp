// benchmarks/rivals/caf_rival.cpp - the subjects named "caf"; the only file that includes CAF.
//
// Written for CAF 0.17 (Debian's libcaf-dev). Every actor quits at the end of its run, since an
// actor_system waits in its destructor for all that it spawned.
#include "caf_rival.hpp"

#include <atomic>
#include <caf/all.hpp>
#include <chrono>
#include <thread>
#include <vector>

#include "../support/clock.hpp"
#include "../support/fan_in_protocol.hpp"
#include "../support/gate.hpp"
#include "../support/resident.hpp"
#include "../support/rest.hpp"

namespace stet::bench::caf_rival {
namespace {

using Quit = std::int16_t;  // Types tell messages apart: CAF matches handlers by type.
using Value = std::int64_t;

caf::actor_system_config config_for(unsigned workers) {
  caf::actor_system_config config;
  config.set("scheduler.max-threads", static_cast<std::size_t>(workers));
  return config;
}

// The system with its configuration, which it refers to for as long as it lives.
struct System {
  explicit System(unsigned workers) : config(config_for(workers)), system(config) {}
  caf::actor_system_config config;
  caf::actor_system system;
};

void quit_all(const std::vector<caf::actor>& actors) {
  for (const caf::actor& actor : actors) caf::anon_send(actor, Quit{0});
}

class Node : public caf::event_based_actor {
 public:
  Node(caf::actor_config& config, Gate& done, std::atomic<std::uint64_t>& handled)
      : caf::event_based_actor(config), done_(done), handled_(handled) {}

  caf::behavior make_behavior() override {
    return {[this](const caf::actor& next) { next_ = next; },
            [this](Value hops) {
              ++count_;
              hops > 0 ? send(next_, hops - 1) : done_.pass();
            },
            [this](Quit) {
              // release: pairs with the load in ring(), which reads it when all have quit.
              handled_.fetch_add(count_, std::memory_order_release);
              next_ = nullptr;  // Or the ring would keep itself alive.
              quit();
            }};
  }

 private:
  caf::actor next_;
  Gate& done_;
  std::atomic<std::uint64_t>& handled_;
  std::uint64_t count_ = 0;
};

class Counter : public caf::event_based_actor {
 public:
  Counter(caf::actor_config& config, std::uint64_t expected, std::uint64_t& sum, Gate& done)
      : caf::event_based_actor(config), left_(expected), sum_(sum), done_(done) {}

  caf::behavior make_behavior() override {
    return {[this](Value value) {
              sum_ += static_cast<std::uint64_t>(value);
              count();
            },
            [this](std::int32_t) {  // Asks for an acknowledgement: the answer is one.
              count();
              return std::int32_t{1};
            },
            [this](Quit) { quit(); }};
  }

 private:
  void count() {
    if (--left_ == 0) done_.pass();
  }
  std::uint64_t left_;
  std::uint64_t& sum_;
  Gate& done_;
};

class Producer : public caf::event_based_actor {
 public:
  Producer(caf::actor_config& config, caf::actor counter, std::uint64_t messages)
      : caf::event_based_actor(config), counter_(std::move(counter)), window_(messages) {}

  caf::behavior make_behavior() override {
    return {[this](std::uint8_t) { burst(); },
            [this](std::int32_t) {
              if (window_.acknowledged()) burst();
            },
            [this](Quit) { quit(); }};
  }

 private:
  void burst() {
    const std::uint64_t count = window_.begin_burst();
    for (std::uint64_t i = 0; i + 1 < count; ++i) send(counter_, static_cast<Value>(i));
    if (window_.finished()) {
      send(counter_, Value{0});
      return;
    }
    send(counter_, std::int32_t{0});
    if (window_.may_go_on()) send(this, std::uint8_t{0});
  }
  caf::actor counter_;
  FanInWindow window_;
};

// 16 bytes of state, like the idle actors of the other subjects.
class Idle : public caf::event_based_actor {
 public:
  Idle(caf::actor_config& config, std::atomic<std::uint64_t>& touched)
      : caf::event_based_actor(config), touched_(touched) {}

  caf::behavior make_behavior() override {
    return {[this](Value value) {
              sum_ += value;
              touched_.fetch_add(1, std::memory_order_release);  // Pairs with wait_until().
            },
            [this](Quit) { quit(); }};
  }

 private:
  std::atomic<std::uint64_t>& touched_;
  Value sum_ = 0;
};

class Stamp : public caf::event_based_actor {
 public:
  Stamp(caf::actor_config& config, std::atomic<std::uint64_t>& at)
      : caf::event_based_actor(config), at_(at) {}

  caf::behavior make_behavior() override {
    return {
        [this](Value) { at_.store(now_ns(), std::memory_order_release); },  // Pairs with wake().
        [this](Quit) { quit(); }};
  }

 private:
  std::atomic<std::uint64_t>& at_;
};

class Echo : public caf::event_based_actor {
 public:
  explicit Echo(caf::actor_config& config) : caf::event_based_actor(config) {}
  caf::behavior make_behavior() override {
    return {[](Value value) { return value + 1; }, [this](Quit) { quit(); }};
  }
};

}  // namespace

std::string version() {
  return std::to_string(CAF_VERSION / 10000) + '.' + std::to_string(CAF_VERSION / 100 % 100) + '.' +
         std::to_string(CAF_VERSION % 100);
}

Result<Measurement> ring(unsigned workers, std::uint64_t actors, std::uint64_t hops) {
  Gate done;
  std::atomic<std::uint64_t> handled{0};
  double spent = 0;
  {
    System caf_system(workers);
    std::vector<caf::actor> nodes;
    for (std::uint64_t i = 0; i < actors; ++i) {
      nodes.push_back(caf_system.system.spawn<Node>(std::ref(done), std::ref(handled)));
    }
    for (std::uint64_t i = 0; i < actors; ++i) caf::anon_send(nodes[i], nodes[(i + 1) % actors]);
    const std::uint64_t begin = now_ns();
    caf::anon_send(nodes[0], static_cast<Value>(hops));
    done.wait();
    spent = static_cast<double>(now_ns() - begin);
    quit_all(nodes);
  }
  if (handled.load(std::memory_order_acquire) != hops + 1) {  // Pairs with the handler of Quit.
    return Error(Errc::corrupt, "the ring lost or repeated a message");
  }
  return Measurement{spent / static_cast<double>(hops)};
}

Result<Measurement> fan_in(unsigned workers, std::uint64_t producers, std::uint64_t messages) {
  const std::uint64_t each = messages / producers;
  std::uint64_t sum = 0;
  Gate done;
  System caf_system(workers);
  std::vector<caf::actor> all;
  const caf::actor counter =
      caf_system.system.spawn<Counter>(each * producers, std::ref(sum), std::ref(done));
  for (std::uint64_t i = 0; i < producers; ++i) {
    all.push_back(caf_system.system.spawn<Producer>(counter, each));
  }
  const std::uint64_t begin = now_ns();
  for (const caf::actor& producer : all) caf::anon_send(producer, std::uint8_t{0});
  done.wait();
  const auto spent = static_cast<double>(now_ns() - begin);
  all.push_back(counter);
  quit_all(all);
  if (sum != producers * fan_in_sum(each)) {
    return Error(Errc::corrupt, "the counter did not receive what was sent");
  }
  return Measurement{1e9 * static_cast<double>(each * producers) / spent};
}

Result<Measurement> spawn(unsigned workers, std::uint64_t actors) {
  std::atomic<std::uint64_t> touched{0};
  System caf_system(workers);
  std::vector<caf::actor> all;
  all.reserve(actors);
  const std::uint64_t begin = now_ns();
  for (std::uint64_t i = 0; i < actors; ++i) {
    all.push_back(caf_system.system.spawn<Idle>(std::ref(touched)));
  }
  const auto spent = static_cast<double>(now_ns() - begin);
  for (const caf::actor& actor : all) caf::anon_send(actor, Value{1});
  const bool reached = wait_until(touched, actors);
  quit_all(all);
  if (!reached) return Error(Errc::corrupt, "not every actor was reached");
  return Measurement{1e9 * static_cast<double>(actors) / spent};
}

Result<Measurement> idle_bytes(unsigned workers, std::uint64_t actors) {
  std::atomic<std::uint64_t> touched{0};
  System caf_system(workers);
  const std::uint64_t before = resident_bytes();
  std::vector<caf::actor> all;
  all.reserve(actors);
  for (std::uint64_t i = 0; i < actors; ++i) {
    all.push_back(caf_system.system.spawn<Idle>(std::ref(touched)));
    caf::anon_send(all.back(), Value{1});
    // Never more than a few messages on their way: they are not what is measured.
    if (i % 64 == 63 && !wait_until(touched, i + 1)) break;
  }
  const bool reached = wait_until(touched, actors);
  const std::uint64_t after = resident_bytes();
  quit_all(all);
  if (!reached) return Error(Errc::corrupt, "not every actor was reached");
  return Measurement{static_cast<double>(after - before) / static_cast<double>(actors)};
}

Result<Measurement> idle_switches(unsigned workers, double seconds) {
  std::atomic<std::uint64_t> touched{0};
  System caf_system(workers);
  const std::vector<caf::actor> all = {caf_system.system.spawn<Idle>(std::ref(touched))};
  caf::anon_send(all[0], Value{1});
  const bool reached = wait_until(touched, 1);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  const Measurement measured = measure_rest(seconds);
  quit_all(all);
  if (!reached) return Error(Errc::corrupt, "the actor was not reached");
  return measured;
}

Result<Measurement> wake(unsigned workers, std::uint64_t samples) {
  std::atomic<std::uint64_t> at{0};
  System caf_system(workers);
  const caf::actor stamp = caf_system.system.spawn<Stamp>(std::ref(at));
  const Measurement measured =
      measure_wake(samples, at, [&stamp] { caf::anon_send(stamp, Value{1}); });
  caf::anon_send(stamp, Quit{0});
  return measured;
}

Result<Measurement> ask_host(unsigned workers, std::uint64_t samples) {
  System caf_system(workers);
  const caf::actor echo = caf_system.system.spawn<Echo>();
  bool right = true;
  Measurement measured;
  {
    caf::scoped_actor self{caf_system.system};
    measured = measure_ask(samples, [&](std::uint64_t i) {
      const auto asked = static_cast<Value>(i);
      self->request(echo, caf::infinite, asked)
          .receive([&](Value answer) { right = right && answer == asked + 1; },
                   [&](const caf::error&) { right = false; });
    });
  }
  caf::anon_send(echo, Quit{0});
  if (!right) return Error(Errc::corrupt, "a wrong answer");
  return measured;
}

}  // namespace stet::bench::caf_rival
