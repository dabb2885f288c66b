// tests/persistence/spawn_persistent_test.cpp - actors that begin where they left off; their turns.
#include <stet/persistence/spawn_persistent.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

#include "store_rig.hpp"

namespace stet::test {
namespace {

struct Deposit {
  std::int64_t cents;
};
struct Balance {
  using Reply = std::int64_t;
};
struct Move {
  std::int64_t cents;
  enum : std::uint8_t { keep, throws, throws_inside_and_catches } how = keep;
};
struct Safe {
  using Reply = bool;
};

class Teller : public Actor<Teller> {
 public:
  explicit Teller(Persistable<Account> account) : account_(std::move(account)) {}
  void handle(Deposit m) {
    account_.mutate([&](Account& a) { a.cents += m.cents; });
  }
  std::int64_t handle(Balance) { return account_->cents; }
  void handle(Safe, Promise<Safe> answer) {
    auto token = account_.mutate([](Account& a) { ++a.cents; });
    token.then(*this, [answer = std::move(answer)](const Result<Ack>& done) mutable {
      answer.resolve(done.has_value());
    });
  }

 private:
  Persistable<Account> account_;
};

// Two Persistables of one actor; the rest of the arguments comes after them.
class Pair : public Actor<Pair> {
 public:
  Pair(Persistable<Account> left, Persistable<Account> right, const std::string& name, int seen)
      : left_(std::move(left)), right_(std::move(right)) {
    EXPECT_EQ(name, "name");
    EXPECT_EQ(seen, 7);
  }
  void handle(Move m) {
    left_.mutate([&](Account& a) { a.cents -= m.cents; });
    if (m.how == Move::throws) throw std::runtime_error("between the two");
    if (m.how == Move::throws_inside_and_catches) {
      try {
        right_.mutate([](Account& a) {
          a.cents = 12345;
          throw std::runtime_error("inside");
        });
      } catch (const std::runtime_error&) {
      }
      return;
    }
    right_.mutate([&](Account& a) { a.cents += m.cents; });
  }
  std::int64_t handle(Balance) { return left_->cents * 1000 + right_->cents; }

