// benchmarks/runtime/queued_bytes_bench.cpp
// Question   How much memory does a message hold that waits in a mailbox without a bound?
// Measures   resident bytes a message with 24 bytes of payload: a thread of the host sends a million
//            of them to an actor that is held up in a handler.
// Leaves out the pool and the first blocks, measured before.
// Floor      `new` of a node with a link, a function and as much payload.
// Rival      CAF.
// Expect     64 bytes: one block.
#include <memory>

#include "../questions.hpp"
#include "../rivals/caf_savina.hpp"
#include "../support/gate.hpp"
#include "../support/resident.hpp"
#include "../support/runtime_subjects.hpp"
#include "../support/stet_system.hpp"

namespace stet::bench {
namespace {

struct HoldUp {};
struct Item {
  std::uint64_t first;
  std::uint64_t second;
  std::uint64_t third;
};
static_assert(sizeof(Item) == 24);

class Sink : public Actor<Sink> {
 public:
  Sink(Gate& held, Gate& go_on, std::atomic<std::uint64_t>& received)
      : held_(held), go_on_(go_on), received_(received) {}
  void handle(HoldUp) {
    held_.pass();
    go_on_.wait();
  }
  void handle(const Item& item) {
    // release: pairs with wait_until().
    received_.fetch_add(item.first + item.second + item.third, std::memory_order_release);
  }

 private:
  Gate& held_;
  Gate& go_on_;
  std::atomic<std::uint64_t>& received_;
};

Result<Measurement> stet_queued_bytes(unsigned workers, std::uint64_t messages) {
  std::atomic<std::uint64_t> received{0};
  Gate held;
  Gate go_on;
  System system(with_workers(workers));
  const auto sink = system.spawn<Sink>(held, go_on, received);
  sink.send<HoldUp>();
  held.wait();
  const std::uint64_t before = resident_bytes();
  for (std::uint64_t i = 0; i < messages; ++i) sink.send<Item>(1U, 0U, 0U);
  const std::uint64_t after = resident_bytes();
  go_on.pass();
  if (!wait_until(received, messages)) return Error(Errc::corrupt, "a message was lost");
  if (Result<void> ended = end(system); !ended) return ended.error();
  if (received.load(std::memory_order_acquire) != messages) {  // Pairs with the handler.
    return Error(Errc::corrupt, "a message was repeated");
  }
  return Measurement{static_cast<double>(after - before) / static_cast<double>(messages)};
}

struct Node {
  std::unique_ptr<Node> next;
  void (*handle)(Item&);
  Item item;
};

Result<Measurement> raw_queued_bytes(std::uint64_t messages) {
  const std::uint64_t before = resident_bytes();
  std::unique_ptr<Node> top;
  for (std::uint64_t i = 0; i < messages; ++i) {
    top = std::make_unique<Node>(Node{std::move(top), nullptr, Item{1, 0, 0}});
  }
  const std::uint64_t after = resident_bytes();
  std::uint64_t received = 0;
  while (top) {  // One by one: a chain of a million would be a million calls deep.
    received += top->item.first;
    top = std::move(top->next);
  }
  if (received != messages) return Error(Errc::corrupt, "a node was lost");
  return Measurement{static_cast<double>(after - before) / static_cast<double>(messages)};
}

}  // namespace

Question queued_bytes() {
  const auto ours = [](const Setting& setting, unsigned workers) {
    return stet_queued_bytes(workers, setting.count(1'000'000));
  };
  const auto caf = [](const Setting& setting, unsigned workers) {
    return caf_rival::queued_bytes(workers, setting.count(300'000));
  };
  const auto floor = [](const Setting& setting) {
    return raw_queued_bytes(setting.count(1'000'000));
  };
  return {"queued_bytes", "How much memory does a message hold that waits?", "B/message",
          Better::lower, runtime_subjects(ours, caf, floor)};
}

}  // namespace stet::bench
