// tests/persistence/supervised_test.cpp - children that are hydrated again after each failure.
#include <stet/persistence/supervised.hpp>

#include <gtest/gtest.h>

#include <stdexcept>

#include "store_rig.hpp"

namespace stet::test::supervised_test {
namespace {

struct Pay {
  std::int64_t cents;
  bool throws = false;
};
struct Total {
  using Reply = std::int64_t;
};

class Till : public Actor<Till> {
 public:
  explicit Till(Persistable<Account> account, int& made) : account_(std::move(account)) { ++made; }
  void handle(Pay m) {
    account_.mutate([&](Account& a) { a.cents += m.cents; });
    if (m.throws) throw std::runtime_error("on purpose");
  }
  std::int64_t handle(Total) { return account_->cents; }

 private:
  Persistable<Account> account_;
};

TEST(Supervised, IsHydratedAgainAfterAllKeptChangesAndWithoutTheFailedOne) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    StoreRig rig({}, std::make_shared<detail::MemoryDisk>(), seed);
    const Repository<Account> repo{rig.data->base("//bank").scope("till")};
    const auto root = rig.system->spawn<Supervisor>();
    int made = 0;
    const auto till = spawn_persistent_child<Till>(root, repo, std::ref(made));
    for (int round = 1; round <= 3; ++round) {
      till.send<Pay>(10);
      till.send<Pay>(1000, true);
      till.send<Pay>(1);
      ASSERT_EQ(till.ask<Total>().get(1s).value(), 11 * round) << "seed " << seed;
    }
    EXPECT_EQ(made, 4);
    EXPECT_TRUE(rig.store->flush(1s));
    EXPECT_EQ(repo.read().value().cents, 33);
    EXPECT_TRUE(rig.dead_letters.empty());
  }
}

TEST(Supervised, AScopeOfAnotherIsAFailureForItsParent) {
  StoreRig rig;
  const Repository<Account> repo{rig.data->base("//bank").scope("till")};
  const auto root = rig.system->spawn<Supervisor>(Supervision{.restarts_max = 2});
  int made = 0;
  const auto first = spawn_persistent_child<Till>(root, repo, std::ref(made));
  EXPECT_EQ(first.ask<Total>().get(1s).value(), 0);
  const auto other = rig.system->spawn<Supervisor>(Supervision{.restarts_max = 2});
  const auto second = spawn_persistent_child<Till>(other, repo, std::ref(made));
  EXPECT_FALSE(second.ask<Total>().get(1s));
  rig.system->run_until_idle();
  EXPECT_FALSE(other.is_alive());
  EXPECT_TRUE(first.is_alive());
  EXPECT_EQ(made, 1);
  EXPECT_EQ(rig.refused.size(), 3U);
}

}  // namespace
}  // namespace stet::test::supervised_test
