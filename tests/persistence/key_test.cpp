// tests/persistence/key_test.cpp
// Goal    Keys order as their values do, stay within their bound and within their scope.
// Method  Golden bytes; seeded pairs of values compared with their bytes.
#include <stet/persistence/key.hpp>

#include <gtest/gtest.h>

#include <random>

#include "persistence/sample.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet {
namespace {

using namespace std::string_literals;
using test::hex;

TEST(Key, GoldenBytes) {
  EXPECT_EQ(element_key("//a", KeyTag::field, "cents"), "//a\0fcents"s);
  EXPECT_EQ(catalogue_key("//a/{}"), "\x01"s + "catalogue\0//a/{}"s);
  std::string element;
  append_ordered(element, -1);
  append_ordered(element, std::uint16_t{2});
  append_ordered_part(element, "x\0y"s);
  EXPECT_EQ(hex(element), "7f ff ff ff ff ff ff ff 00 00 00 00 00 00 00 02 78 00 ff 79 00 01");
}

template <class T>
std::string ordered(T value) {
  std::string out;
  append_ordered(out, value);
  return out;
}

TEST(Key, IntegersOrderAsTheirValuesDo) {
  const auto seed = test::Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  for (std::size_t round = test::scaled(20'000); round > 0; --round) {
    const auto a = test::random_integer<std::int64_t>(random);
    const auto b = test::random_integer<std::int64_t>(random);
    ASSERT_EQ(a < b, ordered(a) < ordered(b)) << seed;
    const auto c = static_cast<std::uint64_t>(a);
    const auto d = static_cast<std::uint64_t>(b);
    ASSERT_EQ(c < d, ordered(c) < ordered(d)) << seed;
    std::int64_t back = 0;
    std::string bytes = ordered(a) + "rest";
    std::string_view view = bytes;
    ASSERT_TRUE(take_ordered(view, back));
    ASSERT_EQ(back, a);
    ASSERT_EQ(view, "rest");
  }
  EXPECT_EQ(ordered(std::int8_t{-5}), ordered(std::int64_t{-5}))
      << "a wider key type keeps its keys";
  EXPECT_EQ(ordered(5u), ordered(std::uint64_t{5}));
}

TEST(Key, PairsOrderByTheirFirstHalfFirst) {
  const auto seed = test::Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  const auto text = [&random] {
    std::string out(random() % 4, '\0');
    for (char& c : out)
      c = "\0\x01\xff"
          "ab"[random() % 5];
    return out;
  };
  for (std::size_t round = test::scaled(20'000); round > 0; --round) {
    const std::pair<std::string, std::string> a{text(), text()};
    const std::pair<std::string, std::string> b{text(), text()};
    std::string left;
    append_ordered_part(left, a.first);
    left += a.second;
    std::string right;
    append_ordered_part(right, b.first);
    right += b.second;
    ASSERT_EQ(a < b, left < right) << seed;
    std::string_view view = left;
    std::string first;
    ASSERT_TRUE(take_ordered_part(view, first));
    ASSERT_EQ(first, a.first);
    ASSERT_EQ(view, a.second);
  }
}

TEST(Key, WhatIsNoOrderedElementIsRefused) {
  std::uint64_t number = 0;
  std::string text;
  std::string_view seven = "1234567";
  EXPECT_FALSE(take_ordered(seven, number));
  for (const std::string& bad : {""s, "abc"s, "abc\0"s, "abc\0\x02"s}) {
    std::string_view view = bad;
    EXPECT_FALSE(take_ordered_part(view, text)) << hex(bad);
  }
}

TEST(Key, LongElementsEndInAHashAndStayDistinct) {
  const std::string path(400, 'p');
  const std::string long_element(300, 'x');
  const std::string key = element_key(path, KeyTag::entry, long_element);
  EXPECT_EQ(key.size(), key_bytes_max);
  EXPECT_FALSE(is_whole_key(key));
  EXPECT_EQ(key.substr(402, 93), long_element.substr(0, 93));
  EXPECT_NE(key, element_key(path, KeyTag::entry, long_element + "y"));
  EXPECT_EQ(key, element_key(path, KeyTag::entry, long_element));
  // The last whole key, and the first cut one.
  const std::string last = element_key(path, KeyTag::entry, std::string(108, 'x'));
  EXPECT_EQ(last.size(), 510u);
  EXPECT_TRUE(is_whole_key(last));
  const std::string cut = element_key(path, KeyTag::entry, std::string(109, 'x'));
  EXPECT_EQ(cut.size(), 511u);
  EXPECT_FALSE(is_whole_key(cut));
  EXPECT_EQ(system_key("catalogue", std::string(1000, 'p')).size(), key_bytes_max);
  // XXH3-128 of 109 times 'x', in canonical order: frozen like every other byte.
  EXPECT_EQ(hex(cut.substr(495)), "70 d3 dd 7c 01 51 8c e1 d0 70 f4 21 ca 30 3d 2c");
}

bool in_scope(std::string_view path, std::string_view key) {
  const std::array<KeyRange, 2> ranges = scope_range(path);
  EXPECT_LE(ranges[0].to, ranges[1].from);
  return ranges[0].contains(key) || ranges[1].contains(key);
}

TEST(Key, AScopeHoldsItselfItsElementsAndWhatIsBelow) {
  EXPECT_TRUE(in_scope("//a", "//a"));
  EXPECT_TRUE(in_scope("//a", element_key("//a", KeyTag::entry, "\xff\xff")));
  EXPECT_TRUE(in_scope("//a", "//a/b"));
  EXPECT_TRUE(in_scope("//a", element_key("//a/\xf4\x8f\xbf\xbf", KeyTag::field, "z")));
  EXPECT_FALSE(in_scope("//a", "//ab"));
  EXPECT_FALSE(in_scope("//a", "//a\x01"));
  EXPECT_FALSE(in_scope("//a", "//a-b"));
  EXPECT_FALSE(in_scope("//a", "//a0"));
  EXPECT_FALSE(in_scope("//a", "//"));
  EXPECT_FALSE(in_scope("//a/b", "//a"));
  EXPECT_FALSE(own_range("//a").contains("//a/b"));
  EXPECT_FALSE(below_range("//a").contains("//a"));
}

TEST(Key, TheStoresOwnKeysAreInNoScope) {
  const std::string key = catalogue_key("//a");
  EXPECT_EQ(scope_of_key(key), "");
  EXPECT_FALSE(in_scope("//a", key));
  EXPECT_TRUE(system_range("catalogue").contains(key));
  EXPECT_FALSE(system_range("catalog").contains(key));
  EXPECT_EQ(scope_of_key(element_key("//a/b", KeyTag::field, "x/y")), "//a/b");
  EXPECT_EQ(scope_of_key("//a/b"), "//a/b");
}

}  // namespace
}  // namespace stet
