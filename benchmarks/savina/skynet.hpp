// benchmarks/savina/skynet.hpp
// Question   How long does a tree of actors take, each of which spawns ten more, six levels deep?
// Measures   ms for a million leaves (1,111,111 actors) that send their number up; each ends when
//            it has answered. skynet_peak has the memory that this took at most.
// Floor      depth first, as a good order is.
// Expect     Who runs the newest child first has some sixty actors alive; who runs them in turn has
//            a million.
#pragma once

#include <algorithm>

#include "../support/resident.hpp"
#include "peak.hpp"
#include "work.hpp"

namespace stet::bench::savina {

template <class Kit>
struct Skynet {
  static constexpr About about{"savina_skynet", "How long does a tree of a million actors take?",
                               "ms", Better::lower};

  struct Start {
    std::uint64_t first;
    std::uint64_t leaves;
  };
  struct Sum {
    std::uint64_t value;
  };

  struct Outcome {
    std::uint64_t sum = 0;
    Gate done{};
  };

  class Node : public ActorOf<Kit, Node> {
   public:
    using Messages = Accepts<Start, Sum>;
    explicit Node(typename Kit::System& system, Outcome& outcome, AddressOf<Kit, Node> parent = {})
        : system_(system), outcome_(outcome), parent_(std::move(parent)) {}
    void handle(Start start) {
      if (start.leaves < 10) {
        answer(start.first);
        return;
      }
      const std::uint64_t part = start.leaves / 10;
      for (std::uint64_t i = 0; i < 10; ++i) {
        const auto child = system_.template spawn<Node>(system_, outcome_, this->self());
        child.template send<Start>(start.first + i * part, part);
      }
    }
    void handle(Sum child) {
      sum_ += child.value;
      if (++answers_ == 10) answer(sum_);
    }

   private:
    void answer(std::uint64_t value) {
      if (parent_) {
        parent_.template send<Sum>(value);
      } else {
        outcome_.sum = value;
        outcome_.done.pass();
      }
      this->stop();
    }
    typename Kit::System& system_;
    Outcome& outcome_;
    AddressOf<Kit, Node> parent_;
    std::uint64_t sum_ = 0;
    std::uint32_t answers_ = 0;
  };

  static Result<Measurement> run(typename Kit::System& system, const Work& work) {
    const std::uint64_t leaves = work.quick ? 1000 : 1'000'000;
    Outcome outcome;
    Kit::newest_first(system);
    const std::uint64_t before = resident_bytes();
    const std::uint64_t begin = now_ns();
    system.template spawn<Node>(system, outcome).template send<Start>(std::uint64_t{0}, leaves);
    Kit::let_run(system);
    outcome.done.wait();
    const std::uint64_t spent = now_ns() - begin;
    if (outcome.sum != leaves * (leaves - 1) / 2)
      return wrong("a leaf is missing or counted twice");
    Measurement measured = milliseconds(spent);
    const std::uint64_t peak = resident_bytes_max();
    measured.details = {{peak_detail, static_cast<double>(peak - std::min(peak, before)) * 1e-6}};
    return measured;
  }
  static constexpr const char* peak_detail = "peak_mb";
};

}  // namespace stet::bench::savina
