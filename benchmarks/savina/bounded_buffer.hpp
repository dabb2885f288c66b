// benchmarks/savina/bounded_buffer.hpp
// Question   What does it cost to hand things from forty producers to forty consumers through one
//            actor that holds at most fifty of them?
// Measures   items/s; four messages an item and 25 steps of arithmetic at either end (some 40 ns).
// Expect     The manager is the bottleneck; a second worker could produce and consume meanwhile.
#pragma once

#include <deque>
#include <vector>

#include "work.hpp"

namespace stet::bench::savina {

template <class Kit>
struct BoundedBuffer {
  static constexpr About about{"savina_bounded_buffer",
                               "What does it cost to hand things on through a bounded buffer?",
                               "items/s", Better::higher};

  static constexpr std::uint32_t sides = 40;  // As many producers as consumers.
  static constexpr std::size_t buffer_items_max = 50;
  static constexpr std::uint64_t cost = 25;

  class Producer;
  class Consumer;
  struct Begin {
    std::vector<AddressOf<Kit, Producer>> producers;
    std::vector<AddressOf<Kit, Consumer>> consumers;
  };
  struct Produce {};
  struct Produced {
    std::uint32_t producer;
    std::uint64_t item;
  };
  struct Consume {
    std::uint64_t item;
  };
  struct Consumed {
    std::uint32_t consumer;
    std::uint64_t result;
  };

  class Manager : public ActorOf<Kit, Manager> {
   public:
    using Messages = Accepts<Begin, Produced, Consumed>;
    Manager(std::uint64_t items, std::uint64_t& sum, Gate& done)
        : left_(items), sum_(sum), done_(done) {}
    void handle(const Begin& message) {
      producers_ = message.producers;
      consumers_ = message.consumers;
      for (std::uint32_t i = 0; i < sides; ++i) idle_consumers_.push_back(i);
      for (const auto& producer : producers_) producer.template send<Produce>();
    }
    void handle(Produced message) {
      if (!idle_consumers_.empty()) {
        consumers_[idle_consumers_.back()].template send<Consume>(message.item);
        idle_consumers_.pop_back();
      } else {
        buffer_.push_back(message.item);
      }
      // Every producer may have one item on its way: their room is kept.
      if (buffer_.size() + sides > buffer_items_max) {
        held_producers_.push_back(message.producer);
      } else {
        producers_[message.producer].template send<Produce>();
      }
    }
    void handle(Consumed message) {
      sum_ += message.result;
      if (--left_ == 0) {
        done_.pass();
        return;
      }
      if (buffer_.empty()) {
        idle_consumers_.push_back(message.consumer);
      } else {
        consumers_[message.consumer].template send<Consume>(buffer_.front());
        buffer_.pop_front();
      }
      if (!held_producers_.empty()) {
        producers_[held_producers_.front()].template send<Produce>();
        held_producers_.pop_front();
      }
    }

   private:
    std::vector<AddressOf<Kit, Producer>> producers_{};
    std::vector<AddressOf<Kit, Consumer>> consumers_{};
    std::deque<std::uint64_t> buffer_{};
    std::vector<std::uint32_t> idle_consumers_{};
    std::deque<std::uint32_t> held_producers_{};
    std::uint64_t left_;
    std::uint64_t& sum_;
    Gate& done_;
  };

  class Producer : public ActorOf<Kit, Producer> {
   public:
    using Messages = Accepts<Produce>;
    Producer(AddressOf<Kit, Manager> manager, std::uint32_t me, std::uint64_t items)
        : manager_(std::move(manager)), me_(me), left_(items), state_(seed_of(me)) {}
    void handle(Produce) {
      if (left_ == 0) return;
      --left_;
      state_ = stir(state_, cost);
      manager_.template send<Produced>(me_, state_);
    }

   private:
    AddressOf<Kit, Manager> manager_;
    std::uint32_t me_;
    std::uint64_t left_;
    std::uint64_t state_;
  };

  class Consumer : public ActorOf<Kit, Consumer> {
   public:
    using Messages = Accepts<Consume>;
    Consumer(AddressOf<Kit, Manager> manager, std::uint32_t me)
        : manager_(std::move(manager)), me_(me) {}
    void handle(Consume message) {
      manager_.template send<Consumed>(me_, stir(message.item, cost));
    }

   private:
    AddressOf<Kit, Manager> manager_;
    std::uint32_t me_;
  };

  static std::uint64_t sum_of(std::uint64_t each) {
    std::uint64_t sum = 0;
    for (std::uint32_t i = 0; i < sides; ++i) {
      std::uint64_t state = seed_of(i);
      for (std::uint64_t n = 0; n < each; ++n) {
        state = stir(state, cost);
        sum += stir(state, cost);
      }
    }
    return sum;
  }

  static Result<Measurement> run(typename Kit::System& system, const Work& work) {
    const std::uint64_t each = work.count(8'000, 2'000);
    std::uint64_t sum = 0;
    Gate done;
    const auto manager = system.template spawn<Manager>(sides * each, sum, done);
    std::vector<AddressOf<Kit, Producer>> producers;
    std::vector<AddressOf<Kit, Consumer>> consumers;
    for (std::uint32_t i = 0; i < sides; ++i) {
      producers.push_back(system.template spawn<Producer>(manager, i, each));
      consumers.push_back(system.template spawn<Consumer>(manager, i));
    }
    const std::uint64_t begin = now_ns();
    manager.template send<Begin>(producers, consumers);
    Kit::let_run(system);
    done.wait();
    const std::uint64_t spent = now_ns() - begin;
    if (sum != sum_of(each)) return wrong("an item was lost or consumed twice");
    return per_second(sides * each, spent);
  }
};

}  // namespace stet::bench::savina
