// benchmarks/runtime/timers_bench.cpp
// Question   What does it cost to set a timer and to cancel it again, while a million others pend?
// Measures   ns a timer set and cancelled, by an actor for itself; times spread over an hour.
// Leaves out firing: that is a message. Setting from threads outside.
// Floor      baseline/raw_loop.hpp: one message between two actors on one thread.
// Rival      std::multimap by deadline, a node a timer, in one thread and without any message.
// Expect     At most 3.5 messages of the floor. A wheel does not care how many pend, but for the
//            cache: each timer touches a slot of its own; the map walks twenty levels.
#include <chrono>
#include <map>
#include <random>
#include <vector>

#include <stet/runtime/timer.hpp>

#include "../baseline/raw_runtime.hpp"
#include "../questions.hpp"
#include "../support/clock.hpp"
#include "../support/gate.hpp"
#include "../support/stet_system.hpp"

namespace stet::bench {
namespace {

using std::chrono::nanoseconds;

// Delays of a minute to an hour: none comes while it is measured.
class Delays {
 public:
  explicit Delays(std::uint64_t seed) : random_(seed) {}
  nanoseconds next() {
    return nanoseconds(60'000'000'000 + static_cast<std::int64_t>(random_() % 3'540'000'000'000));
  }

 private:
  std::mt19937_64 random_;
};

struct Begin {};
struct Tick {};

class Setter : public Actor<Setter> {
 public:
  Setter(std::uint64_t pending, std::uint64_t timers, double& spent, bool& right, Gate& done)
      : pending_(pending), timers_(timers), spent_(spent), right_(right), done_(done) {}
  void handle(Begin) {
    Delays delays(1);
    std::vector<Timer> pending(pending_);
    for (Timer& timer : pending) timer = send_after<Tick>(self(), delays.next());
    const std::uint64_t begin = now_ns();
    for (std::uint64_t i = 0; i < timers_; ++i) {
      right_ = send_after<Tick>(self(), delays.next()).cancel() && right_;
    }
    spent_ = static_cast<double>(now_ns() - begin);
    for (Timer& timer : pending) right_ = timer.cancel() && right_;
    done_.pass();
  }
  void handle(Tick) { right_ = false; }

 private:
  std::uint64_t pending_;
  std::uint64_t timers_;
  double& spent_;
  bool& right_;
  Gate& done_;
};

Result<Measurement> stet_timers(std::uint64_t pending, std::uint64_t timers) {
  double spent = 0;
  bool right = true;
  Gate done;
  System system(with_workers(1));
  const auto setter = system.spawn<Setter>(pending, timers, spent, right, done);
  setter.send<Begin>();
  done.wait();
  if (Result<void> ended = end(system); !ended) return ended.error();
  if (!right) return Error(Errc::corrupt, "a timer fired, or could not be cancelled");
  return Measurement{spent / static_cast<double>(timers)};
}

Result<Measurement> map_timers(std::uint64_t pending, std::uint64_t timers) {
  Delays delays(1);
  std::multimap<nanoseconds, int> map;
  for (std::uint64_t i = 0; i < pending; ++i) map.emplace(delays.next(), 0);
  const std::uint64_t begin = now_ns();
  for (std::uint64_t i = 0; i < timers; ++i) {
    map.erase(map.emplace(nanoseconds(now_ns()) + delays.next(), 0));
  }
  const auto spent = static_cast<double>(now_ns() - begin);
  if (map.size() != pending) return Error(Errc::corrupt, "the map lost a timer");
  return Measurement{spent / static_cast<double>(timers)};
}

}  // namespace

Question timers() {
  const auto with = [](auto run, std::uint64_t pending) {
    return [=](const Setting& setting) {
      return run(setting.count(pending), setting.count(1'000'000));
    };
  };
  const auto floor = [](const Setting& setting) { return raw::ring(2, setting.count(5'000'000)); };
  return {"timers",
          "What does it cost to set and cancel a timer while a million pend?",
          "ns/timer",
          Better::lower,
          {{"stet", "", with(stet_timers, 1'000'000)},
           {"stet_few", "", with(stet_timers, 100)},
           {"multimap", "stet", with(map_timers, 1'000'000)},
           {"raw", "stet", floor}}};
}

}  // namespace stet::bench
