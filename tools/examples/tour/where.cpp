// tools/examples/tour/where.cpp - threads of one's own, threads made on demand, and a watchdog that
// lends a worker while a handler does not come back. For a loop of one's own: stet-epoll.
//
// Prints
//   four that block, at the same time: 4 threads
//   one that blocks, on a thread of its own
//   watchdog: Sleeper is in Nap
//   one worker is stuck, and the others are served
#include <atomic>
#include <chrono>
#include <iostream>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <stet/runtime/system.hpp>
#include <stet/runtime/watchdog.hpp>

using namespace std::chrono_literals;

struct Nap {
  using Reply = std::thread::id;
  const std::atomic<int>* until;  // Sleeps until it is 0.
};
struct Ping {
  using Reply = int;
};

std::atomic<int> napping{0};

class Sleeper : public stet::Actor<Sleeper> {
 public:
  std::thread::id handle(Nap nap) {
    ++napping;
    // acquire: pairs with the release of who wakes it.
    while (nap.until->load(std::memory_order_acquire) != 0) std::this_thread::sleep_for(1ms);
    return std::this_thread::get_id();
  }
  int handle(Ping) { return 1; }
};

int main() {
  std::atomic<bool> told{false};
  stet::SystemOptions options;
  options.workers = 1;
  options.watchdog.limit = 50ms;
  options.watchdog.stand_ins_max = 1;
  options.watchdog.report = [&](const stet::WatchReport& report) {
    std::cout << "watchdog: " << report.actor_type << " is in " << report.message << '\n';
    told = true;
  };
  stet::System system(options);

  // Elastic: a thread each while they block, up to a bound; idle ones end.
  std::atomic<int> asleep{4};
  std::vector<std::thread> askers;
  std::vector<std::thread::id> threads(4);
  for (std::size_t i = 0; i < 4; ++i) {
    const auto sleeper = system.spawn_with<Sleeper>({.runs_on = stet::RunsOn::elastic});
    askers.emplace_back([&threads, &asleep, i, sleeper] {
      threads[i] = sleeper.ask<Nap>(&asleep).get(60s).value();
    });
  }
  while (napping != 4) std::this_thread::sleep_for(1ms);
  asleep = 0;
  for (auto& asker : askers) asker.join();
  std::cout << "four that block, at the same time: "
            << std::set<std::thread::id>(threads.begin(), threads.end()).size() << " threads\n";

  const auto own = system.spawn_with<Sleeper>({.runs_on = stet::RunsOn::own_thread});
  const auto pooled = system.spawn<Sleeper>();
  const auto here = pooled.ask<Nap>(&asleep).get(10s).value();
  if (own.ask<Nap>(&asleep).get(10s).value() != here)
    std::cout << "one that blocks, on a thread of its own\n";

  // A handler that blocks the only worker: it is named, and somebody stands in for it.
  std::atomic<int> stuck{1};
  pooled.send<Nap>(&stuck);
  while (!told) std::this_thread::sleep_for(1ms);
  if (system.spawn<Sleeper>().ask<Ping>().get(30s))
    std::cout << "one worker is stuck, and the others are served\n";
  stuck = 0;
}
