// benchmarks/savina/philosophers.hpp
// Question   What does a meal cost when twenty philosophers ask one arbiter for two forks each, and
//            ask again at once when they are refused?
// Measures   meals/s; at least four messages each and as many refusals as the order of running
//            brings about (a detail).
// Expect     The arbiter is the bottleneck; who runs the refused before the eaters loses.
#pragma once

#include <array>
#include <vector>

#include "work.hpp"

namespace stet::bench::savina {

template <class Kit>
struct Philosophers {
  static constexpr About about{"savina_philosophers",
                               "What does a meal cost when twenty share twenty forks?", "meals/s",
                               Better::higher};

  static constexpr std::uint32_t seats = 20;

  class Philosopher;
  struct Begin {
    std::vector<AddressOf<Kit, Philosopher>> table;
  };
  struct Think {};
  struct Hungry {
    std::uint32_t who;
  };
  struct Denied {};
  struct Eat {};
  struct Sated {
    std::uint32_t who;
  };
  struct Left {};

  struct Outcome {
    std::uint64_t meals = 0;
    std::uint64_t denials = 0;
    bool forks_in_order = true;
  };

  class Arbiter : public ActorOf<Kit, Arbiter> {
   public:
    using Messages = Accepts<Begin, Hungry, Sated, Left>;
    Arbiter(Outcome& outcome, Gate& done) : outcome_(outcome), done_(done) {}
    void handle(const Begin& message) {
      table_ = message.table;
      for (const auto& philosopher : table_) philosopher.template send<Think>();
    }
    void handle(Hungry message) {
      if (left_fork(message.who) || right_fork(message.who)) {
        ++outcome_.denials;
        table_[message.who].template send<Denied>();
        return;
      }
      left_fork(message.who) = right_fork(message.who) = true;
      table_[message.who].template send<Eat>();
    }
    void handle(Sated message) {
      ++outcome_.meals;
      const bool both = left_fork(message.who) && right_fork(message.who);
      outcome_.forks_in_order = outcome_.forks_in_order && both;
      left_fork(message.who) = right_fork(message.who) = false;
    }
    void handle(Left) {
      if (--guests_ > 0) return;
      for (const bool taken : forks_) outcome_.forks_in_order = outcome_.forks_in_order && !taken;
      done_.pass();
    }

   private:
    bool& left_fork(std::uint32_t who) { return forks_[who]; }
    bool& right_fork(std::uint32_t who) { return forks_[(who + 1) % seats]; }
    std::vector<AddressOf<Kit, Philosopher>> table_{};
    std::array<bool, seats> forks_{};  // Taken?
    std::uint32_t guests_ = seats;
    Outcome& outcome_;
    Gate& done_;
  };

  class Philosopher : public ActorOf<Kit, Philosopher> {
   public:
    using Messages = Accepts<Think, Denied, Eat>;
    Philosopher(AddressOf<Kit, Arbiter> arbiter, std::uint32_t me, std::uint64_t meals)
        : arbiter_(std::move(arbiter)), me_(me), left_(meals) {}
    void handle(Think) { arbiter_.template send<Hungry>(me_); }
    void handle(Denied) { this->self().template send<Think>(); }
    void handle(Eat) {
      arbiter_.template send<Sated>(me_);
      if (--left_ == 0) {
        arbiter_.template send<Left>();
      } else {
        this->self().template send<Think>();
      }
    }

   private:
    AddressOf<Kit, Arbiter> arbiter_;
    std::uint32_t me_;
    std::uint64_t left_;
  };

  static Result<Measurement> run(typename Kit::System& system, const Work& work) {
    const std::uint64_t meals = work.count(12'000, 1'500);
    Outcome outcome;
    Gate done;
    const auto arbiter = system.template spawn<Arbiter>(outcome, done);
    std::vector<AddressOf<Kit, Philosopher>> table;
    for (std::uint32_t i = 0; i < seats; ++i) {
      table.push_back(system.template spawn<Philosopher>(arbiter, i, meals));
    }
    const std::uint64_t begin = now_ns();
    arbiter.template send<Begin>(table);
    Kit::let_run(system);
    done.wait();
    const std::uint64_t spent = now_ns() - begin;
    if (outcome.meals != seats * meals) return wrong("a meal was lost or eaten twice");
    if (!outcome.forks_in_order) return wrong("two ate with one fork");
    Measurement measured = per_second(seats * meals, spent);
    const auto denials = static_cast<double>(outcome.denials);
    measured.details = {{"denials_per_meal", denials / static_cast<double>(seats * meals)}};
    return measured;
  }
};

}  // namespace stet::bench::savina
