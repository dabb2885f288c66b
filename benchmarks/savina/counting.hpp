// benchmarks/savina/counting.hpp
// Question   What does a message cost when a great many wait at one actor, with no bound?
// Measures   messages/s: a producer sends all of them in one turn, then asks how many there were.
// Expect     The memory of the queue decides: every message has a block of its own.
#pragma once

#include "work.hpp"

namespace stet::bench::savina {

template <class Kit>
struct Counting {
  static constexpr About about{"savina_counting",
                               "What does a message cost when many wait at one actor?",
                               "messages/s", Better::higher};

  class Producer;
  struct Start {};
  struct Increment {};
  struct Retrieve {
    AddressOf<Kit, Producer> asker;
  };
  struct Counted {
    std::uint64_t count;
  };

  class Counter : public ActorOf<Kit, Counter> {
   public:
    using Messages = Accepts<Increment, Retrieve>;
    void handle(Increment) { ++count_; }
    void handle(const Retrieve& message) { message.asker.template send<Counted>(count_); }

   private:
    std::uint64_t count_ = 0;
  };

  class Producer : public ActorOf<Kit, Producer> {
   public:
    using Messages = Accepts<Start, Counted>;
    Producer(AddressOf<Kit, Counter> counter, std::uint64_t messages, std::uint64_t& counted,
             Gate& done)
        : counter_(std::move(counter)), messages_(messages), counted_(counted), done_(done) {}
    void handle(Start) {
      for (std::uint64_t i = 0; i < messages_; ++i) counter_.template send<Increment>();
      counter_.template send<Retrieve>(this->self());
    }
    void handle(Counted answer) {
      counted_ = answer.count;
      done_.pass();
    }

   private:
    AddressOf<Kit, Counter> counter_;
    std::uint64_t messages_;
    std::uint64_t& counted_;
    Gate& done_;
  };

  static Result<Measurement> run(typename Kit::System& system, const Work& work) {
    const std::uint64_t messages = work.count(1'000'000, 1'000'000);
    std::uint64_t counted = 0;
    Gate done;
    const auto counter = system.template spawn<Counter>();
    const auto producer = system.template spawn<Producer>(counter, messages, counted, done);
    const std::uint64_t begin = now_ns();
    producer.template send<Start>();
    Kit::let_run(system);
    done.wait();
    const std::uint64_t spent = now_ns() - begin;
    if (counted != messages) return wrong("the counter missed or repeated a message");
    return per_second(messages, spent);
  }
};

}  // namespace stet::bench::savina
