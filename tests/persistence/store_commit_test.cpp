// tests/persistence/store_commit_test.cpp - how many flushes a batch costs, and who is told when.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <stet/persistence/store_messages.hpp>
#include <stet/runtime/actor.hpp>

#include "store_rig.hpp"

namespace stet::test::store_commit_test {
namespace {

// Writes down what the store asks of its engine: c a commit, f a flush.
struct Calls {
  std::string made;
  std::function<void()> during_commit = [] {};
  bool waits = false;
  int commits_that_fit = 1'000'000;
  bool flushes_fail = false;
};

class WatchedEngine final : public detail::Engine {
 public:
  explicit WatchedEngine(std::shared_ptr<Calls> calls)
      : inner_(detail::make_memory_engine()), calls_(std::move(calls)) {}

  Result<detail::CommitNumber> commit(std::span<const detail::Operation> operations,
                                      detail::Flush flush) override {
    calls_->made += flush == detail::Flush::full ? 'C' : 'c';
    calls_->during_commit();
    if (calls_->commits_that_fit-- <= 0) return Error(Errc::disk_full, "for this test");
    return inner_->commit(operations, flush);
  }
  Result<void> flush() override {
    calls_->made += 'f';
    if (calls_->flushes_fail) {
      poisoned_ = true;
      return Error(Errc::outcome_unknown, "for this test");
    }
    return inner_->flush();
  }
  bool would_wait(std::size_t) const noexcept override { return calls_->waits; }
  detail::CommitNumber durable_number() const noexcept override { return inner_->durable_number(); }
  detail::CommitNumber committed_number() const noexcept override {
    return inner_->committed_number();
  }
  Result<std::unique_ptr<detail::View>> view() override { return inner_->view(); }
  detail::EngineLimits limits() const noexcept override { return inner_->limits(); }
  detail::EngineStats stats() const override { return inner_->stats(); }
  bool poisoned() const noexcept override { return poisoned_; }

 private:
  std::unique_ptr<detail::Engine> inner_;
  std::shared_ptr<Calls> calls_;
  bool poisoned_ = false;
};

struct Write {
  int count;
  Durability durability = Durability::durable;
};

// Sends so many writes in one turn, and notes each answer.
class Writer : public Actor<Writer> {
 public:
  Writer(std::shared_ptr<detail::StoreLink> link, std::string& answers)
      : link_(std::move(link)), answers_(&answers) {}
  void handle(Write message) {
    for (int i = 0; i < message.count; ++i) {
      link_->insert.ask("//a/" + std::to_string(i), "x", message.durability)
          .then(*this, [this](const Result<Ack>& done) { *answers_ += done ? '+' : '-'; });
    }
  }

 private:
  std::shared_ptr<detail::StoreLink> link_;
  std::string* answers_;
};

class StoreCommit : public testing::Test {
 protected:
  // Of one record each, so that every write is a batch of its own.
  StoreCommit() : system_({.stepped = true, .seed = 1}) {
    StoreOptions options;
    options.engine = EngineChoice::given(std::make_shared<WatchedEngine>(calls_));
    options.batch_records = 1;
    store_.emplace(Store::open(system_, std::move(options)).value());
    writer_ = system_.spawn<Writer>(store_->link(), answers_);
  }
  void write(int count, Durability durability = Durability::durable) {
    writer_.send<Write>(count, durability);
    system_.run_until_idle();
  }

