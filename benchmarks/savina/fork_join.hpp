// benchmarks/savina/fork_join.hpp
// Question   How many small jobs can a host thread hand to sixty actors; how many actors can it
//            start, each for one job?
// Measures   messages/s (throughput), actors/s (creation), the jobs included: a step of arithmetic.
// Leaves out what a job really does.
// Expect     The host thread competes with the workers for two cores. Creation costs two blocks.
#pragma once

#include <vector>

#include "work.hpp"

namespace stet::bench::savina {

template <class Kit>
struct ForkJoin {
  struct Job {};
  struct Finished {
    std::uint64_t state;
  };

  class Collector : public ActorOf<Kit, Collector> {
   public:
    using Messages = Accepts<Finished>;
    Collector(std::uint64_t expected, std::uint64_t& sum, Gate& done)
        : left_(expected), sum_(sum), done_(done) {}
    void handle(Finished job) {
      sum_ += job.state;
      if (--left_ == 0) done_.pass();
    }

   private:
    std::uint64_t left_;
    std::uint64_t& sum_;
    Gate& done_;
  };

  // Does so many jobs, tells the collector what came out, and ends.
  class Worker : public ActorOf<Kit, Worker> {
   public:
    using Messages = Accepts<Job>;
    Worker(AddressOf<Kit, Collector> collector, std::uint64_t number, std::uint64_t jobs)
        : collector_(std::move(collector)), state_(seed_of(number)), left_(jobs) {}
    void handle(Job) {
      state_ = stir(state_);
      if (--left_ > 0) return;
      collector_.template send<Finished>(state_);
      this->stop();
    }

   private:
    AddressOf<Kit, Collector> collector_;
    std::uint64_t state_;
    std::uint64_t left_;
  };

  static std::uint64_t sum_of(std::uint64_t actors, std::uint64_t jobs) {
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < actors; ++i) sum += stir(seed_of(i), jobs);
    return sum;
  }
};

template <class Kit>
struct ForkJoinThroughput {
  static constexpr About about{"savina_fj_throughput",
                               "How many jobs can a thread hand to sixty actors?", "messages/s",
                               Better::higher};

  static Result<Measurement> run(typename Kit::System& system, const Work& work) {
    using Parts = ForkJoin<Kit>;
    constexpr std::uint64_t actors = 60;
    const std::uint64_t jobs = work.count(20'000, 5'000);
    std::uint64_t sum = 0;
    Gate done;
    const auto collector = system.template spawn<typename Parts::Collector>(actors, sum, done);
    std::vector<AddressOf<Kit, typename Parts::Worker>> all;
    for (std::uint64_t i = 0; i < actors; ++i) {
      all.push_back(system.template spawn<typename Parts::Worker>(collector, i, jobs));
    }
    const std::uint64_t begin = now_ns();
    for (std::uint64_t i = 0; i < jobs; ++i) {
      for (const auto& worker : all) worker.template send<typename Parts::Job>();
      Kit::let_run(system);
    }
    done.wait();
    const std::uint64_t spent = now_ns() - begin;
    if (sum != Parts::sum_of(actors, jobs)) return wrong("a job was not done, or done twice");
    return per_second(actors * jobs, spent);
  }
};

template <class Kit>
struct ForkJoinCreation {
  static constexpr About about{"savina_fj_creation",
                               "How many actors can a thread start, each for one job?", "actors/s",
                               Better::higher};

  static Result<Measurement> run(typename Kit::System& system, const Work& work) {
    using Parts = ForkJoin<Kit>;
    const std::uint64_t actors = work.count(400'000, 60'000);
    std::uint64_t sum = 0;
    Gate done;
    const auto collector = system.template spawn<typename Parts::Collector>(actors, sum, done);
    const std::uint64_t begin = now_ns();
    for (std::uint64_t i = 0; i < actors; ++i) {
      const auto worker =
          system.template spawn<typename Parts::Worker>(collector, i, std::uint64_t{1});
      worker.template send<typename Parts::Job>();
      Kit::let_run(system);
    }
    done.wait();
    const std::uint64_t spent = now_ns() - begin;
    if (sum != Parts::sum_of(actors, 1)) return wrong("a job was not done, or done twice");
    return per_second(actors, spent);
  }
};

}  // namespace stet::bench::savina
