// tests/persistence/codec_evolution_test.cpp
// Goal    A type may change and still read what an older or newer one wrote; what an older program
//         does not know, it hands on.
// Method  Pairs of structs that stand for two versions of one type.
#include <stet/persistence/codec.hpp>

#include <gtest/gtest.h>

#include "persistence/sample.hpp"

namespace stet {
namespace {

template <class T>
std::string stored_as(const T& value) {
  Buffer buffer;
  encode(value, buffer);
  return std::string(buffer.view());
}

struct AccountV1 {
  std::int32_t cents = 0;
  std::string owner;
};
struct AccountV2 {  // Reordered, widened, one more.
  std::string owner;
  std::string currency = "EUR";
  std::int64_t cents = 0;
};
struct AccountV3 {  // One fewer.
  std::int64_t cents = 0;
};

TEST(CodecEvolution, ReorderedWidenedAndAddedFieldsAreRead) {
  AccountV2 read{"someone", "USD", 1};  // What was there before must not shine through.
  const Result<void> result = decode(stored_as(AccountV1{-7, "alice"}), read);
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_EQ(read.owner, "alice");
  EXPECT_EQ(read.cents, -7);
  EXPECT_EQ(read.currency, "EUR") << "a missing field takes the member's default";
}

TEST(CodecEvolution, ANarrowerTypeReadsWhatFits) {
  AccountV1 read;
  ASSERT_TRUE(decode(stored_as(AccountV2{"alice", "EUR", -7}), read));
  EXPECT_EQ(read.cents, -7);
  const Result<void> result =
      decode(stored_as(AccountV2{"alice", "EUR", std::int64_t{1} << 40}), read);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().text, "field 'cents': the number does not fit its field, at byte 32");
}

TEST(CodecEvolution, RemovedFieldsAreSteppedOver) {
  AccountV3 read;
  ASSERT_TRUE(decode(stored_as(AccountV2{"alice", "EUR", 12}), read));
  EXPECT_EQ(read.cents, 12);
}

struct InnerNew {
  std::int32_t a = 1;
  test::Everything extra;
  std::string z = "z";
};
struct New {
  InnerNew first;
  std::vector<std::int32_t> more{1, 2, 3};
  InnerNew second;
  std::map<std::string, InnerNew> inside;
  std::int32_t last = 5;
};
struct InnerOld {
  std::int32_t a = 0;
  std::string z;
};
struct Old {
  InnerOld first;
  InnerOld second;
  std::map<std::string, InnerOld> inside;
};

TEST(CodecEvolution, UnknownFieldsAreKeptInStructsNestedDirectly) {
  New written;
  written.second.extra.text = "kept";
  written.second.z = "old";
  written.inside["k"].extra.text = "dropped";
  written.last = 6;
  Old old;
  UnknownFields kept;
  ASSERT_TRUE(decode(stored_as(written), old, &kept));
  EXPECT_FALSE(kept.empty());
  old.first.a = 42;
  Buffer buffer;
  encode(old, buffer, kept);
  New read;
  read.last = 0;
  const Result<void> result = decode(buffer.view(), read);
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_EQ(read.first.a, 42);
  EXPECT_EQ(read.second.z, "old");
  EXPECT_EQ(read.second.extra.text, "kept");
  EXPECT_EQ(read.more, written.more);
  EXPECT_EQ(read.last, 6);
  EXPECT_EQ(read.inside["k"].extra.text, "") << "elements of containers keep only what they know";
}

TEST(CodecEvolution, KeptFieldsDoNotOutliveTheRecordTheyCameFrom) {
  Old old;
  UnknownFields kept;
  ASSERT_TRUE(decode(stored_as(New{}), old, &kept));
  ASSERT_TRUE(decode(stored_as(Old{}), old, &kept));
  EXPECT_TRUE(kept.empty());
}

TEST(CodecEvolution, MoreThanFifteenUnknownFieldsAreKept) {
  struct One {
    bool flag = true;
  };
  test::Everything written;
  written.u64 = 77;
  One one{true};
  UnknownFields kept;
  ASSERT_TRUE(decode(stored_as(written), one, &kept));
  EXPECT_FALSE(one.flag);
  one.flag = true;
  Buffer buffer;
  encode(one, buffer, kept);
  test::Everything read;
  ASSERT_TRUE(decode(buffer.view(), read));
  EXPECT_EQ(read.u64, 77u);
  EXPECT_TRUE(read.flag);
}

TEST(CodecEvolution, AMissingFieldOfANestedStructTakesThatStructsDefault) {
  struct Before {
    struct {
      std::int32_t a = 3;
    } in;
  };
  struct Nested {
    std::int32_t a = 0;
    std::int32_t b = 9;
  };
  struct After {
    Nested in{1, 2};
  };
  After read;
  ASSERT_TRUE(decode(stored_as(Before{}), read));
  EXPECT_EQ(read.in.a, 3);
  EXPECT_EQ(read.in.b, 9);
}

TEST(CodecEvolution, IntegersBecomeFloatsWhereNoDigitIsLost) {
  double number = 0;
  ASSERT_TRUE(decode(stored_as(-12), number));
  EXPECT_EQ(number, -12.0);
  ASSERT_TRUE(decode(stored_as(0.5f), number));
  EXPECT_EQ(number, 0.5);
  EXPECT_FALSE(decode(stored_as((std::uint64_t{1} << 60) + 1), number));
}

struct RenamedField {
  std::int64_t amount = 0;
  static constexpr auto stet_fields = stet::fields(stet::field("cents", &RenamedField::amount));
};

TEST(CodecEvolution, AStructMayKeepAStoredNameForARenamedMember) {
  RenamedField read;
  ASSERT_TRUE(decode(stored_as(AccountV3{5}), read));
  EXPECT_EQ(read.amount, 5);
}

TEST(CodecEvolution, NamesThatAreNoTextAndUnknownTypesAreSteppedOver) {
  // {1: nil, "ext": fixext4, "cents": 8, "deep": [[[]]]}
  const std::string bytes = std::string("\x84\x01\xc0\xa3") + "ext\xd6\x07" + "abcd\xa5" +
                            "cents\x08\xa4" + "deep\x91\x91\x90";
  AccountV3 read;
  const Result<void> result = decode(bytes, read);
  ASSERT_TRUE(result) << result.error().message();
  EXPECT_EQ(read.cents, 8);
}

TEST(CodecEvolution, AnUnknownFieldThatNestsTooDeepIsAnError) {
  const auto nested = [](std::size_t depth) {
    return std::string("\x81\xa1u") + std::string(depth, '\x91') + "\x01";
  };
  AccountV3 read;
  EXPECT_TRUE(decode(nested(32), read));
  const Result<void> result = decode(nested(33), read);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().text, "a value nests too deep, at byte 35");
  EXPECT_FALSE(decode(nested(1'000'000), read)) << "and not an overflow of the stack";
}

}  // namespace
}  // namespace stet