  const std::shared_ptr<Calls> calls_ = std::make_shared<Calls>();
  std::string answers_;
  System system_;
  std::optional<Store> store_;
  Address<Writer> writer_;
};

TEST_F(StoreCommit, ALoneChangeIsFlushedAtOnce) {
  write(1);
  EXPECT_EQ(calls_->made, "cf");
  EXPECT_EQ(answers_, "+");
}

TEST_F(StoreCommit, WhileBatchesAreReadyEachIsAcknowledgedByTheNextOne) {
  write(5);
  EXPECT_EQ(calls_->made, "cccccf");
  EXPECT_EQ(answers_, "+++++");
}

TEST_F(StoreCommit, OnlyTheLastOfThemWaitsForTheFlush) {
  calls_->flushes_fail = true;
  write(5);
  EXPECT_EQ(answers_, "++++-");
  EXPECT_EQ(store_->health().state, StoreState::poisoned);
}

TEST_F(StoreCommit, WhatNeedNotSurviveAPowerCutIsNotFlushed) {
  write(3, Durability::visible);
  EXPECT_EQ(calls_->made, "ccc");
  EXPECT_EQ(answers_, "+++");
  EXPECT_TRUE(store_->flush(1s));
  EXPECT_EQ(calls_->made, "cccf");
}

TEST_F(StoreCommit, AnswersComeInTheOrderOfTheQueue) {
  // The visible one is safe at once, but the durable one before it is not.
  calls_->flushes_fail = true;
  writer_.send<Write>(1, Durability::durable);
  writer_.send<Write>(1, Durability::visible);
  system_.run_until_idle();
  // Its own commit made the first one durable; the visible one needs no flush.
  EXPECT_EQ(calls_->made, "cc");
  EXPECT_EQ(answers_, "++");
}

TEST_F(StoreCommit, AFlushIsLeftToAWriteThatCameMeanwhile) {
  calls_->during_commit = [this] {
    if (calls_->made == "c") store_->link()->insert.send("//b", "y", Durability::durable);
  };
  write(1);
  EXPECT_EQ(calls_->made, "ccf");
  EXPECT_EQ(answers_, "+");
}

TEST_F(StoreCommit, ButNotToReads) {
  calls_->during_commit = [this] { store_->link()->get.send("//a/0"); };
  write(1);
  EXPECT_EQ(calls_->made, "cf");
  EXPECT_EQ(answers_, "+");
}

TEST_F(StoreCommit, NorToSignalsWhichBringNoTurn) {
  calls_->during_commit = [this] {
    // As at the end of a child: somebody rings, and there is no mail.
    static_cast<void>(store_->link()->insert.cell().mailbox.ring());
  };
  write(1);
  system_.advance(1s);
  system_.run_until_idle();
  EXPECT_EQ(calls_->made, "cf");
  EXPECT_EQ(answers_, "+");
}

TEST_F(StoreCommit, NobodyWaitsForWhatTakesTheEngineLong) {
  calls_->waits = true;
  write(3);
  EXPECT_EQ(calls_->made, "cfcfcf");
  EXPECT_EQ(answers_, "+++");
}

TEST_F(StoreCommit, NobodyWaitsForASecondTryOfTheNextBatch) {
  calls_->commits_that_fit = 2;
  write(3);
  EXPECT_EQ(calls_->made.substr(0, 4), "cccf");
  EXPECT_EQ(answers_, "++");
  EXPECT_EQ(store_->health().state, StoreState::full);
  calls_->commits_that_fit = 100;
  system_.advance(10s);
  system_.run_until_idle();
  EXPECT_EQ(answers_, "+++");
  EXPECT_TRUE(calls_->made.ends_with("cf")) << calls_->made;
}

TEST_F(StoreCommit, AFailedFlushLeavesEverybodyWithTheTruth) {
  calls_->flushes_fail = true;
  write(1);
  EXPECT_EQ(answers_, "-");
  write(1);
  EXPECT_EQ(answers_, "--");
  EXPECT_EQ(calls_->made, "cf");  // Nothing is written any more.
}

// --- Waiting for company, with threads.

// As a disk would: a flush takes a while, a commit nearly none.
class SlowToFlush final : public detail::Engine {
 public:
  Result<detail::CommitNumber> commit(std::span<const detail::Operation> operations,
                                      detail::Flush flush) override {
    ++commits;
    return inner_->commit(operations, flush);
  }
  Result<void> flush() override {
    ++flushes;
    const auto until = std::chrono::steady_clock::now() + 300us;
    while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
    return inner_->flush();
  }
  detail::CommitNumber durable_number() const noexcept override { return inner_->durable_number(); }
  detail::CommitNumber committed_number() const noexcept override {
    return inner_->committed_number();
  }
  Result<std::unique_ptr<detail::View>> view() override { return inner_->view(); }
  detail::EngineLimits limits() const noexcept override { return inner_->limits(); }
  detail::EngineStats stats() const override { return inner_->stats(); }
  bool poisoned() const noexcept override { return inner_->poisoned(); }

  // The store's thread; read after the store has stopped.
  double commits = 0;
  double flushes = 0;

 private:
  std::unique_ptr<detail::Engine> inner_ = detail::make_memory_engine();
};

struct Again {};

// Writes once more whenever it is told that the last one is safe.
class Regular : public Actor<Regular> {
 public:
  Regular(std::shared_ptr<detail::StoreLink> link, std::string key, Durability durability,
          int rounds, std::atomic<int>& done)
      : link_(std::move(link)),
        key_(std::move(key)),
        durability_(durability),
        rounds_(rounds),
        done_(&done) {}
  void handle(Again) {
    link_->insert.ask(key_, "x", durability_).then(*this, [this](const Result<Ack>& answer) {
      if (answer && --rounds_ > 0) return self().send<Again>();
      done_->fetch_add(answer ? 1 : 0);
      done_->notify_one();
    });
  }

 private:
  std::shared_ptr<detail::StoreLink> link_;
  std::string key_;
  Durability durability_;
  int rounds_;
  std::atomic<int>* done_;
};

// How much company spares depends on the machine: benchmarks/persistence/writers_bench.cpp.
TEST(StoreCompany, NobodyIsForgottenAndACommitNeverCostsMoreThanAFlush) {
  for (const Durability durability : {Durability::durable, Durability::urgent}) {
    constexpr int writers = 8;
    const auto engine = std::make_shared<SlowToFlush>();
    std::atomic<int> done{0};
    {
      System system({.workers = 1});
      const Store store = Store::open(system, {.engine = EngineChoice::given(engine)}).value();
      for (int i = 0; i < writers; ++i) {
        system.spawn<Regular>(store.link(), "//r/" + std::to_string(i), durability, 20, done)
            .send<Again>();
      }
      for (int now = done.load(); now < writers; now = done.load()) done.wait(now);
      EXPECT_TRUE(system.shutdown(60s));
    }
    EXPECT_GE(engine->commits, 20);
    EXPECT_LE(engine->flushes, engine->commits);
  }
}

}  // namespace
}  // namespace stet::test::store_commit_test
