// tests/persistence/direct_writes_test.cpp - what an actor writes beside its Persistables.
#include <stet/persistence/detail/direct_writes.hpp>

#include <gtest/gtest.h>

#include <stet/persistence/change.hpp>
#include <stet/persistence/key.hpp>
#include <stet/persistence/spawn_persistent.hpp>

#include "store_rig.hpp"

namespace stet::test::direct_writes_test {
namespace {

using detail::ChangeWriter;
using detail::DirectWrites;

TEST(DirectWrites, AreKnownByScope) {
  DirectWrites writes;
  ChangeWriter change;
  change.put("//a", false, "record");
  change.put("//own", true, "record");
  change.erase(element_key("//b", KeyTag::field, "x"), false);
  change.erase_scope("//c");
  writes.note(change.view());
  for (const char* scope : {"//a", "//b", "//c", "//c/below"}) {
    EXPECT_TRUE(writes.touched(scope, 0)) << scope;
    EXPECT_FALSE(writes.touched(scope, writes.number())) << scope;
  }
  for (const char* scope : {"//own", "//a/below", "//cd", "//ab", "//"}) {
    EXPECT_FALSE(writes.touched(scope, 0)) << scope;
  }
}

TEST(DirectWrites, WhatIsForgottenMayHaveBeenAnywhere) {
  DirectWrites writes;
  const auto note = [&writes](const std::string& scope) {
    ChangeWriter change;
    change.put(scope, false, "record");
    writes.note(change.view());
  };
  for (std::size_t i = 0; i < DirectWrites::kept_max; ++i) note("//" + std::to_string(i));
  EXPECT_FALSE(writes.touched("//other", 0));
  note("//last");
  EXPECT_TRUE(writes.touched("//other", 0));
  EXPECT_FALSE(writes.touched("//other", 1));
  EXPECT_TRUE(writes.touched("//last", 1));
}

struct Large {
  std::int64_t number = 0;
  std::string text;
};
struct Step {
  bool writes_own = false;
};

class Clerk : public Actor<Clerk> {
 public:
  Clerk(Persistable<Large> large, const DataStore& data)
      : large_(std::move(large)), own_(data.base("//large")), other_(data.base("//other")) {}
  void handle(Step m) {
    if (m.writes_own) {
      EXPECT_TRUE(own_.write({-1, "another"}));
    } else {
      EXPECT_TRUE(other_.write(Account{++written_, "x"}));
    }
    large_.edit<&Large::number>([](std::int64_t& number) { ++number; });
  }

 private:
  Persistable<Large> large_;
  Repository<Large> own_;
  Repository<Account> other_;
  std::int64_t written_ = 0;
};

TEST(DirectWrites, ElsewhereDoNotMakeALargeValueBeWrittenWhole) {
  StoreRig rig;
  const Repository<Large> repo(rig.data->base("//large"));
  {
    auto large = Persistable<Large>::load_or_default(repo).value();
    EXPECT_TRUE(large.set({0, std::string(100'000, 'x')}).wait(1s));
  }
  const auto clerk = spawn_persistent<Clerk>(*rig.system, repo, *rig.data);
  const auto bytes_of = [&](Step step) {
    EXPECT_TRUE(rig.store->flush(1s));
    const std::uint64_t before = rig.store->stats().bytes;
    clerk.send(step);
    rig.system->run_until_idle();
    EXPECT_TRUE(rig.store->flush(1s));
    return rig.store->stats().bytes - before;
  };
  static_cast<void>(bytes_of({}));  // With the catalogue.
  EXPECT_LT(bytes_of({}), 1'000U);
  EXPECT_GT(bytes_of({true}), 100'000U);
  EXPECT_EQ(repo.read().value().number, 3);
  EXPECT_EQ(repo.read().value().text.size(), 100'000U);
  EXPECT_LT(bytes_of({}), 1'000U);
  EXPECT_EQ(repo.read().value().number, 4);
}

}  // namespace
}  // namespace stet::test::direct_writes_test
