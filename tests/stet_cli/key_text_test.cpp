// tests/stet_cli/key_text_test.cpp - keys that are printed and typed are the same keys.
#include "tools/stet/key_text.hpp"

#include <gtest/gtest.h>

#include <random>

#include "persistence/src/utf8.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet::test {
namespace {

using tool::from_hex;
using tool::key_from_text;
using tool::key_text;
using tool::to_hex;

TEST(KeyText, APathStandsForItselfAndTheRestIsEscaped) {
  EXPECT_EQ(key_text("//bank/\xc3\xa9"), "//bank/\xc3\xa9");
  EXPECT_EQ(key_text(std::string_view("//a\0f\\", 6)), "//a\\x00f\\\\");
  EXPECT_EQ(key_text("//a\xff"), "//a\\xff");
}

TEST(KeyText, WhatNoKeyIsWrittenAsIsRefused) {
  for (const char* text : {"\\", "a\\x", "\\x1", "\\xg0", "\\n"}) {
    EXPECT_FALSE(key_from_text(text).has_value()) << text;
  }
  EXPECT_FALSE(from_hex("abc").has_value());
  EXPECT_FALSE(from_hex("zz").has_value());
}

TEST(KeyText, AnyBytesComeBackAndTheirTextIsUtf8) {
  const Seed seed = Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  for (int round = 0; round < static_cast<int>(scaled(10'000)); ++round) {
    std::string key(random() % 40, '\0');
    for (char& c : key) c = static_cast<char>(random());
    const std::string text = key_text(key);
    ASSERT_TRUE(stet::detail::is_utf8(text)) << seed;
    ASSERT_EQ(key_from_text(text), key) << seed;
    ASSERT_EQ(from_hex(to_hex(key)), key) << seed;
  }
}

}  // namespace
}  // namespace stet::test
