// tests/stress/flow_test.cpp
// Goal    Whatever the policy of a bounded mailbox, under load: never more waits than the bound, what
//         was sent was handled or is a dead letter, and each sender's mail stays in order.
// Method  Host threads and actors flood receivers of each policy; urgent mail and an end in between.
#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include <stet/runtime/urgent.hpp>

#include "runtime/samples.hpp"
#include "support/scale.hpp"

namespace stet::test::flow_test {

struct Item {
  std::size_t sender;
  int number;
};
struct Hurry {};
constexpr std::size_t hosts = 2;
constexpr std::size_t actors = 2;

struct Seen {
  std::atomic<std::uint64_t> handled{0};
  std::atomic<std::uint64_t> urgent{0};
  std::atomic<std::uint64_t> disorder{0};
  std::atomic<std::uint32_t> most{0};
};

class Sink : public Actor<Sink> {
 public:
  explicit Sink(Seen& seen) : seen_(seen) {}
  void handle(Item item) {
    seen_.handled += 1;
    if (item.number <= last_[item.sender]) seen_.disorder += 1;
    last_[item.sender] = item.number;
    // relaxed: only this actor writes.
    const std::uint32_t waiting = mailbox_state(self()).waiting;
    if (waiting > seen_.most.load(std::memory_order_relaxed)) seen_.most = waiting;
  }
  void handle(Hurry) { seen_.urgent += 1; }

 private:
  Seen& seen_;
  std::vector<int> last_ = std::vector<int>(hosts + actors, 0);
};

struct Go {
  int left;
};
class Source : public Actor<Source> {
 public:
  Source(Address<Sink> to, std::size_t name, std::atomic<int>& done)
      : to_(std::move(to)), name_(name), done_(done) {}
  void handle(Go go) {
    for (int i = 0; i < 10; ++i) to_.send<Item>(name_, ++number_);
    if (go.left > 1) {
      self().send<Go>(go.left - 1);
    } else {
      ++done_;
    }
  }

 private:
  Address<Sink> to_;
  std::size_t name_;
  std::atomic<int>& done_;
  int number_ = 0;
};

void flood(WhenFull policy, std::uint32_t capacity, bool ends) {
  SCOPED_TRACE(testing::Message() << "policy " << static_cast<int>(policy) << " capacity "
                                  << capacity << " ends " << ends);
  const int each = static_cast<int>(scaled(20'000)) / 10 * 10 + 10;
  Seen seen;
  std::atomic<int> done{0};
  System system(with_workers(2));
  SpawnOptions options;
  options.mailbox = {.capacity = capacity, .when_full = policy};
  const auto sink = system.spawn_with<Sink>(options, seen);
  for (std::size_t i = 0; i < actors; ++i) {
    system.spawn<Source>(sink, hosts + i, done).send<Go>(each / 10);
  }
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < hosts; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 1; n <= each; ++n) {
        sink.send<Item>(i, n);
        if (n % 16 == 0) send_urgent<Hurry>(sink);
        if (ends && i == 0 && n == each / 2) sink.stop_now();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(eventually([&] { return done == actors; }));
  ASSERT_TRUE(system.shutdown(patience).has_value());
  const std::uint64_t sent = static_cast<std::uint64_t>(each) * (hosts + actors);
  const std::uint64_t urgent = static_cast<std::uint64_t>(each / 16) * hosts;
  EXPECT_EQ(seen.handled + seen.urgent + system.counters().dead_letters, sent + urgent);
  EXPECT_EQ(seen.disorder, 0U);
  if (!ends) {
    EXPECT_EQ(seen.urgent, urgent);
  }
  // drop_oldest counts a message from before it is in until after the one it replaces is out: one
  // more for each thread that sends.
  const std::uint32_t slack =
      policy == WhenFull::drop_oldest ? static_cast<std::uint32_t>(hosts) + 2 : 0;
  EXPECT_LE(seen.most, capacity + slack);
  EXPECT_EQ(mailbox_state(sink).waiting, 0U);
}

TEST(Flow, KeepsItsBoundAndLosesNothingSilently) {
  for (const WhenFull policy :
       {WhenFull::reject, WhenFull::drop_newest, WhenFull::drop_oldest, WhenFull::wait}) {
    for (const std::uint32_t capacity : {1U, 7U, 256U}) flood(policy, capacity, false);
  }
}

TEST(Flow, LosesNothingSilentlyWhenTheActorEnds) {
  for (const WhenFull policy :
       {WhenFull::reject, WhenFull::drop_newest, WhenFull::drop_oldest, WhenFull::wait}) {
    flood(policy, 16, true);
  }
}

// Marks are told in turn: after all is over nobody is left believing that it is high.
TEST(Flow, TellsAnEndToEachHighMark) {
  std::atomic<std::uint32_t> last{0};
  std::atomic<std::uint64_t> told{0};
  Seen seen;
  System system(with_workers(2));
  SpawnOptions options;
  options.mailbox.high = 20;
  options.mailbox.low = 5;
  options.mailbox.on_level = [&](const MailboxLevel& level) {
    EXPECT_EQ(level.is_high, level.number % 2 == 1);
    told += 1;
    std::uint32_t before = last;
    while (before < level.number && !last.compare_exchange_weak(before, level.number)) {
    }
  };
  const auto sink = system.spawn_with<Sink>(options, seen);
  std::vector<std::thread> threads;
  const int each = static_cast<int>(scaled(50'000));
  for (std::size_t i = 0; i < hosts; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 1; n <= each; ++n) sink.send<Item>(i, n);
    });
  }
  for (std::thread& thread : threads) thread.join();
  ASSERT_TRUE(system.shutdown(patience).has_value());
  EXPECT_EQ(last % 2, 0U);
  EXPECT_EQ(told, last);
}

}  // namespace stet::test::flow_test
