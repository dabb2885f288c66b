// tests/persistence/value_json_test.cpp
// Goal    A stored value can be printed without its type, and nothing of it is lost.
// Method  Examples of every kind; damaged and deep values are errors.
#include <stet/persistence/value_json.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <random>

#include <stet/persistence/codec.hpp>

#include "persistence/sample.hpp"

namespace stet {
namespace {

using namespace std::string_literals;

template <class T>
std::string json(const T& value) {
  Buffer buffer;
  encode(value, buffer);
  const Result<std::string> text = to_json(buffer.view());
  return text ? *text : text.error().message();
}
std::string json_of_bytes(std::string_view bytes) {
  const Result<std::string> text = to_json(bytes);
  return text ? *text : text.error().message();
}

TEST(ValueJson, AStructIsAnObject) {
  struct Account {
    std::string owner = "al\"ice\n";
    std::int64_t cents = -5;
    std::vector<test::Point> points{{1, 2}, {3, 4}};
    std::optional<bool> maybe;
    bool open = true;
  };
  EXPECT_EQ(json(Account{}),
            R"({"owner":"al\"ice\n","cents":-5,"points":[{"x":1,"y":2},{"x":3,"y":4}],)"
            R"("maybe":null,"open":true})");
}

TEST(ValueJson, NumbersKeepAllTheirDigits) {
  EXPECT_EQ(json(~std::uint64_t{0}), "18446744073709551615");
  EXPECT_EQ(json(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(json(0.1), "0.1");
  EXPECT_EQ(json(0.1f), "0.1");
  EXPECT_EQ(json(3.0), "3.0");
  EXPECT_EQ(json(1e300), "1e+300");
  EXPECT_EQ(json(-0.0), "-0.0");
  EXPECT_EQ(json(std::numeric_limits<double>::quiet_NaN()), R"({"$float":"nan"})");
  EXPECT_EQ(json(-std::numeric_limits<float>::infinity()), R"({"$float":"-inf"})");
}

TEST(ValueJson, WhatJsonLacksIsWrittenOut) {
  EXPECT_EQ(json(std::vector<std::byte>{std::byte{0}, std::byte{0xab}}), R"({"$bytes":"00ab"})");
  EXPECT_EQ(json("a\xff"s), R"({"$text":"61ff"})");
  EXPECT_EQ(json("\x01\x7f"s), R"("\u0001\u007f")");
  EXPECT_EQ(json_of_bytes("\xd5\xffzz"), R"({"$ext":[-1,"7a7a"]})");
  EXPECT_EQ(json("日本"s), "\"日本\"");
}

TEST(ValueJson, KeysThatAreNoTextBecomeText) {
  EXPECT_EQ(json(std::map<std::int32_t, bool>{{-1, true}, {2, false}}), R"({"-1":true,"2":false})");
  EXPECT_EQ(json(std::map<test::Point, std::int32_t>{{{1, 2}, 3}}), R"({"{\"x\":1,\"y\":2}":3})");
  EXPECT_EQ(json(std::map<std::string, std::map<std::string, std::int32_t>>{{"a", {{"b", 1}}}}),
            R"({"a":{"b":1}})");
}

TEST(ValueJson, EmptyContainersAndNeighboursAreSeparated) {
  EXPECT_EQ(json(std::vector<std::vector<std::int32_t>>{{}, {1}, {}}), "[[],[1],[]]");
  EXPECT_EQ(json(std::vector<std::string>{"[", "{", ""}), R"(["[","{",""])");
  EXPECT_EQ(json(std::map<std::string, std::string>{}), "{}");
}

TEST(ValueJson, EveryKindOfValuePrints) {
  std::mt19937_64 random(1);
  for (int i = 0; i < 20; ++i) {
    const std::string text = json(test::random_everything(random));
    EXPECT_TRUE(text.starts_with("{\"flag\":")) << text;
    EXPECT_TRUE(text.ends_with("}}")) << text;
  }
}

TEST(ValueJson, WhatIsNoValueIsAnError) {
  EXPECT_EQ(json_of_bytes(""), "corrupt: no JSON: the value is empty");
  EXPECT_EQ(json_of_bytes("\xc1"), "corrupt: no JSON: the bytes are no MessagePack");
  EXPECT_EQ(json_of_bytes("\xa5"
                          "ab"),
            "corrupt: no JSON: the value is cut short");
  EXPECT_EQ(json_of_bytes("\x01\x01"), "corrupt: no JSON: bytes follow the value");
  EXPECT_EQ(json_of_bytes("\xdd\xff\xff\xff\xff"), "corrupt: no JSON: the value is cut short");
  EXPECT_EQ(json_of_bytes(std::string(64, '\x91') + "\x90"),
            std::string(65, '[') + std::string(65, ']'));
  EXPECT_EQ(json_of_bytes(std::string(65, '\x91') + "\x90"),
            "corrupt: no JSON: the value nests too deep");
  EXPECT_EQ(json_of_bytes(std::string(100'000, '\x81')),
            "corrupt: no JSON: maps nest too deep as keys of maps");
}

}  // namespace
}  // namespace stet