 private:
  Persistable<Account> left_;
  Persistable<Account> right_;
};

struct SpawnPersistent : ::testing::Test {
  StoreRig rig;
  DataStore bank = rig.data->base("//bank");
  [[nodiscard]] Repository<Account> repo(std::string_view name) const {
    return Repository<Account>{bank.scope(name)};
  }
  [[nodiscard]] Address<Pair> spawn_pair() {
    return spawn_persistent<Pair>(*rig.system, repo("a"), repo("b"), "name", 7);
  }
};

TEST_F(SpawnPersistent, HydratesBeforeTheFirstMessage) {
  EXPECT_TRUE(repo("alice").write({1000, "Alice"}));
  const auto alice = spawn_persistent<Teller>(*rig.system, repo("alice"));
  alice.send<Deposit>(100);
  EXPECT_EQ(alice.ask<Balance>().get(1s).value(), 1100);
  EXPECT_TRUE(rig.store->flush(1s));
  EXPECT_EQ(repo("alice").read().value().cents, 1100);
}

TEST_F(SpawnPersistent, GoesOnAfterARestartOfTheProgram) {
  const auto disk = std::make_shared<detail::MemoryDisk>();
  for (std::int64_t session = 1; session <= 3; ++session) {
    StoreRig again({}, disk);
    const Repository<Account> alice_repo{again.data->base("//bank").scope("alice")};
    const auto alice = spawn_persistent<Teller>(*again.system, alice_repo);
    alice.send<Deposit>(1);
    EXPECT_EQ(alice.ask<Balance>().get(1s).value(), session);
    EXPECT_TRUE(again.system->shutdown(1s));  // Drains without a flush.
  }
}

TEST_F(SpawnPersistent, ATokenTellsWhenTheChangeIsDurable) {
  const auto alice = spawn_persistent<Teller>(*rig.system, repo("alice"));
  EXPECT_TRUE(alice.ask<Safe>().get(1s).value());
  rig.crash();
  StoreRig again({}, rig.disk);
  const Repository<Account> alice_repo{again.data->base("//bank").scope("alice")};
  EXPECT_EQ(alice_repo.read().value().cents, 1);
}

TEST_F(SpawnPersistent, ChangesOfOneTurnAreStoredTogether) {
  const auto pair = spawn_pair();
  pair.send<Move>(5);
  EXPECT_EQ(pair.ask<Balance>().get(1s).value(), -5 * 1000 + 5);
  EXPECT_TRUE(rig.store->flush(1s));
  EXPECT_EQ(repo("a").read().value().cents, -5);
  EXPECT_EQ(repo("b").read().value().cents, 5);
  EXPECT_EQ(rig.store->stats().changes, 1U);
}

TEST_F(SpawnPersistent, AHandlerThatThrowsLeavesNoChangeBehind) {
  const auto pair = spawn_pair();
  pair.send<Move>(5);
  pair.send<Move>(7, Move::throws);
  rig.system->run_until_idle();
  EXPECT_FALSE(pair.is_alive());
  EXPECT_EQ(repo("a").read().value().cents, -5);
  EXPECT_EQ(repo("b").read().value().cents, 5);
}

TEST_F(SpawnPersistent, AThrowOutOfMutateRollsTheTurnBackEvenIfItIsCaught) {
  const auto pair = spawn_pair();
  pair.send<Move>(5);
  pair.send<Move>(7, Move::throws_inside_and_catches);
  rig.system->run_until_idle();
  EXPECT_FALSE(pair.is_alive());
  EXPECT_EQ(repo("a").read().value().cents, -5);
  EXPECT_EQ(repo("b").read().value().cents, 5);
  // And the scopes are free again, with what was stored.
  EXPECT_EQ(spawn_pair().ask<Balance>().get(1s).value(), -5 * 1000 + 5);
}

TEST_F(SpawnPersistent, ARecordThatCannotBeReadKeepsTheActorFromStarting) {
  EXPECT_TRUE(bank.scope("alice").write("no record"));
  const auto alice = spawn_persistent<Teller>(*rig.system, repo("alice"));
  alice.send<Deposit>(100);
  EXPECT_EQ(alice.ask<Balance>().get(1s).error(), Errc::hydration_failed);
  rig.system->run_until_idle();
  EXPECT_EQ(rig.dead_letters.front(), Errc::hydration_failed);
  EXPECT_EQ(rig.refused.front().first, "//bank/alice");
  EXPECT_EQ(rig.refused.front().second, Errc::corrupt);
  EXPECT_EQ(rig.get("//bank/alice"), "no record");  // Untouched, and free to be repaired.
  EXPECT_TRUE(bank.scope("alice").erase());
}

TEST_F(SpawnPersistent, ASecondOwnerIsToldSoAndTheFirstGoesOn) {
  const auto first = spawn_persistent<Teller>(*rig.system, repo("alice"));
  const auto second = spawn_persistent<Teller>(*rig.system, repo("alice"));
  first.send<Deposit>(1);
  second.send<Deposit>(10);
  EXPECT_EQ(second.ask<Balance>().get(1s).error(), Errc::already_owned);
  EXPECT_EQ(first.ask<Balance>().get(1s).value(), 1);
  first.stop();
  rig.system->run_until_idle();
  const auto third = spawn_persistent<Teller>(*rig.system, repo("alice"));
  EXPECT_EQ(third.ask<Balance>().get(1s).value(), 1);
}

TEST_F(SpawnPersistent, AScopeThatIsWrongIsTold) {
  const auto lost = spawn_persistent<Teller>(*rig.system, repo("ends/in/slash/"));
  EXPECT_EQ(lost.ask<Balance>().get(1s).error(), Errc::hydration_failed);
}

TEST_F(SpawnPersistent, OneActorCannotUseTwoStores) {
  StoreRig other;
  const auto pair = spawn_persistent<Pair>(*rig.system, repo("a"),
                                           Repository<Account>{other.data->base("//b")}, "name", 7);
  EXPECT_EQ(pair.ask<Balance>().get(1s).error(), Errc::hydration_failed);
}

TEST_F(SpawnPersistent, PersistablesLoadedOnAHostThreadMayMoveIntoAnActor) {
  auto left = Persistable<Account>::load_or_default(repo("a")).value();
  auto right = Persistable<Account>::load_or_default(repo("b")).value();
  EXPECT_TRUE(left.set({100, "left"}).wait(1s));
  const std::uint64_t before = rig.store->stats().changes;
  const auto pair = rig.system->spawn<Pair>(std::move(left), std::move(right), "name", 7);
  pair.send<Move>(5);
  EXPECT_EQ(pair.ask<Balance>().get(1s).value(), 95 * 1000 + 5);
  EXPECT_TRUE(rig.store->flush(1s));
  EXPECT_EQ(rig.store->stats().changes, before + 1);  // One turn, one change.
  pair.send<Move>(5, Move::throws);
  rig.system->run_until_idle();
  EXPECT_EQ(repo("a").read().value().cents, 95);
}

struct EraseAndSetAgain {
  using Reply = bool;
};
class Resetter : public Actor<Resetter> {
 public:
  Resetter(Persistable<Account> account, DataStore all)
      : account_(std::move(account)), all_(std::move(all)) {}
  bool handle(EraseAndSetAgain) {
    account_.mutate([](Account&) {});
    const bool erased = all_.erase_all().has_value();
    account_.set(account_.get());
    return erased;
  }

 private:
  Persistable<Account> account_;
  DataStore all_;
};

TEST(DirectWrites, AValueSetAfterItsRecordWasErasedInTheSameTurnIsThere) {
  StoreRig rig;
  const DataStore scope = rig.data->base("//bank").scope("alice");
  Repository<Account> repo{scope};
  ASSERT_TRUE(repo.write({7, "Alice"}));
  {
    const auto actor = spawn_persistent<Resetter>(*rig.system, repo, scope);
    ASSERT_TRUE(actor.ask<EraseAndSetAgain>().get(1s).value());
    ASSERT_TRUE(rig.store->flush(1s));
  }
  const auto found = repo.read();
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_EQ(found->cents, 7);
}

struct LeakAndThrow {
  using Reply = bool;
};
class Leaker : public Actor<Leaker> {
 public:
  Leaker(Persistable<Account> account, std::optional<Token>* leaked)
      : account_(std::move(account)), leaked_(leaked) {}
  bool handle(LeakAndThrow) {
    leaked_->emplace(account_.set({7, "Alice"}));
    throw 1;
  }

 private:
  Persistable<Account> account_;
  std::optional<Token>* leaked_;
};

TEST(RolledBack, TokensOfATurnThatWasNotKeptSaySo) {
  StoreRig rig;
  Repository<Account> repo{rig.data->base("//bank").scope("alice")};
  std::optional<Token> leaked;
  const auto actor = spawn_persistent<Leaker>(*rig.system, repo, &leaked);
  EXPECT_EQ(actor.ask<LeakAndThrow>().get(1s).error(), Errc::handler_threw);
  ASSERT_TRUE(leaked.has_value());
  EXPECT_EQ(leaked->wait(1s).error(), Errc::rolled_back);
  EXPECT_FALSE(repo.has().value());
}

}  // namespace
}  // namespace stet::test
