// benchmarks/baseline/raw_messages.cpp - ring and fan-in on the one-thread loop.
#include <algorithm>
#include <memory>
#include <vector>

#include "../support/clock.hpp"
#include "../support/fan_in_protocol.hpp"
#include "raw_loop.hpp"
#include "raw_runtime.hpp"

namespace stet::bench::raw {
namespace {

class Node final : public RawActor {
 public:
  Node* next = nullptr;
  std::uint64_t handled = 0;

  void handle(RawLoop& loop, const RawMessage& message) override {
    ++handled;
    if (message.value > 0) loop.send(*next, message.value - 1);
  }
};

enum Kind : std::int32_t { item, item_with_ack, burst, ack };

class Counter;

class Producer final : public RawActor {
 public:
  Producer(Counter& counter, std::uint64_t messages) : counter_(&counter), window_(messages) {}
  void handle(RawLoop& loop, const RawMessage& message) override;

 private:
  Counter* counter_;
  FanInWindow window_;
};

class Counter final : public RawActor {
 public:
  std::vector<Producer*> producers{};
  std::uint64_t received = 0;
  std::uint64_t sum = 0;

  void handle(RawLoop& loop, const RawMessage& message) override {
    ++received;
    if (message.kind == item_with_ack) {
      loop.send(*producers[static_cast<std::size_t>(message.value)], 0, ack);
    } else {
      sum += static_cast<std::uint64_t>(message.value);
    }
  }
};

void Producer::handle(RawLoop& loop, const RawMessage& message) {
  if (message.kind == ack && !window_.acknowledged()) return;
  const std::uint64_t count = window_.begin_burst();
  for (std::uint64_t i = 0; i + 1 < count; ++i) {
    loop.send(*counter_, static_cast<std::int64_t>(i), item);
  }
  if (window_.finished()) {
    loop.send(*counter_, 0, item);
    return;
  }
  const auto self = std::find(counter_->producers.begin(), counter_->producers.end(), this);
  loop.send(*counter_, self - counter_->producers.begin(), item_with_ack);
  if (window_.may_go_on()) loop.send(*this, 0, burst);
}

}  // namespace

Result<Measurement> ring(std::uint64_t actors, std::uint64_t hops) {
  std::vector<std::unique_ptr<Node>> nodes;
  for (std::uint64_t i = 0; i < actors; ++i) nodes.push_back(std::make_unique<Node>());
  for (std::uint64_t i = 0; i < actors; ++i) nodes[i]->next = nodes[(i + 1) % actors].get();
  RawLoop loop;
  const std::uint64_t begin = now_ns();
  loop.send(*nodes[0], static_cast<std::int64_t>(hops));
  loop.run();
  const auto spent = static_cast<double>(now_ns() - begin);
  std::uint64_t handled = 0;
  for (const auto& node : nodes) handled += node->handled;
  if (handled != hops + 1) return Error(Errc::corrupt, "the ring lost or repeated a message");
  return Measurement{spent / static_cast<double>(hops)};
}

Result<Measurement> fan_in(std::uint64_t producers, std::uint64_t messages) {
  const std::uint64_t each = messages / producers;
  Counter counter;
  std::vector<std::unique_ptr<Producer>> all;
  for (std::uint64_t i = 0; i < producers; ++i) {
    all.push_back(std::make_unique<Producer>(counter, each));
    counter.producers.push_back(all.back().get());
  }
  RawLoop loop;
  const std::uint64_t begin = now_ns();
  for (const auto& producer : all) loop.send(*producer, 0, burst);
  loop.run();
  const auto spent = static_cast<double>(now_ns() - begin);
  if (counter.received != each * producers || counter.sum != producers * fan_in_sum(each)) {
    return Error(Errc::corrupt, "the counter did not receive what was sent");
  }
  return Measurement{1e9 * static_cast<double>(counter.received) / spent};
}

}  // namespace stet::bench::raw
