// benchmarks/savina/dictionary.hpp
// Question   What does an operation cost on a map that one actor keeps for twenty others?
// Measures   operations/s, question and answer each; one in ten writes, the rest read.
// Expect     As a fan-in with an answer: the dictionary is the bottleneck.
#pragma once

#include <unordered_map>
#include <vector>

#include "work.hpp"

namespace stet::bench::savina {

template <class Kit>
struct Dictionary {
  static constexpr About about{"savina_dictionary",
                               "What does an operation cost on a map that an actor keeps?",
                               "operations/s", Better::higher};

  static constexpr std::uint64_t keys = 1024;

  class Worker;
  struct Begin {};
  struct Write {
    AddressOf<Kit, Worker> asker;
    std::uint64_t key;
    std::uint64_t value;
  };
  struct Read {
    AddressOf<Kit, Worker> asker;
    std::uint64_t key;
  };
  struct Value {
    std::uint64_t key;
    std::uint64_t value;
  };
  struct Finished {
    std::uint64_t operations;
  };

  // What anybody ever writes under a key, so that everybody can tell a wrong answer.
  static std::uint64_t value_of(std::uint64_t place) { return seed_of(place); }

  class Map : public ActorOf<Kit, Map> {
   public:
    using Messages = Accepts<Write, Read, Finished>;
    Map(std::uint64_t workers, std::uint64_t& operations, Gate& done)
        : left_(workers), operations_(operations), done_(done) {}
    void handle(const Write& message) {
      values_[message.key] = message.value;
      message.asker.template send<Value>(message.key, message.value);
    }
    void handle(const Read& message) {
      const auto found = values_.find(message.key);
      const std::uint64_t value = found == values_.end() ? 0 : found->second;
      message.asker.template send<Value>(message.key, value);
    }
    void handle(Finished worker) {
      operations_ += worker.operations;
      if (--left_ == 0) done_.pass();
    }

   private:
    std::unordered_map<std::uint64_t, std::uint64_t> values_{};
    std::uint64_t left_;
    std::uint64_t& operations_;
    Gate& done_;
  };

  class Worker : public ActorOf<Kit, Worker> {
   public:
    using Messages = Accepts<Begin, Value>;
    Worker(AddressOf<Kit, Map> map, std::uint64_t me, std::uint64_t operations)
        : map_(std::move(map)), left_(operations), random_(seed_of(me)) {}
    void handle(Begin) { next(); }
    void handle(Value answer) {
      // A key that nobody has written yet has no value.
      if (answer.value == value_of(answer.key) || answer.value == 0) ++right_;
      if (--left_ == 0) {
        map_.template send<Finished>(right_);
      } else {
        next();
      }
    }

   private:
    void next() {
      random_ = stir(random_);
      const std::uint64_t place = (random_ >> 8) % keys;
      if (random_ % 10 == 0) {
        map_.template send<Write>(this->self(), place, value_of(place));
      } else {
        map_.template send<Read>(this->self(), place);
      }
    }
    AddressOf<Kit, Map> map_;
    std::uint64_t left_;
    std::uint64_t right_ = 0;
    std::uint64_t random_;
  };

  static Result<Measurement> run(typename Kit::System& system, const Work& work) {
    constexpr std::uint64_t workers = 20;
    const std::uint64_t each = work.count(30'000, 5'000);
    std::uint64_t right = 0;
    Gate done;
    const auto map = system.template spawn<Map>(workers, right, done);
    std::vector<AddressOf<Kit, Worker>> all;
    for (std::uint64_t i = 0; i < workers; ++i) {
      all.push_back(system.template spawn<Worker>(map, i, each));
    }
    const std::uint64_t begin = now_ns();
    for (const auto& worker : all) worker.template send<Begin>();
    Kit::let_run(system);
    done.wait();
    const std::uint64_t spent = now_ns() - begin;
    if (right != workers * each) return wrong("a wrong answer, or one too many");
    return per_second(workers * each, spent);
  }
};

}  // namespace stet::bench::savina
