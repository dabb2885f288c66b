// tests/persistence/store_actor_test.cpp - the messages of a store and how it answers.
#include <gtest/gtest.h>

#include <algorithm>

#include <stet/persistence/store_messages.hpp>
#include <stet/runtime/actor.hpp>

#include "store_rig.hpp"

namespace stet::test {
namespace {

using namespace std::string_literals;

struct Begin {};

// Sends writes in one turn and notes the answers in the order they come.
class Writer : public Actor<Writer> {
 public:
  Writer(std::shared_ptr<detail::StoreLink> link, std::vector<std::string>& answers)
      : link_(std::move(link)), answers_(&answers) {}
  void handle(Begin) {
    note<Insert>(link_->insert.ask("//a/1", "one"), "1");
    note<Insert>(link_->insert.ask("bad key", "x"), "bad");
    note<Insert>(link_->insert.ask("//a/2", "two", Durability::async), "async");
    note<Insert>(link_->insert.ask("//a/3", "three", Durability::visible), "visible");
    note<FlushAll>(link_->flush.ask(), "flush");
    note<Remove>(link_->remove.ask("//a/1"), "remove");
  }

 private:
  template <class M>
  void note(Ask<M> question, const std::string& name) {
    std::move(question).then(*this, [this, name](const Result<Ack>& done) {
      answers_->push_back(name + (done ? "+" : "-"));
    });
  }
  std::shared_ptr<detail::StoreLink> link_;
  std::vector<std::string>* answers_;
};

TEST(StoreActor, StoresReadsAndRemovesRecords) {
  StoreRig rig;
  EXPECT_FALSE(rig.get("//a").has_value());
  EXPECT_TRUE(rig.link()->insert.ask("//a", "one").get(1s));
  EXPECT_EQ(rig.get("//a"), "one");
  EXPECT_TRUE(rig.link()->insert.ask("//a", "two").get(1s));
  EXPECT_EQ(rig.get("//a"), "two");
  EXPECT_TRUE(rig.link()->remove.ask("//a").get(1s));
  EXPECT_TRUE(rig.link()->remove.ask("//never/there").get(1s));
  EXPECT_FALSE(rig.get("//a").has_value());
}

TEST(StoreActor, AnswersEachWaiterOnceAndInOrder) {
  StoreRig rig;
  std::vector<std::string> answers;
  const auto writer = rig.system->spawn<Writer>(rig.link(), answers);
  writer.send<Begin>();
  rig.system->run_until_idle();
  // What is refused and what asks for nothing are answered on the spot, the rest with the commit.
  EXPECT_EQ(answers,
            (std::vector<std::string>{"bad-", "async+", "1+", "visible+", "flush+", "remove+"}));
  EXPECT_EQ(rig.store->stats().commits, 1U);
}

TEST(StoreActor, AReadSeesEveryWriteSentBeforeIt) {
  StoreRig rig;
  rig.link()->insert.send("//a", "one", Durability::async);
  rig.link()->insert.send("//a", "two", Durability::async);
  EXPECT_EQ(rig.get("//a"), "two");
  rig.link()->remove_prefix.send("//a");
  EXPECT_FALSE(rig.get("//a").has_value());
}

TEST(StoreActor, ABatchOfInsertsIsStoredWholeOrNotAtAll) {
  StoreRig rig;
  std::vector<Record> records{{"//a", "1"}, {"//b", "2"}};
  EXPECT_TRUE(rig.link()->insert_batch.ask(records).get(1s));
  EXPECT_EQ(rig.get("//b"), "2");
  records = {{"//a", "3"}, {"not a scope", "4"}};
  EXPECT_EQ(rig.link()->insert_batch.ask(records).get(1s).error(), Errc::invalid_argument);
  EXPECT_EQ(rig.get("//a"), "1");
}

TEST(StoreActor, RemovesAScopeAndAllBelowButNotItsNeighbour) {
  StoreRig rig;
  for (const auto& key : {"//a"s, "//a\0fx"s, "//a/b"s, "//a/b/c"s, "//ab"s, "//b"s}) {
    rig.link()->insert.send(key, "x");
  }
  EXPECT_TRUE(rig.link()->remove_prefix.ask("//a").get(1s));
  const Page page = rig.link()->scan.ask("//ab").get(1s).value();
  EXPECT_EQ(page.records.size(), 1U);
  EXPECT_TRUE(rig.get("//b").has_value());
  for (const auto& key : {"//a"s, "//a\0fx"s, "//a/b"s, "//a/b/c"s}) {
    EXPECT_FALSE(rig.get(key).has_value()) << key;
  }
  EXPECT_EQ(rig.link()->remove_prefix.ask("//a/").get(1s).error(), Errc::invalid_argument);
}

TEST(StoreActor, ScansPageByPageWhatIsStoredAndWhatIsAboutToBe) {
  StoreRig rig;
  std::vector<std::string> expected;
  for (int i = 10; i < 40; ++i) {
    const std::string key = "//s/" + std::to_string(i);
    rig.link()->insert.send(key, "old");
    if (i % 3 != 0) expected.push_back(key);
  }
  EXPECT_TRUE(rig.store->flush(1s));
  rig.faults->set_disk_full(true);  // From now on nothing is committed: scans must merge.
  for (int i = 10; i < 40; ++i) {
    const std::string key = "//s/" + std::to_string(i);
    if (i % 3 == 0) rig.link()->remove.send(key);
    if (i % 5 == 0) rig.link()->insert.send(key + "/new", "new");
    if (i % 5 == 0) expected.push_back(key + "/new");
  }
  std::sort(expected.begin(), expected.end());
  std::vector<std::string> found;
  std::string after;
  for (int pages = 0; pages < 100; ++pages) {
    const Page page = rig.link()->scan.ask("//s", after, 7U).get(1s).value();
    EXPECT_LE(page.records.size(), 7U);
    for (const Record& record : page.records) found.push_back(record.key);
    if (!page.more) break;
    after = page.records.back().key;
  }
  EXPECT_EQ(found, expected);
}

TEST(StoreActor, RefusesWhatCannotBeStored) {
  StoreRig rig;
  const auto insert = [&rig](std::string key, std::string value) {
    return rig.link()->insert.ask(std::move(key), std::move(value)).get(1s);
  };
  EXPECT_EQ(insert("", "x").error(), Errc::invalid_argument);
  EXPECT_EQ(insert("\x01meta", "x").error(), Errc::invalid_argument);
  EXPECT_EQ(insert("//" + std::string(510, 'k'), "x").error(), Errc::too_large);
  EXPECT_EQ(insert("//a", std::string(record_bytes_max + 1, 'x')).error(), Errc::too_large);
  EXPECT_TRUE(insert("//" + std::string(509, 'k'), ""));
}

TEST(StoreActor, ADurableAnswerOutlivesAPowerCutAndAVisibleOneMayNot) {
  const auto disk = std::make_shared<detail::MemoryDisk>();
  {
    StoreRig rig({}, disk);
    EXPECT_TRUE(rig.link()->insert.ask("//durable", "x").get(1s));
    EXPECT_TRUE(rig.link()->insert.ask("//visible", "x", Durability::visible).get(1s));
    rig.crash();
  }
  {
    StoreRig rig({}, disk);
    EXPECT_TRUE(rig.get("//durable").has_value());
    EXPECT_FALSE(rig.get("//visible").has_value());
    // flush covers what was only visible.
    EXPECT_TRUE(rig.link()->insert.ask("//visible", "x", Durability::visible).get(1s));
    EXPECT_TRUE(rig.store->flush(1s));
    rig.crash();
  }
  StoreRig rig({}, disk);
  EXPECT_TRUE(rig.get("//visible").has_value());
}

TEST(StoreActor, WhatWaitsAtShutdownIsStored) {
  const auto disk = std::make_shared<detail::MemoryDisk>();
  {
    StoreRig rig({}, disk);
    for (int i = 0; i < 100; ++i) {
      rig.link()->insert.send("//n/" + std::to_string(i), "x", Durability::async);
    }
    EXPECT_TRUE(rig.system->shutdown(1s));
    EXPECT_EQ(rig.store->health().state, StoreState::closed);
    EXPECT_EQ(rig.link()->get.ask("//n/1").get(1s).error(), Errc::receiver_gone);
  }
  StoreRig rig({}, disk);
  EXPECT_TRUE(rig.get("//n/0").has_value());
  EXPECT_TRUE(rig.get("//n/99").has_value());
}

TEST(StoreActor, CommitsAtItsBoundsAndNotOncePerMessage) {
  StoreRig rig({.batch_records = 10});
  for (int i = 0; i < 95; ++i) rig.link()->insert.send("//n/" + std::to_string(i), "x");
  EXPECT_TRUE(rig.store->flush(1s));
  EXPECT_GE(rig.store->stats().commits, 9U);
  EXPECT_LE(rig.store->stats().commits, 11U);
  EXPECT_EQ(rig.store->stats().queued_bytes, 0U);
}

}  // namespace
}  // namespace stet::test
