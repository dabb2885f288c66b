// tests/persistence/owners_test.cpp - one owner a scope.
#include "persistence/src/owners.hpp"

#include <gtest/gtest.h>

namespace stet::detail {
namespace {

TEST(Owners, ASecondOwnerIsRefusedUntilTheFirstLetsGo) {
  Owners owners;
  ASSERT_TRUE(owners.acquire({"//a"}, 1));
  EXPECT_EQ(owners.acquire({"//a"}, 2).error(), Errc::already_owned);
  owners.release("//a", 2);  // Not his: nothing happens.
  EXPECT_EQ(owners.acquire({"//a"}, 2).error(), Errc::already_owned);
  owners.release("//a", 1);
  EXPECT_TRUE(owners.acquire({"//a"}, 2));
}

TEST(Owners, WhoIsLeavingIsWaitedForByOwnersAndNotByWriters) {
  Owners owners;
  ASSERT_TRUE(owners.acquire({"//a", "//b"}, 1));
  owners.leave("//a", 2);  // Not his: nothing happens.
  EXPECT_FALSE(owners.may_wait_for({"//a"}));
  owners.leave("//a", 1);
  EXPECT_EQ(owners.acquire({"//a"}, 2).error(), Errc::already_owned);
  EXPECT_TRUE(owners.may_wait_for({"//a", "//c"}));
  EXPECT_FALSE(owners.may_wait_for({"//a", "//b"}));
  EXPECT_FALSE(owners.may_wait_for({"//a", "//a"}));  // No waiting makes that right.
  EXPECT_TRUE(owners.may_write("//a", 0));
  EXPECT_TRUE(owners.may_erase_scope("//a", 0));
  EXPECT_EQ(owners.may_write("//b", 0).error(), Errc::already_owned);
  owners.release("//a", 1);
  EXPECT_TRUE(owners.acquire({"//a"}, 2));
  EXPECT_EQ(owners.may_write("//a", 0).error(), Errc::already_owned);
}

TEST(Owners, SeveralScopesAreTakenTogetherOrNotAtAll) {
  Owners owners;
  ASSERT_TRUE(owners.acquire({"//b"}, 1));
  EXPECT_EQ(owners.acquire({"//a", "//b", "//c"}, 2).error(), Errc::already_owned);
  EXPECT_TRUE(owners.acquire({"//a", "//c"}, 3));
  EXPECT_EQ(owners.acquire({"//d", "//d"}, 4).error(), Errc::already_owned);
  EXPECT_EQ(owners.size(), 3U);
}

TEST(Owners, OthersMayNotWriteWhatIsOwnedButWhatIsBeside) {
  using std::string_literals::operator""s;
  Owners owners;
  ASSERT_TRUE(owners.acquire({"//a/b"}, 1));
  EXPECT_TRUE(owners.may_write("//a/b", 1));
  EXPECT_EQ(owners.may_write("//a/b", 0).error(), Errc::already_owned);
  EXPECT_EQ(owners.may_write("//a/b\0fname"s, 0).error(), Errc::already_owned);
  EXPECT_TRUE(owners.may_write("//a", 0));
  EXPECT_TRUE(owners.may_write("//a/b/c", 0));
  EXPECT_TRUE(owners.may_write("//a/bc", 0));
}

TEST(Owners, AScopeIsHandedOverByItsOwnerOnly) {
  Owners owners;
  ASSERT_TRUE(owners.acquire({"//a"}, 1));
  owners.hand_over("//a", 7, 2);
  EXPECT_TRUE(owners.may_write("//a", 1));
  owners.hand_over("//a", 1, 2);
  EXPECT_EQ(owners.may_write("//a", 1).error(), Errc::already_owned);
  owners.release("//a", 1);  // It was his once.
  EXPECT_TRUE(owners.may_write("//a", 2));
  EXPECT_EQ(owners.size(), 1U);
  owners.hand_over("//b", 0, 2);
  EXPECT_EQ(owners.size(), 1U);
}

TEST(Owners, AScopeIsNotErasedWhileAnotherOwnsOneBelow) {
  Owners owners;
  ASSERT_TRUE(owners.acquire({"//a/b/c"}, 1));
  EXPECT_EQ(owners.may_erase_scope("//a", 0).error(), Errc::already_owned);
  EXPECT_EQ(owners.may_erase_scope("//a/b/c", 2).error(), Errc::already_owned);
  EXPECT_TRUE(owners.may_erase_scope("//a", 1));
  EXPECT_TRUE(owners.may_erase_scope("//a/b/c/d", 0));
  EXPECT_TRUE(owners.may_erase_scope("//a/bb", 0));
}

}  // namespace
}  // namespace stet::detail
