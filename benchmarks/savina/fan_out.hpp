// benchmarks/savina/fan_out.hpp
// Question   What does a message cost that one actor sends to each of a thousand, in turn?
// Measures   messages/s; a round is a thousand messages and one to itself.
// Expect     Every message finds its receiver parked and out of the innermost cache, so each has to
//            be scheduled; the second worker can take half of them away from the first.
#pragma once

#include <vector>

#include "work.hpp"

namespace stet::bench::savina {

template <class Kit>
struct FanOut {
  static constexpr About about{"fan_out",
                               "What does a message cost that one sends to each of a thousand?",
                               "messages/s", Better::higher};

  struct Round {};
  struct Item {
    std::uint64_t value;
  };
  struct Finished {
    std::uint64_t sum;
  };

  class Collector : public ActorOf<Kit, Collector> {
   public:
    using Messages = Accepts<Finished>;
    Collector(std::uint64_t sinks, std::uint64_t& sum, Gate& done)
        : left_(sinks), sum_(sum), done_(done) {}
    void handle(Finished sink) {
      sum_ += sink.sum;
      if (--left_ == 0) done_.pass();
    }

   private:
    std::uint64_t left_;
    std::uint64_t& sum_;
    Gate& done_;
  };

  class Sink : public ActorOf<Kit, Sink> {
   public:
    using Messages = Accepts<Item>;
    Sink(AddressOf<Kit, Collector> collector, std::uint64_t messages)
        : collector_(std::move(collector)), left_(messages) {}
    void handle(Item item) {
      sum_ += item.value;
      if (--left_ == 0) collector_.template send<Finished>(sum_);
    }

   private:
    AddressOf<Kit, Collector> collector_;
    std::uint64_t left_;
    std::uint64_t sum_ = 0;
  };

  class Source : public ActorOf<Kit, Source> {
   public:
    using Messages = Accepts<Round>;
    Source(std::vector<AddressOf<Kit, Sink>> sinks, std::uint64_t rounds)
        : sinks_(std::move(sinks)), left_(rounds) {}
    void handle(Round) {
      for (const auto& sink : sinks_) sink.template send<Item>(left_);
      if (--left_ > 0) this->self().template send<Round>();
    }

   private:
    std::vector<AddressOf<Kit, Sink>> sinks_;
    std::uint64_t left_;
  };

  static Result<Measurement> run(typename Kit::System& system, const Work& work) {
    constexpr std::uint64_t sinks = 1000;
    const std::uint64_t rounds = work.count(2'000, 300);
    std::uint64_t sum = 0;
    Gate done;
    const auto collector = system.template spawn<Collector>(sinks, sum, done);
    std::vector<AddressOf<Kit, Sink>> all;
    for (std::uint64_t i = 0; i < sinks; ++i) {
      all.push_back(system.template spawn<Sink>(collector, rounds));
    }
    const auto source = system.template spawn<Source>(all, rounds);
    const std::uint64_t begin = now_ns();
    source.template send<Round>();
    Kit::let_run(system);
    done.wait();
    const std::uint64_t spent = now_ns() - begin;
    if (sum != sinks * (rounds * (rounds + 1) / 2)) return wrong("a message was lost or repeated");
    return per_second(sinks * rounds, spent);
  }
};

}  // namespace stet::bench::savina
