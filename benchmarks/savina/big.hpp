// benchmarks/savina/big.hpp
// Question   What does a message cost when everybody talks to everybody?
// Measures   messages/s among 120 actors: each pings another at random, waits for its pong, and
//            does so again.
// Expect     120 actors are always runnable and all their mail is for others: no order of running
//            them is good, and moving them between cores is worse.
#pragma once

#include <vector>

#include "work.hpp"

namespace stet::bench::savina {

template <class Kit>
struct Big {
  static constexpr About about{"savina_big",
                               "What does a message cost when everybody talks to everybody?",
                               "messages/s", Better::higher};

  class Node;
  struct Begin {
    std::vector<AddressOf<Kit, Node>> everybody;
  };
  struct Ping {
    std::uint32_t from;
  };
  struct Pong {};
  struct Finished {
    std::uint64_t answered;
  };

  class Sink : public ActorOf<Kit, Sink> {
   public:
    using Messages = Accepts<Finished>;
    Sink(std::uint64_t nodes, std::uint64_t& answered, Gate& done)
        : left_(nodes), answered_(answered), done_(done) {}
    void handle(Finished node) {
      answered_ += node.answered;
      if (--left_ == 0) done_.pass();
    }

   private:
    std::uint64_t left_;
    std::uint64_t& answered_;
    Gate& done_;
  };

  class Node : public ActorOf<Kit, Node> {
   public:
    using Messages = Accepts<Begin, Ping, Pong>;
    Node(AddressOf<Kit, Sink> sink, std::uint32_t me, std::uint64_t pings)
        : sink_(std::move(sink)), me_(me), left_(pings), random_(seed_of(me)) {}
    void handle(const Begin& message) {
      everybody_ = message.everybody;
      ping();
    }
    void handle(Ping ping) {
      // Who has not begun yet knows nobody: it answers when it has.
      if (everybody_.empty()) {
        this->self().template send<Ping>(ping.from);
      } else {
        everybody_[ping.from].template send<Pong>();
      }
    }
    void handle(Pong) {
      ++answered_;
      if (--left_ == 0) {
        sink_.template send<Finished>(answered_);
      } else {
        ping();
      }
    }

   private:
    void ping() {
      random_ = stir(random_);
      everybody_[random_ % everybody_.size()].template send<Ping>(me_);
    }
    AddressOf<Kit, Sink> sink_;
    std::vector<AddressOf<Kit, Node>> everybody_{};
    std::uint32_t me_;
    std::uint64_t left_;
    std::uint64_t answered_ = 0;
    std::uint64_t random_;
  };

  static Result<Measurement> run(typename Kit::System& system, const Work& work) {
    constexpr std::uint32_t nodes = 120;
    const std::uint64_t pings = work.count(8'000, 1'000);
    std::uint64_t answered = 0;
    Gate done;
    const auto sink = system.template spawn<Sink>(nodes, answered, done);
    std::vector<AddressOf<Kit, Node>> all;
    for (std::uint32_t i = 0; i < nodes; ++i) {
      all.push_back(system.template spawn<Node>(sink, i, pings));
    }
    const std::uint64_t begin = now_ns();
    for (const auto& node : all) node.template send<Begin>(all);
    Kit::let_run(system);
    done.wait();
    const std::uint64_t spent = now_ns() - begin;
    if (answered != nodes * pings) return wrong("a ping was not answered, or answered twice");
    return per_second(2 * nodes * pings, spent);
  }
};

}  // namespace stet::bench::savina
