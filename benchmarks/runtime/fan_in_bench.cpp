// benchmarks/runtime/fan_in_bench.cpp
// Question   How many messages can one actor take from 1, 2, 4, 8 others, and what does a second
//            worker do to it?
// Measures   messages/s at the counter. Producers send bursts of 1000 and have at most 10 bursts
//            unanswered (support/fan_in_protocol.hpp).
// Leaves out spawning, shutting down, mailboxes without a bound.
// Floor      baseline/raw_loop.hpp: all on one thread, no runtime.
// Rival      CAF with as many workers.
// Expect     At most 5 % lost by the second worker: the counter is the bottleneck and runs on one
//            at a time, so the other can only help to send, at the price of moving messages between
//            cores.
#include <string>
#include <vector>

#include "../baseline/raw_runtime.hpp"
#include "../questions.hpp"
#include "../rivals/caf_rival.hpp"
#include "../rivals/erlang_rival.hpp"
#include "../support/clock.hpp"
#include "../support/fan_in_protocol.hpp"
#include "../support/gate.hpp"
#include "../support/runtime_subjects.hpp"
#include "../support/stet_system.hpp"

namespace stet::bench {
namespace {

struct Burst {};
struct Acknowledged {};
struct Item {
  std::int64_t value;
};
class Producer;
struct ItemWithAck {
  Address<Producer> sender;
};

class Counter : public Actor<Counter> {
 public:
  Counter(std::uint64_t expected, std::uint64_t& sum, Gate& done)
      : left_(expected), sum_(sum), done_(done) {}

  void handle(Item item) {
    sum_ += static_cast<std::uint64_t>(item.value);
    count();
  }
  void handle(const ItemWithAck& item);

 private:
  void count() {
    if (--left_ == 0) done_.pass();
  }
  std::uint64_t left_;
  std::uint64_t& sum_;
  Gate& done_;
};

class Producer : public Actor<Producer> {
 public:
  Producer(Address<Counter> counter, std::uint64_t messages)
      : counter_(std::move(counter)), window_(messages) {}

  void handle(Burst) { burst(); }
  void handle(Acknowledged) {
    if (window_.acknowledged()) burst();
  }

 private:
  void burst() {
    const std::uint64_t count = window_.begin_burst();
    for (std::uint64_t i = 0; i + 1 < count; ++i) counter_.send<Item>(static_cast<std::int64_t>(i));
    if (window_.finished()) {
      counter_.send<Item>(0);
      return;
    }
    counter_.send<ItemWithAck>(self());
    if (window_.may_go_on()) self().send<Burst>();
  }
  Address<Counter> counter_;
  FanInWindow window_;
};

void Counter::handle(const ItemWithAck& item) {
  item.sender.send<Acknowledged>();
  count();
}

Result<Measurement> stet_fan_in(unsigned workers, std::uint64_t producers, std::uint64_t messages) {
  const std::uint64_t each = messages / producers;
  std::uint64_t sum = 0;
  Gate done;
  System system(with_workers(workers));
  const auto counter = system.spawn<Counter>(each * producers, sum, done);
  std::vector<Address<Producer>> all;
  for (std::uint64_t i = 0; i < producers; ++i) {
    all.push_back(system.spawn<Producer>(counter, each));
  }
  const std::uint64_t begin = now_ns();
  for (const auto& producer : all) producer.send<Burst>();
  done.wait();
  const auto spent = static_cast<double>(now_ns() - begin);

  if (Result<void> ended = end(system); !ended) return ended.error();
  if (sum != producers * fan_in_sum(each)) {
    return Error(Errc::corrupt, "the counter did not receive what was sent");
  }
  return Measurement{1e9 * static_cast<double>(each * producers) / spent};
}

}  // namespace

Question fan_in(unsigned producers) {
  const auto ours = [producers](const Setting& setting, unsigned workers) {
    return stet_fan_in(workers, producers, setting.count(10'000'000));
  };
  const auto caf = [producers](const Setting& setting, unsigned workers) {
    return caf_rival::fan_in(workers, producers, setting.count(1'000'000));
  };
  const auto floor = [producers](const Setting& setting) {
    return raw::fan_in(producers, setting.count(10'000'000));
  };
  const auto erlang = erlang_rival::program("fan_in", [producers](const Setting& setting) {
    return std::vector<std::uint64_t>{producers, setting.count(1'000'000)};
  });
  return {"fan_in_" + std::to_string(producers),
          "How many messages can one actor take from " + std::to_string(producers) + "?",
          "messages/s", Better::higher, runtime_subjects(ours, caf, floor, erlang)};
}

}  // namespace stet::bench
