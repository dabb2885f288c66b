// tests/persistence/turn_change_test.cpp - one actor is one writer, whatever it writes through.
#include <stet/persistence/detail/turn_change.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include <stet/persistence/spawn_persistent.hpp>

#include "store_rig.hpp"

namespace stet::test {
namespace {

struct Write {
  std::string name;
};
struct EraseAll {
  using Reply = bool;
};
struct Change {
  using Reply = bool;
};

// Owns nothing.
class Logger : public Actor<Logger> {
 public:
  explicit Logger(DataStore log) : log_(std::move(log)) {}
  void handle(const Write& m) { EXPECT_TRUE(log_.scope(m.name).write("line")); }

 private:
  DataStore log_;
};

// Owns one scope, and writes there and below it without its Persistable too.
class Keeper : public Actor<Keeper> {
 public:
  Keeper(Persistable<Account> account, DataStore all)
      : account_(std::move(account)), all_(std::move(all)) {}
  void handle(const Write& m) { EXPECT_TRUE(all_.scope(m.name).write("line")); }
  bool handle(EraseAll) { return all_.erase_all().has_value(); }
  bool handle(Change) {
    return account_.mutate([](Account& account) { ++account.cents; }).refused() == nullptr;
  }

 private:
  Persistable<Account> account_;
  DataStore all_;
};

TEST(OneWriter, AfterARefusedTurnNoLaterOneOfAnActorWithoutPersistablesIsStored) {
  // In some of these orders the actor writes on before the store has said no.
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    StoreRig rig({}, std::make_shared<detail::MemoryDisk>(), seed);
    const DataStore log = rig.data->base("//log");
    const auto owner =
        Persistable<Account>::load_or_default(Repository<Account>{log.scope("owned")}).value();
    const auto logger = rig.system->spawn<Logger>(log);
    logger.send<Write>("0");
    logger.send<Write>("owned");  // Joined; refused later, by the store.
    for (int i = 1; i < 6; ++i) logger.send<Write>(std::to_string(i));
    rig.system->run_until_idle();
    EXPECT_FALSE(logger.is_alive());
    const Page page = log.list().value();
    ASSERT_EQ(page.records.size(), 1U) << "seed " << seed;
    EXPECT_EQ(page.records.front().key, "//log/0");
  }
}

TEST(OneWriter, MayWriteItsOwnScopeInTurnsThatDoNotTouchItsPersistable) {
  StoreRig rig;
  const DataStore scope = rig.data->base("//bank").scope("alice");
  const auto keeper = spawn_persistent<Keeper>(*rig.system, Repository<Account>{scope}, scope);
  keeper.send<Write>("cards");
  EXPECT_TRUE(keeper.ask<EraseAll>().get(1s).value());
  EXPECT_TRUE(keeper.ask<Change>().get(1s).value_or(false));
  EXPECT_TRUE(keeper.ask<EraseAll>().get(1s).value_or(false));
  EXPECT_TRUE(keeper.ask<Change>().get(1s).value_or(false));
  EXPECT_TRUE(rig.store->flush(1s));
  EXPECT_TRUE(rig.refused.empty());
  EXPECT_EQ(scope.list().value().records.size(), 1U);
}

TEST(OneWriter, TakesWhatItsPersistablesFromAHostThreadOwn) {
  StoreRig rig;
  const DataStore scope = rig.data->base("//bank").scope("alice");
  const Repository<Account> repo{scope};
  {
    auto account = Persistable<Account>::load_or_default(repo).value();
    const auto keeper = rig.system->spawn<Keeper>(std::move(account), scope);
    keeper.send<Write>("cards");                                // The actor is a writer already,
    EXPECT_TRUE(keeper.ask<Change>().get(1s).value_or(false));  // and learns what it owns.
    EXPECT_TRUE(keeper.ask<EraseAll>().get(1s).value_or(false));
    EXPECT_TRUE(keeper.ask<Change>().get(1s).value_or(false));
    EXPECT_TRUE(rig.store->flush(1s));
    EXPECT_TRUE(rig.refused.empty());
    EXPECT_EQ(repo.write({1, "thief"}).error(), Errc::already_owned);
    keeper.stop();
    rig.system->run_until_idle();
  }
  EXPECT_TRUE(repo.write({1, "heir"}));  // And gives it back.
}

struct Take {
  std::shared_ptr<Persistable<Account>> account;
};
class Heir : public Actor<Heir> {
 public:
  void handle(Take m) { account_ = std::move(m.account); }
  bool handle(Change) {
    return account_->mutate([](Account& account) { ++account.cents; }).refused() == nullptr;
  }
  void handle(const Write&) { throw std::runtime_error("on purpose"); }

 private:
  std::shared_ptr<Persistable<Account>> account_;
};

TEST(OneWriter, IsNotStoppedForWhatAnotherWroteWithTheSamePersistable) {
  StoreRig rig;
  const DataStore bank = rig.data->base("//bank");
  const auto account = std::make_shared<Persistable<Account>>(
      Persistable<Account>::load_or_default(Repository<Account>{bank.scope("a")}).value());
  const auto first = rig.system->spawn<Heir>();
  const auto second = rig.system->spawn<Heir>();
  first.send<Take>(account);
  EXPECT_TRUE(first.ask<Change>().get(1s).value());
  second.send<Take>(account);
  EXPECT_TRUE(second.ask<Change>().get(1s).value());
  EXPECT_TRUE(rig.store->flush(1s));
  // What the second writes now and is refused stops the second.
  rig.faults->fail_at(detail::FaultControl::Call::commit, 1, Errc::unsupported);
  EXPECT_TRUE(second.ask<Change>().get(1s).value());
  rig.system->run_until_idle();
  EXPECT_FALSE(second.is_alive());
  EXPECT_TRUE(first.is_alive());
}

}  // namespace
}  // namespace stet::test
