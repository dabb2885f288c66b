// benchmarks/savina/pairs.hpp
// Question   What does a message cost when one worker does all the work, when two share it, ...?
// Measures   ns of a worker's time a message (wall time, times workers): 256 pairs play ping-pong
//            all at once, each handler does 100 steps of arithmetic. workers.csv and workers.svg
//            have all numbers of workers in one picture.
// Floor      as many threads, each with a one-thread loop and a share of the pairs of its own.
// Expect     Flat: pairs have nothing to do with one another. What is not is the price of sharing
//            work out, or of cores that share a cache or a clock.
#pragma once

#include "work.hpp"

namespace stet::bench::savina {

template <class Kit>
struct Pairs {
  static constexpr std::uint64_t pairs = 256;
  static constexpr std::uint64_t cost = 100;

  class Player;
  struct Begin {
    AddressOf<Kit, Player> other;
  };
  struct Ball {
    std::uint64_t left;
    std::uint64_t value;
  };
  struct Finished {
    std::uint64_t value;
  };

  class Goal : public ActorOf<Kit, Goal> {
   public:
    using Messages = Accepts<Finished>;
    Goal(std::uint64_t games, std::uint64_t& sum, Gate& done)
        : left_(games), sum_(sum), done_(done) {}
    void handle(Finished game) {
      sum_ += game.value;
      if (--left_ == 0) done_.pass();
    }

   private:
    std::uint64_t left_;
    std::uint64_t& sum_;
    Gate& done_;
  };

  class Player : public ActorOf<Kit, Player> {
   public:
    using Messages = Accepts<Begin, Ball>;
    explicit Player(AddressOf<Kit, Goal> goal) : goal_(std::move(goal)) {}
    void handle(const Begin& message) { other_ = message.other; }
    void handle(Ball ball) {
      const std::uint64_t value = stir(ball.value, cost);
      if (ball.left == 0) {
        goal_.template send<Finished>(value);
      } else {
        other_.template send<Ball>(ball.left - 1, value);
      }
    }

   private:
    AddressOf<Kit, Goal> goal_;
    AddressOf<Kit, Player> other_{};
  };

  // `games` pairs on this system; ns of wall time a message.
  static Result<Measurement> run(typename Kit::System& system, const Work& work,
                                 std::uint64_t games) {
    const std::uint64_t hops = work.count(20'000, 4'000);
    std::uint64_t sum = 0;
    Gate done;
    const auto goal = system.template spawn<Goal>(games, sum, done);
    std::vector<AddressOf<Kit, Player>> first;
    for (std::uint64_t i = 0; i < games; ++i) {
      const auto one = system.template spawn<Player>(goal);
      const auto two = system.template spawn<Player>(goal);
      one.template send<Begin>(two);
      two.template send<Begin>(one);
      first.push_back(one);
    }
    const std::uint64_t begin = now_ns();
    for (std::uint64_t i = 0; i < games; ++i) {
      first[i].template send<Ball>(hops - 1, seed_of(i));
    }
    Kit::let_run(system);
    done.wait();
    const auto spent = static_cast<double>(now_ns() - begin);
    std::uint64_t expected = 0;
    for (std::uint64_t i = 0; i < games; ++i) expected += stir(seed_of(i), hops * cost);
    if (sum != expected) return wrong("a ball was lost or hit twice");
    return Measurement{spent / static_cast<double>(hops * games)};
  }
};

}  // namespace stet::bench::savina
