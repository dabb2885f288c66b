// tools/examples/tour/seeing.cpp - metrics, a trace, a snapshot of all actors.
//
// Prints
//   Worker has handled 1001 messages, half of them in less than a second each
//   stet_actor_messages_total{type="Worker"} 1001
//   the trace has 1000 turns of Work
//   Worker 'Ann': idle
#include <chrono>
#include <iostream>
#include <sstream>
#include <string>

#include <stet/runtime/metrics.hpp>
#include <stet/runtime/snapshot.hpp>
#include <stet/runtime/system.hpp>
#include <stet/runtime/trace.hpp>

using namespace std::chrono_literals;

struct Work {};
struct Rest {
  using Reply = int;
};
class Worker : public stet::Actor<Worker> {
 public:
  void handle(Work) { ++done_; }
  int handle(Rest) { return done_; }

 private:
  int done_ = 0;
};

int main() {
  stet::System system;
  stet::Metrics metrics(system);
  stet::Trace trace(system);
  metrics.set_level(stet::MetricsLevel::histograms);  // Off again at any time, like the trace.
  trace.start();

  const auto worker = system.spawn_with<Worker>({.name = "Ann"});
  for (int i = 0; i < 999; ++i) worker.send<Work>();
  worker.send<Work>();
  static_cast<void>(worker.ask<Rest>().get(10s));
  trace.stop();

  for (const stet::ActorMetrics& row : metrics.read().actors) {
    std::cout << row.type << " has handled " << row.messages
              << " messages, half of them in less than "
              << (row.handling.quantile(0.5) < 1s ? "a second" : "a long time") << " each\n";
  }
  std::istringstream text(metrics.prometheus());  // For the host's own /metrics.
  for (std::string line; std::getline(text, line);) {
    if (line.rfind("stet_actor_messages_total", 0) == 0) std::cout << line << '\n';
  }

  const std::string json = trace.json();  // Opens at https://ui.perfetto.dev
  int turns = 0;
  const std::string turn = R"("cat":"turn")";
  for (auto at = json.find(turn); at != json.npos; at = json.find(turn, at + 1)) {
    if (json.find("Work\"", at) < json.find('\n', at)) ++turns;
  }
  std::cout << "the trace has " << turns << " turns of Work\n";

  const auto all = stet::take_snapshot(system);  // Each actor describes itself between two turns.
  if (all) std::cout << stet::to_text(*all);
}
