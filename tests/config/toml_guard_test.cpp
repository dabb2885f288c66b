// tests/config/toml_guard_test.cpp - what the parser must not see is found, and nothing else.
#include "runtime/src/config/toml_guard.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace stet::detail {
namespace {

std::string key(std::uint32_t dots) {
  std::string text = "a";
  for (std::uint32_t i = 0; i < dots; ++i) text += ".a";
  return text;
}

TEST(TomlGuard, TheBoundItselfIsFine) {
  EXPECT_FALSE(refuse_before_parsing(key(key_dots_max) + " = 1\n"));
  EXPECT_TRUE(refuse_before_parsing(key(key_dots_max + 1) + " = 1\n"));
}

TEST(TomlGuard, WhatIsNoKeyIsNotCounted) {
  const std::string dots(1000, '.');
  const std::vector<std::string> texts{
      "a = \"" + dots + "\"",
      "a = '" + dots + "'",
      "# " + dots,
      "a = 1 # " + dots,
      "a = \"\"\"\n" + dots + "\n\"\"\"",
      "a = '''\n" + dots + "\n'''",
      "a = \"\"\"\n\\\"\"\"\n" + dots + "\"\"\"\"\"",
      "a = \"\\\"" + dots + "\"",
      "",
  };
  for (const std::string& text : texts) EXPECT_FALSE(refuse_before_parsing(text)) << text;
  std::string numbers = "a = [";
  for (int i = 0; i < 1000; ++i) numbers += "1.5, ";
  EXPECT_FALSE(refuse_before_parsing(numbers + "]"));
}

TEST(TomlGuard, NothingBeforeAKeyHidesIt) {
  const std::string deep = key(key_dots_max + 1) + " = 1";
  for (const std::string_view before :
       {"a = \"x\"\n", "a = \"\"\n", "a = ''\n", "a = \"\"\"\"\"\"\n", "a = \"\"\"x\"\"\"\"\"\n",
        "a = [\"\"\"\n\"\"\", { ", "a = [ '''\n''' , { ", "# it's\n", "a = \"\\\\\"\n",
        "a = 'it\\'\n", "\"a\".", "'a' . ", "a = \"unfinished\n", "[", "[[", "\"\"."}) {
    EXPECT_TRUE(refuse_before_parsing(std::string(before) + deep)) << before;
  }
}

TEST(TomlGuard, TellsWhere) {
  const std::string text = "a = 1\n\n  " + key(key_dots_max + 1);
  const auto refusal = refuse_before_parsing(text);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->place.line, 3U);
  EXPECT_EQ(refusal->place.column, 2 + 2 * (key_dots_max + 1));
  EXPECT_NE(refusal->why.find("too many parts"), std::string_view::npos);
}

TEST(TomlGuard, CharactersBeyondAsciiMayOnlyStandInStringsAndComments) {
  for (const std::string_view text :
       {"a = \"\u00e9\"", "'\u00e9' = 1", "# \u00e9", "a = \"\"\"\n\u00e9\"\"\"",
        "\xEF\xBB\xBF"
        "a = 1"}) {
    EXPECT_FALSE(refuse_before_parsing(text)) << text;
  }
  for (const std::string_view text : {"\u00e9 = 1", "a = \u00e9", "a = 1\u00a0", "a = \"\"\u3001",
                                      "a = \"\\\u00e9\"", "a\xEF\xBB\xBF = 1"}) {
    const auto refusal = refuse_before_parsing(text);
    ASSERT_TRUE(refusal) << text;
    EXPECT_NE(refusal->why.find("string"), std::string_view::npos) << text;
  }
}

}  // namespace
}  // namespace stet::detail
