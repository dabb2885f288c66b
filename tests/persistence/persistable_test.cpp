// tests/persistence/persistable_test.cpp - a value that saves its own changes, on a host thread.
#include <stet/persistence/persistable.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

#include "store_rig.hpp"

namespace stet::test {
namespace {

using Alice = Persistable<Account>;

struct PersistableTest : ::testing::Test {
  StoreRig rig;
  Repository<Account> repo{rig.data->base("//bank").scope("alice")};
};

TEST_F(PersistableTest, LoadNeedsARecordAndTheOthersDoNotWriteOne) {
  EXPECT_EQ(Alice::load(repo).error(), Errc::not_found);
  {
    const Alice alice = Alice::load_or_default(repo).value();
    EXPECT_FALSE(alice.has());
    EXPECT_EQ(alice->cents, 0);
  }
  {
    const Alice alice = Alice::load_or_else(repo, [] { return Account{7, "Alice"}; }).value();
    EXPECT_FALSE(alice.has());
    EXPECT_EQ(alice->cents, 7);
  }
  EXPECT_TRUE(rig.store->flush(1s));
  EXPECT_FALSE(repo.has().value());
  EXPECT_TRUE(repo.write({9, "Alice"}));
  const Alice alice = Alice::load(repo).value();
  EXPECT_TRUE(alice.has());
  EXPECT_EQ(alice.get().cents, 9);
}

TEST_F(PersistableTest, SavesWhatMutateSetAndClearDo) {
  Alice alice = Alice::load_or_default(repo).value();
  EXPECT_TRUE(alice.mutate([](Account& account) { account.cents = 1; }).wait(1s));
  EXPECT_EQ(repo.read().value().cents, 1);
  EXPECT_TRUE(alice.set({2, "Alice"}).wait(1s));
  EXPECT_EQ(repo.read().value().owner, "Alice");
  EXPECT_TRUE(alice.clear().wait(1s));
  EXPECT_FALSE(alice.has());
  EXPECT_FALSE(repo.has().value());
  EXPECT_EQ(alice->owner, "");
}

TEST_F(PersistableTest, FalseAndEmptyAreValuesAndNotAbsence) {
  Repository<bool> flag_repo{rig.data->base("//flag")};
  {
    auto flag = Persistable<bool>::load_or_default(flag_repo).value();
    EXPECT_TRUE(flag.set(false).wait(1s));
  }
  EXPECT_TRUE(Persistable<bool>::load(flag_repo).has_value());
  Repository<std::string> text_repo{rig.data->base("//text")};
  {
    auto text = Persistable<std::string>::load_or_default(text_repo).value();
    EXPECT_TRUE(text.set("").wait(1s));
  }
  EXPECT_TRUE(Persistable<std::string>::load(text_repo).has_value());
}

TEST_F(PersistableTest, WhatDoesNotChangeIsNotSent) {
  Alice alice = Alice::load_or_default(repo).value();
  EXPECT_TRUE(alice.set({1, "Alice"}).wait(1s));
  const std::uint64_t changes = rig.store->stats().changes;
  EXPECT_TRUE(alice.mutate([](Account& account) { account.cents += 0; }).wait(1s));
  EXPECT_TRUE(alice.set({1, "Alice"}).wait(1s));
  EXPECT_EQ(rig.store->stats().changes, changes);
}

TEST_F(PersistableTest, TryMutateKeepsOnlyWhatIsWanted) {
  Alice alice = Alice::load_or_default(repo).value();
  const auto add = [](std::int64_t cents, bool wanted) {
    return [cents, wanted](Account& account) {
      account.cents += cents;
      return wanted;
    };
  };
  EXPECT_TRUE(alice.try_mutate(add(5, true)));
  EXPECT_EQ(alice.try_mutate(add(7, false)).error(), Errc::rolled_back);
  EXPECT_EQ(alice
                .try_mutate([](Account& account) -> Result<void> {
                  account.cents = 99;
                  return Error(Errc::out_of_range, "too much");
                })
                .error(),
            Errc::out_of_range);
  EXPECT_THROW((void)alice.try_mutate([](Account& account) -> bool {
    account.cents = 99;
    throw std::runtime_error("on purpose");
  }),
               std::runtime_error);
  EXPECT_EQ(alice->cents, 5);
  EXPECT_TRUE(alice.try_mutate(add(1, true)));  // Not broken by the throw.
  EXPECT_TRUE(rig.store->flush(1s));
  EXPECT_EQ(repo.read().value().cents, 6);
}

TEST_F(PersistableTest, AfterAThrowOnAHostThreadItRefusesChangesUntilReload) {
  Alice alice = Alice::load_or_default(repo).value();
  EXPECT_TRUE(alice.set({1, "Alice"}).wait(1s));
  EXPECT_THROW(alice.mutate([](Account& account) {
    account.cents = 99;
    throw std::runtime_error("on purpose");
  }),
               std::runtime_error);
  const Token token = alice.set({2, "Alice"});
  ASSERT_NE(token.refused(), nullptr);
  EXPECT_EQ(*token.refused(), Errc::rolled_back);
  EXPECT_EQ(token.wait(1s).error(), Errc::rolled_back);
  EXPECT_TRUE(alice.reload());
  EXPECT_EQ(alice->cents, 1);
  EXPECT_TRUE(alice.set({3, "Alice"}).wait(1s));
}

TEST_F(PersistableTest, AReloadOfADamagedRecordRefusesChangesUntilOneSucceeds) {
  Alice alice = Alice::load_or_default(repo).value();
  EXPECT_TRUE(alice.set({1, "Alice"}).wait(1s));
  const std::string good = rig.get("//bank/alice").value();
  // As if the disk had done it: the store does not look who writes.
  const auto overwrite = [&](std::string_view record) {
    detail::ChangeWriter writer;
    writer.put("//bank/alice", true, record);
    detail::Change change{writer.take(), {}, Durability::durable};
    change.ticket = detail::Ticket(std::make_shared<detail::Unit>(rig.link(), 0), 1);
    rig.link()->change.send(std::move(change));
    return rig.store->flush(1s).has_value();
  };
  ASSERT_TRUE(overwrite("no record"));
  EXPECT_EQ(alice.reload().error(), Errc::corrupt);
  EXPECT_EQ(alice->cents, 1);  // Not a default that looks like a value.
  const Token token = alice.mutate([](Account& account) { ++account.cents; });
  ASSERT_NE(token.refused(), nullptr);
  EXPECT_EQ(*token.refused(), Errc::rolled_back);
  EXPECT_EQ(rig.get("//bank/alice"), "no record");  // There to be repaired.
  ASSERT_TRUE(overwrite(good));
  EXPECT_TRUE(alice.reload());
  EXPECT_TRUE(alice.mutate([](Account& account) { ++account.cents; }).wait(1s));
  EXPECT_EQ(repo.read().value().cents, 2);
}

TEST_F(PersistableTest, AValueOverTheBoundIsRefusedWithItsSize) {
  Repository<std::string> text_repo{rig.data->base("//text")};
  auto text = Persistable<std::string>::load_or_default(text_repo).value();
  const Token token = text.set(std::string(record_bytes_max, 'x'));
  ASSERT_NE(token.refused(), nullptr);
  EXPECT_EQ(*token.refused(), Errc::too_large);
  EXPECT_NE(token.refused()->text.find("//text"), std::string::npos);
  EXPECT_EQ(rig.refused.size(), 1U);
  EXPECT_TRUE(text.reload());
  EXPECT_TRUE(text.set("small").wait(1s));
}

TEST_F(PersistableTest, AScopeHasOneOwnerAndNobodyElseWritesThere) {
  std::optional<Alice> alice = Alice::load_or_default(repo).value();
  EXPECT_EQ(Alice::load_or_default(repo).error(), Errc::already_owned);
  EXPECT_EQ(repo.write({1, "thief"}).error(), Errc::already_owned);
  EXPECT_EQ(repo.clear().error(), Errc::already_owned);
  EXPECT_EQ(rig.data->base("//bank").erase_all().error(), Errc::already_owned);
  EXPECT_TRUE(alice->set({5, "Alice"}).wait(1s));
  EXPECT_EQ(repo.read().value().cents, 5);  // Reading is free.
  alice.reset();
  EXPECT_TRUE(repo.write({6, "Bob"}));
}

TEST_F(PersistableTest, UnknownFieldsOfANewerProgramSurviveAnOlderOne) {
  struct Newer {
    std::int64_t cents = 0;
    std::string owner;
    std::string colour;
  };
  const Repository<Newer> newer{rig.data->base("//bank").scope("alice")};
  EXPECT_TRUE(newer.write({1, "Alice", "blue"}));
  {
    Alice alice = Alice::load(repo).value();
    EXPECT_TRUE(alice.mutate([](Account& account) { account.cents = 2; }).wait(1s));
  }
  EXPECT_EQ(newer.read().value().colour, "blue");
  EXPECT_EQ(newer.read().value().cents, 2);
}

TEST_F(PersistableTest, AsksForTheClassThatIsWanted) {
  Alice alice = Alice::load_or_default(repo).value();
  alice.set_durability(Durability::visible);
  EXPECT_TRUE(alice.set({1, "Alice"}).wait(1s));
  rig.crash();
  StoreRig again({}, rig.disk);
  const Repository<Account> repo_again{again.data->base("//bank").scope("alice")};
  EXPECT_FALSE(repo_again.has().value());
}

struct Touch {
  using Reply = bool;
};
class Keeper : public Actor<Keeper> {
 public:
  explicit Keeper(Persistable<Account> account) : account_(std::move(account)) {}
  bool handle(Touch) {
    return account_.mutate([](Account&) {}).refused() != nullptr;
  }

 private:
  Persistable<Account> account_;
};

TEST_F(PersistableTest, AHalfMadeChangeIsNotStoredByAnActorEither) {
  Alice alice = Alice::load_or_default(repo).value();
  ASSERT_TRUE(alice.set({10, "Alice"}).wait(1s));
  EXPECT_ANY_THROW(alice.mutate([](Account& account) {
    account.cents = 5;
    throw 1;
  }));
  const auto keeper = rig.system->spawn<Keeper>(std::move(alice));
  EXPECT_TRUE(keeper.ask<Touch>().get(1s).value());
  EXPECT_TRUE(rig.store->flush(1s));
  EXPECT_EQ(repo.read().value().cents, 10);
}

}  // namespace
}  // namespace stet::test
