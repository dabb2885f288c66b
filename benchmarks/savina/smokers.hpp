// benchmarks/savina/smokers.hpp
// Question   What does a round cost in which one actor wakes one of two hundred, at random, that
//            answers and then works a little?
// Measures   rounds/s; two messages and 50 steps of arithmetic (some 80 ns) after the answer.
// Expect     The work after the answer can run beside the next round, on a second worker.
#pragma once

#include <cstddef>
#include <vector>

#include "work.hpp"

namespace stet::bench::savina {

template <class Kit>
struct Smokers {
  static constexpr About about{"savina_smokers",
                               "What does a round cost in which an actor wakes one of 200?",
                               "rounds/s", Better::higher};

  static constexpr std::uint64_t cost = 50;

  class Smoker;
  struct Begin {
    std::vector<AddressOf<Kit, Smoker>> smokers;
  };
  struct Smoke {
    std::uint64_t tobacco;
  };
  struct Started {};
  struct Finish {};
  struct Finished {
    std::uint64_t smoke;
  };

  class Arbiter : public ActorOf<Kit, Arbiter> {
   public:
    using Messages = Accepts<Begin, Started, Finished>;
    Arbiter(std::uint64_t rounds, std::uint64_t& sum, Gate& done)
        : rounds_left_(rounds), sum_(sum), done_(done) {}
    void handle(const Begin& message) {
      smokers_ = message.smokers;
      smokers_left_ = smokers_.size();
      next();
    }
    void handle(Started) {
      if (--rounds_left_ > 0) {
        next();
      } else {
        for (const auto& smoker : smokers_) smoker.template send<Finish>();
      }
    }
    void handle(Finished message) {
      sum_ += message.smoke;
      if (--smokers_left_ == 0) done_.pass();
    }

   private:
    void next() {
      random_ = stir(random_);
      smokers_[random_ % smokers_.size()].template send<Smoke>(random_);
    }
    std::vector<AddressOf<Kit, Smoker>> smokers_{};
    std::uint64_t random_ = seed_of(0);
    std::size_t smokers_left_ = 0;
    std::uint64_t rounds_left_;
    std::uint64_t& sum_;
    Gate& done_;
  };

  class Smoker : public ActorOf<Kit, Smoker> {
   public:
    using Messages = Accepts<Smoke, Finish>;
    explicit Smoker(AddressOf<Kit, Arbiter> arbiter) : arbiter_(std::move(arbiter)) {}
    void handle(Smoke message) {
      arbiter_.template send<Started>();
      smoke_ += stir(message.tobacco, cost);
    }
    void handle(Finish) { arbiter_.template send<Finished>(smoke_); }

   private:
    AddressOf<Kit, Arbiter> arbiter_;
    std::uint64_t smoke_ = 0;
  };

  static std::uint64_t sum_of(std::uint64_t rounds) {
    std::uint64_t random = seed_of(0);
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < rounds; ++i) {
      random = stir(random);
      sum += stir(random, cost);
    }
    return sum;
  }

  static Result<Measurement> run(typename Kit::System& system, const Work& work) {
    constexpr std::uint64_t smokers = 200;
    const std::uint64_t rounds = work.count(400'000, 80'000);
    std::uint64_t sum = 0;
    Gate done;
    const auto arbiter = system.template spawn<Arbiter>(rounds, sum, done);
    std::vector<AddressOf<Kit, Smoker>> all;
    for (std::uint64_t i = 0; i < smokers; ++i) {
      all.push_back(system.template spawn<Smoker>(arbiter));
    }
    const std::uint64_t begin = now_ns();
    arbiter.template send<Begin>(all);
    Kit::let_run(system);
    done.wait();
    const std::uint64_t spent = now_ns() - begin;
    if (sum != sum_of(rounds)) return wrong("a smoker missed a round or had two");
    return per_second(rounds, spent);
  }
};

}  // namespace stet::bench::savina
