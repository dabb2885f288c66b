// tests/persistence/persistent_log_test.cpp - a log of one record an item, in turns and outside.
#include <stet/persistence/persistent_log.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

#include <stet/persistence/persistent_map.hpp>
#include <stet/persistence/persistent_set.hpp>
#include <stet/persistence/spawn_persistent.hpp>

#include "persistence/sample.hpp"
#include "store_rig.hpp"

namespace stet::test::persistent_log_test {
namespace {

using Events = PersistentLog<std::string>;
using Names = PersistentSet<std::string>;

struct Happened {
  std::string what;
  int times = 1;
  bool throws = false;
};
struct Keep {
  std::uint64_t from = 0;
};
struct Numbers {
  using Reply = std::uint64_t;
};

// A log, another container and a Persistable of the same actor.
class Witness : public Actor<Witness> {
 public:
  Witness(Events events, Persistable<Account> total, Names names)
      : events_(std::move(events)), total_(std::move(total)), names_(std::move(names)) {}
  void handle(const Happened& m) {
    for (int i = 0; i < m.times; ++i) events_.append(m.what);
    total_.mutate([&m](Account& a) { a.cents += m.times; });
    names_.insert(m.what);
    if (m.throws) throw std::runtime_error("on purpose");
  }
  void handle(const Keep& m) { events_.cut_before(m.from); }
  std::uint64_t handle(Numbers) { return 1'000'000 * events_.first() + events_.next(); }

 private:
  Events events_;
  Persistable<Account> total_;
  Names names_;
};

struct PersistentLogTest : ::testing::Test {
  std::optional<StoreRig> rig = std::optional<StoreRig>(std::in_place);

