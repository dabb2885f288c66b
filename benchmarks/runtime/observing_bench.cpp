// benchmarks/runtime/observing_bench.cpp
// Question   What does it cost to be watched, at each level?
// Measures   ns a message between two actors on one worker, as ping_pong: not watched, counted by
//            type, with histograms, traced.
// Leaves out reading what was counted; the first message of each kind, which asks for memory.
// Floor      baseline/raw_loop.hpp, which nobody could watch; "stet" is who is not watched.
// Expect     counters: a table looked up by whoever sends and by whoever handles. histograms: the
//            clock read three times more; it costs 20 to 30 ns here. trace: that, and 128 bytes
//            written.
#include <atomic>

#include <stet/runtime/metrics.hpp>
#include <stet/runtime/trace.hpp>

#include "../baseline/raw_runtime.hpp"
#include "../questions.hpp"
#include "../support/clock.hpp"
#include "../support/gate.hpp"
#include "../support/stet_system.hpp"

namespace stet::bench {
namespace {

struct Hop {
  std::int64_t left;
};
class Node;
struct Other {
  Address<Node> node;
};

class Node : public Actor<Node> {
 public:
  explicit Node(Gate& done) : done_(done) {}
  void handle(Other other) { other_ = std::move(other.node); }
  void handle(Hop hop) { hop.left > 0 ? other_.send<Hop>(hop.left - 1) : done_.pass(); }

 private:
  Address<Node> other_;
  Gate& done_;
};

enum class Watched : std::uint8_t { no, counters, histograms, trace };

void watch(System& system, Watched how) {
  Metrics metrics(system);
  switch (how) {
    case Watched::no: return;
    case Watched::counters: metrics.set_level(MetricsLevel::counters); return;
    case Watched::histograms: metrics.set_level(MetricsLevel::histograms); return;
    case Watched::trace: Trace(system).start(); return;
  }
}

Result<Measurement> observing(Watched how, std::uint64_t hops) {
  Gate done;
  System system(with_workers(1));
  watch(system, how);
  const auto first = system.spawn<Node>(done);
  const auto second = system.spawn<Node>(done);
  first.send<Other>(second);
  second.send<Other>(first);
  const std::uint64_t begin = now_ns();
  first.send<Hop>(static_cast<std::int64_t>(hops));
  done.wait();
  const auto spent = static_cast<double>(now_ns() - begin);
  if (Result<void> ended = end(system); !ended) return ended.error();
  if (system.counters().messages < hops + 3) {
    return Error(Errc::corrupt, "a message was lost");
  }
  if (how == Watched::counters || how == Watched::histograms) {
    for (const ActorMetrics& actor : Metrics(system).read().actors) {
      // The runtime's own stops are not counted by type.
      if (actor.messages != hops + 3) return Error(Errc::corrupt, "a message was not counted");
    }
  }
  return Measurement{spent / static_cast<double>(hops)};
}

}  // namespace

Question observing() {
  const auto subject = [](std::string name, Watched how) {
    const std::string against = how == Watched::no ? "" : "stet";
    return Subject{std::move(name), against, [how](const Setting& setting) {
                     return observing(how, setting.count(3'000'000));
                   }};
  };
  const auto floor = [](const Setting& setting) { return raw::ring(2, setting.count(5'000'000)); };
  return {"observing",
          "What does it cost to be watched?",
          "ns/message",
          Better::lower,
          {subject("stet", Watched::no), subject("counters", Watched::counters),
           subject("histograms", Watched::histograms), subject("trace", Watched::trace),
           Subject{"raw", "stet", floor}}};
}

}  // namespace stet::bench
