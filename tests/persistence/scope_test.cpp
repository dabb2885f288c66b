// tests/persistence/scope_test.cpp
// Goal    Paths join as documented, input stays inside its segment, and mistakes are sentences.
// Method  Examples, one table for the mistakes.
#include <stet/persistence/scope.hpp>

#include <gtest/gtest.h>

namespace stet {
namespace {

TEST(Scope, SegmentsJoinWithOneSlash) {
  EXPECT_EQ(Scope::base("//foo").scope("bar").scope("/baz").path(), "//foo/bar/baz");
  EXPECT_EQ(Scope::base("//foo").scope("//bar///baz").path(), "//foo/bar/baz");
  EXPECT_EQ(Scope::base("//foo/bar").path(), "//foo/bar");
  EXPECT_EQ(Scope::base("///foo//bar").path(), "//foo/bar");
  EXPECT_EQ(Scope::base("//straße").scope("日本").path(), "//straße/日本");
}

TEST(Scope, ASegmentOfInputNeverLeavesItsScope) {
  const Scope users = Scope::base("//users");
  EXPECT_EQ(users.scope_segment("alice").path(), "//users/alice");
  EXPECT_EQ(users.scope_segment("..a/b").path(), "//users/..a%2Fb");
  EXPECT_EQ(users.scope_segment("/").path(), "//users/%2F");
  EXPECT_EQ(users.scope_segment("a%2Fb").path(), "//users/a%252Fb");
  EXPECT_NE(users.scope_segment("a/b").path(), users.scope_segment("a%2Fb").path());
  EXPECT_FALSE(users.scope_segment("").ok());
  EXPECT_FALSE(users.scope_segment(std::string_view("a\0b", 3)).ok());
  EXPECT_FALSE(users.scope_segment("\xff").ok());
}

std::string mistake(const Scope& scope) { return scope.ok() ? "none" : scope.error().message(); }

TEST(Scope, MistakesAreSentences) {
  const Scope a = Scope::base("//a");
  EXPECT_EQ(mistake(Scope::base("foo")),
            "invalid_argument: base scope 'foo' must begin with \"//\"");
  EXPECT_EQ(mistake(Scope::base("/foo")),
            "invalid_argument: base scope '/foo' must begin with \"//\"");
  EXPECT_EQ(mistake(Scope::base("")), "invalid_argument: base scope '' must begin with \"//\"");
  EXPECT_EQ(mistake(Scope::base("//")),
            "invalid_argument: scope '' is empty: name at least one segment");
  EXPECT_EQ(mistake(Scope::base("////")),
            "invalid_argument: scope '//' is empty: name at least one segment");
  EXPECT_EQ(mistake(a.scope("")), "invalid_argument: scope '' is empty: name at least one segment");
  EXPECT_EQ(mistake(a.scope("b/")), "invalid_argument: scope 'b/' ends in a slash: leave it out");
  EXPECT_EQ(mistake(a.scope(std::string_view("b\0c", 3))),
            "invalid_argument: scope 'b?c' holds a zero byte: leave it out");
  for (const std::string_view bad :
       {"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe4"}) {
    EXPECT_FALSE(a.scope(bad).ok());
  }
}

TEST(Scope, FourHundredBytesAreTheLimit) {
  const Scope a = Scope::base("//a");
  EXPECT_TRUE(a.scope(std::string(396, 'x')).ok());
  EXPECT_EQ(a.scope(std::string(396, 'x')).path().size(), scope_bytes_max);
  const Scope longer = a.scope(std::string(397, 'x'));
  ASSERT_FALSE(longer.ok());
  EXPECT_EQ(longer.error().code, Errc::too_large);
  EXPECT_NE(longer.error().text.find("401 bytes, at most 400"), std::string::npos);
  EXPECT_FALSE(a.scope_segment(std::string(140, '/')).ok()) << "escapes count";
  // NOLINTNEXTLINE(bugprone-string-constructor): it is meant to be that long.
  EXPECT_FALSE(a.scope_segment(std::string(10'000'000, '/')).ok());
}

TEST(Scope, TheFirstMistakeOfAChainIsKept) {
  const Scope broken = Scope::base("//a").scope("").scope("b").scope_segment("\xff");
  EXPECT_EQ(mistake(broken), "invalid_argument: scope '' is empty: name at least one segment");
  EXPECT_FALSE(broken.checked());
  EXPECT_EQ(Scope::base("oops").scope("b").path(), "");
  ASSERT_TRUE(Scope::base("//a").checked());
  EXPECT_EQ(Scope::base("//a").checked()->path(), "//a");
}

TEST(Scope, ContainsGoesBySegmentsNotByBytes) {
  const Scope a = Scope::base("//a");
  EXPECT_TRUE(a.contains(a));
  EXPECT_TRUE(a.contains(a.scope("b/c")));
  EXPECT_FALSE(a.contains(Scope::base("//ab")));
  EXPECT_FALSE(a.scope("b").contains(a));
}

}  // namespace
}  // namespace stet