  [[nodiscard]] Repository<Events> repo() const {
    return Repository<Events>(rig->data->base("//events"));
  }
  [[nodiscard]] Repository<Account> total() const {
    return Repository<Account>(rig->data->base("//total"));
  }
  [[nodiscard]] Address<Witness> spawn() {
    return spawn_persistent<Witness>(*rig->system, repo(), total(),
                                     Repository<Names>(rig->data->base("//names")));
  }
  [[nodiscard]] static std::string item_key(std::uint64_t number) {
    std::string element;
    append_ordered(element, number);
    return element_key("//events", KeyTag::item, element);
  }
  // As after a power cut: what was not durable is gone.
  void crash_and_reopen() {
    const auto disk = rig->disk;
    rig->crash();
    rig.reset();
    rig.emplace(StoreOptions{}, disk);
  }
  [[nodiscard]] std::uint64_t records_of(const Address<Witness>& to, auto message) {
    EXPECT_TRUE(rig->store->flush(1s));
    const std::uint64_t before = rig->store->stats().records;
    to.send(std::move(message));
    rig->system->run_until_idle();
    EXPECT_TRUE(rig->store->flush(1s));
    return rig->store->stats().records - before;
  }
};

TEST_F(PersistentLogTest, AppendingToTenThousandIsOneRecord) {
  const auto to = spawn();
  EXPECT_GE(records_of(to, Happened{"x", 10'000}), 10'000U);
  EXPECT_EQ(records_of(to, Happened{"x"}), 2U);  // With the total.
  EXPECT_EQ(records_of(to, Keep{3}), 4U);        // Three erased, the root.
  EXPECT_EQ(records_of(to, Keep{3}), 0U);
  crash_and_reopen();  // Ten pages and more.
  EXPECT_EQ(spawn().ask<Numbers>().get(1s).value(), 3'010'001U);
  EXPECT_EQ(repo().read().value().items.size(), 9'998U);
}

TEST_F(PersistentLogTest, NumbersGoOnAfterEverythingWasCutAndTheProcessBeganAgain) {
  for (std::uint64_t round = 0; round < 3; ++round) {
    Events log = Events::load(repo()).value();
    EXPECT_EQ(log.first(), 2 * round);
    EXPECT_EQ(log.next(), 2 * round);
    EXPECT_TRUE(log.append("a").wait(1s));
    EXPECT_TRUE(log.append("b").wait(1s));
    EXPECT_TRUE(log.clear().wait(1s));
    EXPECT_TRUE(log.empty());
    EXPECT_FALSE(rig->get(item_key(2 * round + 1)).has_value());
    crash_and_reopen();
  }
}

TEST_F(PersistentLogTest, IsReadByNumber) {
  {
    Events log = Events::load(repo()).value();
    for (const char* what : {"zero", "one", "two", "three"}) log.append(what);
    EXPECT_TRUE(log.cut_before(2).wait(1s));
    EXPECT_TRUE(log.cut_before(1).wait(1s));  // Gone already.
  }
  EXPECT_TRUE(rig->store->flush(1s));
  const Events log = Events::load(repo()).value();
  EXPECT_EQ(log.size(), 2U);
  EXPECT_EQ(log.front(), "two");
  EXPECT_EQ(log.back(), "three");
  EXPECT_EQ(log.at(2), "two");
  EXPECT_EQ(log[3], "three");
  EXPECT_FALSE(log.contains(1));
  EXPECT_THROW(static_cast<void>(log.at(1)), std::out_of_range);
  EXPECT_THROW(static_cast<void>(log.at(4)), std::out_of_range);
  EXPECT_EQ(std::vector<std::string>(log.begin(), log.end()),
            (std::vector<std::string>{"two", "three"}));
}

TEST_F(PersistentLogTest, WhatIsAppendedAndCutInOneTurnIsNotWritten) {
  struct Burst {
    int items;
  };
  class Burster : public Actor<Burster> {
   public:
    explicit Burster(Events events) : events_(std::move(events)) {}
    void handle(const Burst& m) {
      for (int i = 0; i < m.items; ++i) events_.append(std::to_string(i));
      events_.cut_before(events_.next() - 1);
    }

   private:
    Events events_;
  };
  const auto to = spawn_persistent<Burster>(*rig->system, repo());
  for (std::uint64_t last : {99U, 199U}) {
    EXPECT_TRUE(rig->store->flush(1s));
    const std::uint64_t before = rig->store->stats().records;
    to.send<Burst>(100);
    rig->system->run_until_idle();
    EXPECT_TRUE(rig->store->flush(1s));
    EXPECT_LE(rig->store->stats().records - before, 5U);  // The first time with session, catalogue.
    EXPECT_EQ(repo().read().value(), (LogItems<std::string>{last, {"99"}}));
  }
}

TEST_F(PersistentLogTest, IsStoredTogetherWithTheOtherStatesOfItsActorOrNotAtAll) {
  auto to = spawn();
  to.send<Happened>("one");
  rig->system->run_until_idle();
  EXPECT_TRUE(rig->store->flush(1s));
  EXPECT_EQ(rig->store->stats().changes, 1U);
  to.send<Happened>("two", 3, true);
  rig->system->run_until_idle();
  EXPECT_FALSE(to.is_alive());
  to = spawn();
  EXPECT_EQ(to.ask<Numbers>().get(1s).value(), 1U);
  to.send<Happened>("two");
  rig->system->run_until_idle();
  EXPECT_TRUE(rig->store->flush(1s));
  EXPECT_EQ(repo().read().value(), (LogItems<std::string>{0, {"one", "two"}}));
  EXPECT_EQ(total().read().value().cents, 2);
}

TEST_F(PersistentLogTest, AnItemThatCannotBeReadKeepsTheActorFromStarting) {
  {
    Events log = Events::load(repo()).value();
    for (const char* what : {"zero", "one", "two", "three"}) log.append(what);
    EXPECT_TRUE(log.cut_before(1).wait(1s));
  }
  for (const std::string& key : {std::string("//events"), item_key(2)}) {
    const std::string good = rig->get(key).value();
    for (std::size_t at = 0; at < good.size(); ++at) {
      std::string damaged = good;
      damaged[at] = static_cast<char>(damaged[at] ^ 0x40);
      EXPECT_TRUE(rig->link()->insert.ask(key, damaged).get(1s));
      EXPECT_EQ(spawn().ask<Numbers>().get(1s).error(), Errc::hydration_failed) << at;
      EXPECT_EQ(rig->get(key).value(), damaged) << at;
    }
    EXPECT_TRUE(rig->link()->insert.ask(key, good).get(1s));
  }
  EXPECT_EQ(spawn().ask<Numbers>().get(1s).value(), 1'000'004U);
}

TEST_F(PersistentLogTest, AGapOrAMissingRootIsDamage) {
  {
    Events log = Events::load(repo()).value();
    for (const char* what : {"zero", "one", "two", "three"}) log.append(what);
    EXPECT_TRUE(log.cut_before(1).wait(1s));
  }
  for (const std::string& key : {std::string("//events"), item_key(1), item_key(2)}) {
    const std::string good = rig->get(key).value();
    EXPECT_TRUE(rig->link()->remove.ask(key).get(1s));
    const auto read = repo().read();
    ASSERT_FALSE(read) << key;
    EXPECT_EQ(read.error(), Errc::corrupt);
    EXPECT_EQ(spawn().ask<Numbers>().get(1s).error(), Errc::hydration_failed);
    EXPECT_TRUE(rig->link()->insert.ask(key, good).get(1s));
  }
  Buffer early;  // One that was cut.
  encode_record(
      item_key(0), {}, [](Buffer& to) { encode(std::string("zero"), to); }, early);
  EXPECT_TRUE(rig->link()->insert.ask(item_key(0), std::string(early.view())).get(1s));
  const auto read = repo().read();
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error(), Errc::corrupt);
  EXPECT_TRUE(rig->link()->remove.ask(item_key(0)).get(1s));
  EXPECT_TRUE(repo().read());
}

TEST_F(PersistentLogTest, RefusesAScopeThatHoldsSomethingElse) {
  EXPECT_TRUE(total().write({1, "a value"}));
  EXPECT_EQ(Repository<Events>(rig->data->base("//total")).read().error(), Errc::already_exists);
  using Texts = PersistentMap<std::string, std::string>;
  {
    Texts map = Texts::load(Repository<Texts>(rig->data->base("//map"))).value();
    EXPECT_TRUE(map.insert_or_assign("a", "b").wait(1s));
    Events log = Events::load(repo()).value();
    EXPECT_TRUE(log.append("a").wait(1s));
  }
  EXPECT_EQ(Repository<Events>(rig->data->base("//map")).read().error(), Errc::corrupt);
  EXPECT_EQ(Repository<Texts>(rig->data->base("//events")).read().error(), Errc::already_exists);
  EXPECT_EQ(Repository<Account>(rig->data->base("//events")).read().error(), Errc::corrupt);
}

TEST_F(PersistentLogTest, AnItemThatIsTooLargeIsRefusedAndNothingElseOfItsTurnIsStored) {
  Events log = Events::load(repo()).value();
  EXPECT_TRUE(log.append("small").wait(1s));
  const Token token = log.append(std::string(record_bytes_max, 'x'));
  ASSERT_NE(token.refused(), nullptr);
  EXPECT_EQ(token.refused()->code, Errc::too_large);
  EXPECT_EQ(log.clear().refused()->code, Errc::rolled_back);
  EXPECT_TRUE(log.reload());
  EXPECT_EQ(log.next(), 1U);
  EXPECT_TRUE(log.append("next").wait(1s));
  EXPECT_EQ(repo().read().value(), (LogItems<std::string>{0, {"small", "next"}}));
}

TEST_F(PersistentLogTest, KeepsItsBytes) {
  Events log = Events::load(repo()).value();
  EXPECT_TRUE(log.append("a").wait(1s));
  EXPECT_TRUE(log.append("bc").wait(1s));
  EXPECT_TRUE(log.cut_before(1).wait(1s));
  const std::string key("//events\0i\0\0\0\0\0\0\0\x01", 18);
  EXPECT_EQ(item_key(1), key);
  const std::string item = rig->get(key).value();
  EXPECT_EQ(hex(parse_record(key, item).value().payload), "a2 62 63");
  const std::string root = rig->get("//events").value();
  EXPECT_EQ(hex(parse_record("//events", root).value().payload),
            "92 a3 6c 6f 67 cf 00 00 00 00 00 00 00 01");
}

TEST_F(PersistentLogTest, IsInTheCatalogue) {
  const CatalogueEntry entry = PersistentLog<Account>::catalogue_entry("//events");
  EXPECT_TRUE(entry.type.starts_with("log of ")) << entry.type;
  EXPECT_EQ(entry.fields.size(), 2U);
  const std::string key = catalogue_key(repo().data().pattern());
  EXPECT_TRUE(rig->store->flush(1s));
  const auto disk = rig->disk;
  rig.reset();
  const auto engine = detail::make_memory_engine(disk).value();
  const auto view = engine->view().value();
  const auto record = view->get(key).value();
  ASSERT_TRUE(record.has_value());
  CatalogueEntry stored;
  ASSERT_TRUE(decode(parse_record(key, *record).value().payload, stored));
  EXPECT_EQ(stored, Events::catalogue_entry("//events"));
}

}  // namespace
}  // namespace stet::test::persistent_log_test
