// tests/census/grammar_test.cpp - the small words, one case a clause.
#include "tools/examples/census/grammar.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace census {
namespace {

TEST(Grammar, AFieldNameIsPrintableAsciiWithoutBlankAndColon) {
  for (const std::string_view good : {"Package", "a", "!", "~", "X-#-y", "9", "_", "[x]"}) {
    EXPECT_TRUE(is_field_name(good)) << good;
  }
  for (const std::string_view bad :
       {std::string_view(""), std::string_view("#a"), std::string_view("-a"),
        std::string_view("a b"), std::string_view("a\t"), std::string_view("a:"),
        std::string_view("a\x7f"), std::string_view("\xc3\xa4"), std::string_view("a\0", 2),
        std::string_view("a\r")}) {
    EXPECT_FALSE(is_field_name(bad)) << bad;
  }
}

TEST(Grammar, APackageNameBeginsWithALetterOrDigit) {
  for (const std::string_view good : {"a", "Z", "0", "0ad", "g++", "libc6.1-dev", "A+.-"}) {
    EXPECT_TRUE(is_package_name(good)) << good;
  }
  for (const std::string_view bad :
       {std::string_view(""), std::string_view("+a"), std::string_view(".a"),
        std::string_view("-a"), std::string_view("a_b"), std::string_view("a b"),
        std::string_view("a:any"), std::string_view("\xc3\xa4"), std::string_view("a\0", 2),
        std::string_view("${x}")}) {
    EXPECT_FALSE(is_package_name(bad)) << bad;
  }
}

TEST(Grammar, AnInstalledSizeHasOneToFifteenDigits) {
  EXPECT_EQ(installed_size("0"), 0u);
  EXPECT_EQ(installed_size("007"), 7u);
  EXPECT_EQ(installed_size("999999999999999"), 999'999'999'999'999u);
  for (const std::string_view bad :
       {"", "1000000000000000", "-1", "+1", "1 2", "1k", "0x1", "1.0"}) {
    EXPECT_FALSE(installed_size(bad).has_value()) << bad;
  }
}

TEST(Grammar, AnAlternativeBeginsWithItsName) {
  struct Case {
    std::string_view alternative, name;
  };
  for (const Case& c : {
           Case{"foo", "foo"},
           Case{"foo:any", "foo"},
           Case{"foo (>= 1)", "foo"},
           Case{"foo(>= 1)", "foo"},
           Case{"foo [amd64 !i386]", "foo"},
           Case{"foo[amd64]", "foo"},
           Case{"foo <!nocheck>", "foo"},
           Case{"foo<!nocheck>", "foo"},
           Case{"foo:any (>= 1) [amd64] <x> <y>", "foo"},
           Case{"foo\t(>= 1)", "foo"},
           Case{"foo\n (>= 1)", "foo"},
           Case{"Foo", "Foo"},
           Case{"0+.-", "0+.-"},
           Case{"g++:amd64", "g++"},
           Case{"foo bar", "foo"},
           Case{"foo:", "foo"},
           Case{"foo (", "foo"},
           // Bad ones.
           Case{"", ""},
           Case{"${x}", ""},
           Case{"foo_bar", ""},
           Case{"foo)", ""},
           Case{"foo]", ""},
           Case{"foo>", ""},
           Case{"foo=1", ""},
           Case{"foo/bar", ""},
           Case{"foo\r", ""},
           Case{"-foo", ""},
           Case{"+", ""},
           Case{"(>= 1)", ""},
           Case{":any", ""},
           Case{"foo\xc3\xa4", ""},
           Case{std::string_view("foo\0", 4), ""},
       }) {
    EXPECT_EQ(alternative_name(c.alternative), c.name) << c.alternative;
  }
}

TEST(Grammar, TrimsBlanksTabsAndLineFeedsOnly) {
  EXPECT_EQ(trimmed(" \t\nfoo bar\n \t"), "foo bar");
  EXPECT_EQ(trimmed(" \n\t"), "");
  EXPECT_EQ(trimmed(""), "");
  EXPECT_EQ(trimmed(" a\r "), "a\r");
}

TEST(Grammar, CaseIsIgnoredForAsciiLettersOnly) {
  EXPECT_TRUE(equals_ignoring_case("Pre-Depends", "pRE-dEPENDS"));
  EXPECT_FALSE(equals_ignoring_case("depends", "depend"));
  EXPECT_FALSE(equals_ignoring_case("@", "`"));
  EXPECT_FALSE(equals_ignoring_case("\xc4", "\xe4"));
}

}  // namespace
}  // namespace census
