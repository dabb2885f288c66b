// tests/persistence/store_reader_test.cpp - reads beside the commits: what they see, who does them.
// Goal    A read sees every write that was sent before it, wherever it is answered; all are answered.
// Method  Stepped runs in seeded orders, against the history of all states; full disks and failing
//         reads planned. What breaks the rule on purpose is in tests/crash/store_faults_test.cpp.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <stet/persistence/spawn_persistent.hpp>

#include "read_history.hpp"
#include "store_rig.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test::store_reader_test {
namespace {

using Call = detail::FaultControl::Call;

void run_history(bool peeks, bool disk_fills, const Seed& seed) {
  StoreRig rig({.batch_records = 16}, std::make_shared<detail::MemoryDisk>(), seed.value());
  rig.faults->set_peeks(peeks);
  ReadHistory history;
  const auto client = rig.system->spawn<HistoryClient>(rig.link(), seed.value(), history);
  std::mt19937_64 random(seed.derive(1).value());
  for (int turn = 0; turn < 60; ++turn) {
    client.send<WriteAndRead>(random() % 20);
    if (disk_fills && turn % 8 == 0) rig.faults->set_disk_full(true);
    if (turn % 8 == 5) rig.faults->set_disk_full(false);
    for (std::size_t steps = random() % 30; steps > 0; --steps) rig.system->step();
    if (turn % 4 == 3) rig.system->advance(20ms);  // Commits are tried again.
  }
  rig.system->run_until_idle();
  EXPECT_GT(history.questions, 200U);
  EXPECT_EQ(history.answers, history.questions) << seed;
  EXPECT_EQ(history.failed, 0U) << seed;
  EXPECT_EQ(history.wrong, 0U) << seed;
}

TEST(StoreReader, AReadSeesAllThatWasSentBeforeItInAnyOrderOfSteps) {
  const Seed seed = Seed::from_environment_or_random();
  for (std::size_t round = 0; round < scaled(20); ++round) {
    run_history(round % 2 == 0, false, seed.derive(round));
  }
}

TEST(StoreReader, AlsoWhileTheDiskIsFull) {
  const Seed seed = Seed::from_environment_or_random();
  for (std::size_t round = 0; round < scaled(20); ++round) {
    run_history(round % 2 == 0, true, seed.derive(round));
  }
}

TEST(StoreReader, WhatMemoryKnowsNeedsNoView) {
  StoreRig rig;
  rig.faults->set_peeks(true);
  ASSERT_TRUE(rig.link()->insert.ask("//a", "one").get(1s));
  const std::uint64_t views = rig.faults->calls(Call::view);
  EXPECT_EQ(rig.get("//a"), "one");
  EXPECT_FALSE(rig.get("//b").has_value());
  EXPECT_EQ(rig.faults->calls(Call::view), views);
  rig.faults->set_peeks(false);
  EXPECT_EQ(rig.get("//a"), "one");
  EXPECT_EQ(rig.faults->calls(Call::view), views + 1);
}

// Where memory does not know: what is not committed is known all the same.
TEST(StoreReader, WhatABatchHoldsNeedsNoView) {
  StoreRig rig;
  rig.faults->set_disk_full(true);
  rig.link()->insert.send("//a", "one");
  rig.system->run_until_idle();
  const std::uint64_t views = rig.faults->calls(Call::view);
  EXPECT_EQ(rig.get("//a"), "one");
  EXPECT_EQ(rig.faults->calls(Call::view), views);
}

TEST(StoreReader, AFailedReadIsToldAndTheNextOneIsTriedAgain) {
  StoreRig rig;
  ASSERT_TRUE(rig.link()->insert.ask("//a", "one").get(1s));
  rig.faults->fail_at(Call::view, 1, Errc::readers_full);
  EXPECT_EQ(rig.link()->get.ask("//a").get(1s).error(), Errc::readers_full);
  rig.faults->fail_at(Call::scan, 1, Errc::corrupt);
  EXPECT_EQ(rig.link()->scan.ask("//a").get(1s).error(), Errc::corrupt);
  EXPECT_EQ(rig.get("//a"), "one");
}

TEST(StoreReader, AScopeWhoseRecordCannotBeReadIsFreeAgain) {
  StoreRig rig;
  const Repository<Account> repository{rig.data->base("//accounts").scope("alice")};
  ASSERT_TRUE(repository.write({.cents = 7, .owner = "Alice"}));
  for (const Call call : {Call::view, Call::get}) {
    rig.faults->fail_at(call, 1, Errc::corrupt);
    EXPECT_FALSE(Persistable<Account>::load(repository));
    // Nobody owns it: a foreign write is taken.
    EXPECT_TRUE(repository.write({.cents = 7, .owner = "Alice"}));
  }
  const auto alice = Persistable<Account>::load(repository);
  ASSERT_TRUE(alice);
  EXPECT_EQ((*alice)->cents, 7);
  EXPECT_EQ(repository.write({.cents = 8, .owner = "Eve"}).error(), Errc::already_owned);
}

// The record is on its way: who asks for the same scope meanwhile does not get it.
TEST(StoreReader, TwoWhoAskForAScopeAtOnceAreNotBothGivenIt) {
  const Seed seed = Seed::from_environment_or_random();
  for (std::size_t round = 0; round < scaled(50); ++round) {
    StoreRig rig({}, std::make_shared<detail::MemoryDisk>(), seed.derive(round).value());
    int granted = 0;
    int refused = 0;
    struct Asker : Actor<Asker> {
      Asker(std::shared_ptr<detail::StoreLink> link, std::uint64_t id, int& yes, int& no) {
        link->acquire.ask(detail::Acquire{{"//one"}, id})
            .then(*this, [this, &yes, &no](Result<detail::Acquired> answer) {
              ++(answer ? yes : no);
              if (answer) kept = std::move(answer).value();
            });
      }
      void handle(WriteAndRead) {}
      detail::Acquired kept;
    };
    const auto first = rig.system->spawn<Asker>(rig.link(), 1U, granted, refused);
    const auto second = rig.system->spawn<Asker>(rig.link(), 2U, granted, refused);
    rig.system->run_until_idle();
    EXPECT_EQ(granted, 1) << seed;
    EXPECT_EQ(refused, 1) << seed;
  }
}

TEST(StoreReader, EveryReadIsAnsweredWhenTheStoreStops) {
  const Seed seed = Seed::from_environment_or_random();
  for (std::size_t round = 0; round < scaled(20); ++round) {
    ReadHistory history;
    StoreRig rig({}, std::make_shared<detail::MemoryDisk>(), seed.derive(round).value());
    rig.faults->set_disk_full(round % 2 == 0);
    const auto client = rig.system->spawn<HistoryClient>(rig.link(), seed.value(), history);
    client.send<WriteAndRead>(100U);
    EXPECT_TRUE(rig.system->shutdown(1s));
    EXPECT_EQ(history.answers, history.questions) << seed;
    EXPECT_EQ(history.wrong, 0U) << seed;
  }
}

// Real threads: the reader is held at its first view until all questions have been asked.
TEST(StoreReader, ReadsOverTheBoundAreRefusedAndTheRestAnswered) {
  constexpr std::size_t asked = 1000;
  constexpr std::size_t bound = 256;  // Of 64 KiB in the queue.
  const auto faults = std::make_shared<detail::FaultControl>();
  System system({.workers = 1});
  StoreOptions options{.queue_bytes = 64 << 10};
  options.engine =
      EngineChoice::given(detail::make_faulty_engine(detail::make_memory_engine(), faults));
  const Store store = Store::open(system, std::move(options)).value();
  std::promise<void> go;
  faults->set_delay([held = go.get_future().share()](Call call) {
    if (call == Call::view) held.wait();
  });
  struct Reader : Actor<Reader> {
    Reader(std::shared_ptr<detail::StoreLink> link, std::atomic<std::size_t>& good,
           std::promise<void>& refused) {
      for (std::size_t i = 0; i < asked; ++i) {
        link->get.ask("//k/" + std::to_string(i))
            .then(*this, [this, &good, &refused](const Result<std::optional<std::string>>& answer) {
              if (answer) {
                good.fetch_add(1);  // The default order: only the sum counts.
              } else {
                EXPECT_EQ(answer.error(), Errc::mailbox_full);
                if (++no == asked - bound) refused.set_value();
              }
            });
      }
    }
    void handle(WriteAndRead) {}
    std::size_t no = 0;
  };
  std::atomic<std::size_t> good{0};
  std::promise<void> refused;
  const auto reader = system.spawn<Reader>(store.link(), good, refused);
  EXPECT_EQ(refused.get_future().wait_for(30s), std::future_status::ready);
  go.set_value();
  // Room again, as soon as the first of them is answered.
  auto answer = store.link()->get.ask("//k/1").get(30s);
  while (!answer && answer.error() == Errc::mailbox_full) {
    answer = store.link()->get.ask("//k/1").get(30s);
  }
  ASSERT_TRUE(answer) << answer.error().message();
  EXPECT_FALSE(answer->has_value());
  EXPECT_TRUE(system.shutdown(30s));
  EXPECT_EQ(good.load(), bound);
}

// Real threads: the disk gives nothing until many more commits have returned.
TEST(StoreReader, NoCommitWaitsForAReadThatWaitsForTheDisk) {
  constexpr std::uint64_t commits = 50;
  for (const Call slow : {Call::view, Call::get, Call::scan}) {
    const auto faults = std::make_shared<detail::FaultControl>();
    System system({.workers = 1});
    StoreOptions options;
    options.engine =
        EngineChoice::given(detail::make_faulty_engine(detail::make_memory_engine(), faults));
    const Store store = Store::open(system, std::move(options)).value();
    const std::shared_ptr<detail::StoreLink>& link = store.link();
    ASSERT_TRUE(link->insert.ask("//w", "before").get(30s));
    std::promise<void> go;
    std::promise<void> reached;
    std::atomic<bool> is_first{true};
    faults->set_delay([&, held = go.get_future().share()](Call call) {
      if (call != slow || !is_first.exchange(false)) return;
      reached.set_value();
      held.wait();
    });
    std::thread asker([&] {
      if (slow == Call::scan) {
        EXPECT_EQ(link->scan.ask("//w").get(60s).value().records.size(), 1U);
      } else {
        EXPECT_EQ(link->get.ask("//w").get(60s).value(), "before");
      }
    });
    ASSERT_EQ(reached.get_future().wait_for(30s), std::future_status::ready);
    for (std::uint64_t i = 0; i < commits; ++i) {
      EXPECT_TRUE(link->insert.ask("//other", std::to_string(i)).get(30s)) << i;
    }
    EXPECT_GE(store.stats().commits, commits);
    go.set_value();
    asker.join();
    faults->set_delay({});
    EXPECT_TRUE(system.shutdown(30s));
  }
}

TEST(StoreReader, AnotherProcessThatReadsForTooLongIsToldAndForgottenWhenItEnds) {
  StoreRig rig({.reader_age = 60s});
  const auto write_for = [&rig](std::chrono::seconds time) {
    for (auto passed = 0s; passed < time; passed += 5s) {
      ASSERT_TRUE(rig.link()->insert.ask("//a", std::to_string(passed.count())).get(1s));
      rig.system->advance(5s);
      rig.system->run_until_idle();
    }
  };
  rig.faults->set_foreign_readers({{.pid = 4711, .number = 3}});
  write_for(50s);
  EXPECT_EQ(rig.store->health().state, StoreState::ok);
  write_for(60s);
  EXPECT_EQ(rig.store->health().state, StoreState::slow);
  EXPECT_NE(rig.store->health().reason.text.find("process 4711"), std::string::npos);
  // Another transaction of the same process: its age begins anew. Noticed without any commit.
  rig.faults->set_foreign_readers({{.pid = 4711, .number = 9}});
  rig.system->advance(20s);
  rig.system->run_until_idle();
  EXPECT_EQ(rig.store->health().state, StoreState::ok);
  rig.faults->set_foreign_readers({});
  write_for(60s);
  EXPECT_EQ(rig.health, (std::vector<StoreState>{StoreState::slow, StoreState::ok}));
}

}  // namespace
}  // namespace stet::test::store_reader_test
