// tests/persistence/codec_test.cpp
// Goal    What is encoded is decoded again, for every kind of type; the bytes are MessagePack as
//         documented; wrong bytes are errors.
// Method  Random values there and back; literal bytes; msgpack-cxx as a second opinion, both ways.
#include <stet/persistence/codec.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <new>
#include <random>

#ifndef MSGPACK_NO_BOOST
#define MSGPACK_NO_BOOST
#endif
#include <msgpack.hpp>

#include "persistence/sample.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet {
namespace {

using test::Everything;
using test::hex;
using test::Point;

template <class T>
std::string encoded(const T& value) {
  Buffer buffer;
  encode(value, buffer);
  return std::string(buffer.view());
}

template <class T>
std::string error_of(std::string_view bytes) {
  T value{};
  const Result<void> result = decode(bytes, value);
  return result ? "no error" : result.error().message();
}

TEST(Codec, EveryKindOfValueComesBackAsItWas) {
  const auto seed = test::Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  Buffer buffer;
  Everything reused;  // Must not keep anything of the value before.
  for (std::size_t round = test::scaled(2000); round > 0; --round) {
    const Everything written = test::random_everything(random);
    buffer.clear();
    encode(written, buffer);
    Everything fresh;
    const Result<void> first = decode(buffer.view(), fresh);
    ASSERT_TRUE(first) << first.error().message() << " " << seed;
    EXPECT_EQ(fresh, written) << seed;
    ASSERT_TRUE(decode(buffer.view(), reused)) << seed;
    ASSERT_EQ(reused, written) << seed;
  }
}

struct Golden {
  std::uint64_t id = 0x0102030405060708;
  std::int16_t small = -2;
  bool on = true;
  double half = 0.5;
  std::string name = "ab";
  std::vector<std::uint32_t> list{1, 0x01020304};
  std::optional<std::int32_t> none;
  std::vector<std::byte> blob{std::byte{0xff}};
};

TEST(Codec, TheBytesAreTheDocumentedOnes) {
  EXPECT_EQ(hex(encoded(Golden{})),
            "88 a2 69 64 cf 01 02 03 04 05 06 07 08 "     // id
            "a5 73 6d 61 6c 6c d2 ff ff ff fe "           // small: 32 bits for 16
            "a2 6f 6e c3 "                                // on
            "a4 68 61 6c 66 cb 3f e0 00 00 00 00 00 00 "  // half
            "a4 6e 61 6d 65 a2 61 62 "                    // name
            "a4 6c 69 73 74 92 ce 00 00 00 01 ce 01 02 03 04 "
            "a4 6e 6f 6e 65 c0 "         // none
            "a4 62 6c 6f 62 c4 01 ff");  // blob
}

struct Empties {
  bool no = false;
  std::int32_t zero = 0;
  std::string text;
  std::vector<std::int32_t> list;
  std::optional<std::string> nothing;
  std::optional<std::string> empty = "";
  bool operator==(const Empties&) const = default;
};

TEST(Codec, FalseZeroAndEmptyAreValuesAndNotAbsent) {
  Empties read{true, 7, "x", {1}, "y", std::nullopt};
  ASSERT_TRUE(decode(encoded(Empties{}), read));
  EXPECT_EQ(read, Empties{});
  std::int32_t number = 7;
  ASSERT_TRUE(decode(encoded(0), number));
  EXPECT_EQ(number, 0);
}

TEST(Codec, LengthsOnBothSidesOfEveryHeadComeBack) {
  for (const std::size_t size : {0u, 1u, 15u, 16u, 31u, 32u, 255u, 256u, 65535u, 65536u, 70000u}) {
    const std::string text(size, 'x');
    std::string read_text;
    ASSERT_TRUE(decode(encoded(text), read_text)) << size;
    EXPECT_EQ(read_text, text);
    const std::vector<std::int32_t> list(size, -5);
    std::vector<std::int32_t> read_list;
    ASSERT_TRUE(decode(encoded(list), read_list)) << size;
    EXPECT_EQ(read_list, list);
    std::map<std::uint32_t, bool> map;
    for (std::uint32_t i = 0; i < size; ++i) map[i] = true;
    std::map<std::uint32_t, bool> read_map;
    ASSERT_TRUE(decode(encoded(map), read_map)) << size;
    EXPECT_EQ(read_map, map);
    const std::vector<std::byte> blob(size, std::byte{1});
    std::vector<std::byte> read_blob;
    ASSERT_TRUE(decode(encoded(blob), read_blob)) << size;
    EXPECT_EQ(read_blob, blob);
  }
}

TEST(Codec, FloatsKeepTheirBits) {
  for (const double number : {0.0, -0.0, 1e308, 5e-324, std::numeric_limits<double>::infinity(),
                              -std::numeric_limits<double>::infinity()}) {
    double read = 1;
    ASSERT_TRUE(decode(encoded(number), read));
    EXPECT_EQ(std::bit_cast<std::uint64_t>(read), std::bit_cast<std::uint64_t>(number));
  }
  double nan = 0;
  ASSERT_TRUE(decode(encoded(std::numeric_limits<double>::quiet_NaN()), nan));
  EXPECT_TRUE(std::isnan(nan));
}

TEST(Codec, EncodeAppendsToWhatIsThere) {
  Buffer buffer;
  buffer.append("before");
  encode(Point{1, 2}, buffer);
  EXPECT_TRUE(buffer.view().starts_with("before\x82"));
  for (int i = 0; i < 1000; ++i) encode(std::string(40, 'x'), buffer);
  EXPECT_EQ(buffer.size(), 6 + 15 + 1000 * 42u);
}

TEST(Codec, MsgpackReadsWhatWeWrite) {
  const auto seed = test::Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  for (std::size_t round = test::scaled(300); round > 0; --round) {
    const Everything value = test::random_everything(random);
    const std::string bytes = encoded(value);
    std::size_t offset = 0;
    const msgpack::object_handle handle = msgpack::unpack(bytes.data(), bytes.size(), offset);
    ASSERT_EQ(offset, bytes.size()) << seed;
    std::map<std::string, msgpack::object> fields;
    handle.get().convert(fields);
    ASSERT_EQ(fields.size(), detail::field_count<Everything>) << seed;
    EXPECT_EQ(fields.at("flag").as<bool>(), value.flag);
    EXPECT_EQ(fields.at("i8").as<int>(), value.i8);
    EXPECT_EQ(fields.at("i64").as<std::int64_t>(), value.i64);
    EXPECT_EQ(fields.at("u64").as<std::uint64_t>(), value.u64);
    EXPECT_EQ(fields.at("f32").as<float>(), value.f32);
    EXPECT_EQ(fields.at("f64").as<double>(), value.f64);
    EXPECT_EQ(fields.at("text").as<std::string>(), value.text);
    EXPECT_EQ(fields.at("numbers").as<std::vector<std::int32_t>>(), value.numbers);
    EXPECT_EQ(fields.at("bits").as<std::vector<bool>>(), value.bits);
    EXPECT_EQ(fields.at("blob").as<std::string>().size(), value.blob.size());
    EXPECT_EQ(fields.at("maybe").is_nil(), !value.maybe.has_value());
    EXPECT_EQ((fields.at("by_id").as<std::unordered_map<std::uint64_t, std::string>>()),
              value.by_id);
  }
}

struct Foreign {
  std::int32_t number = 0;
  std::uint64_t large = 0;
  double real = 0;
  std::string text;
  std::vector<std::int64_t> list;
  std::map<std::string, std::int32_t> map;
  bool operator==(const Foreign&) const = default;
};

TEST(Codec, WeReadWhatMsgpackWrites) {
  const auto seed = test::Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  for (std::size_t round = test::scaled(2000); round > 0; --round) {
    Foreign value{test::random_integer<std::int32_t>(random),
                  random() >> (random() % 64),
                  2.5,
                  test::random_text(random),
                  {},
                  {}};
    for (auto n = random() % 40; n > 0; --n) {
      value.list.push_back(test::random_integer<std::int64_t>(random));
      value.map[test::random_text(random)] = test::random_integer<std::int32_t>(random);
    }
    msgpack::sbuffer out;  // It writes integers as narrow as they get.
    msgpack::packer<msgpack::sbuffer> packer(out);
    packer.pack_map(6);
    packer.pack("map").pack(value.map).pack("list").pack(value.list).pack("text").pack(value.text);
    packer.pack("real").pack(value.real).pack("large").pack(value.large);
    packer.pack("number").pack(value.number);
    Foreign read;
    const Result<void> result = decode(std::string_view(out.data(), out.size()), read);
    ASSERT_TRUE(result) << result.error().message() << " " << seed;
    ASSERT_EQ(read, value) << seed;
  }
}

TEST(Codec, ANumberThatDoesNotFitIsAnError) {
  EXPECT_EQ(error_of<std::int8_t>(encoded(128)),
            "corrupt: the number does not fit its field, at byte 0");
  EXPECT_EQ(error_of<std::int8_t>(encoded(-128)), "no error");
  EXPECT_EQ(error_of<std::uint8_t>(encoded(-1)),
            "corrupt: the number does not fit its field, at byte 0");
  EXPECT_EQ(error_of<std::uint8_t>(encoded(256u)),
            "corrupt: the number does not fit its field, at byte 0");
  EXPECT_NE(error_of<std::uint64_t>(encoded(std::int64_t{-1})), "no error");
  EXPECT_NE(error_of<std::int64_t>(encoded(~std::uint64_t{0})), "no error");
  EXPECT_NE(error_of<std::uint32_t>(encoded(std::uint64_t{1} << 32)), "no error");
  EXPECT_NE(error_of<std::vector<std::uint8_t>>(encoded(std::vector<int>{1, 300})), "no error");
  EXPECT_NE(error_of<float>(encoded(0.1)), "no error");
  EXPECT_EQ(error_of<float>(encoded(0.25)), "no error");
  EXPECT_NE(error_of<float>(encoded(1e300)), "no error");
}

TEST(Codec, ErrorsNameTheFieldAndThePlace) {
  struct Inner {
    std::int32_t n = 0;
  };
  struct Outer {
    std::string name;
    Inner inner;
  };
  struct WrongInner {
    std::string n = "no number";
  };
  struct WrongOuter {
    std::string name;
    WrongInner inner;
  };
  EXPECT_EQ(error_of<Outer>(encoded(WrongOuter{})),
            "corrupt: field 'inner.n': an integer is expected, at byte 16");
  EXPECT_EQ(error_of<bool>("\x01"), "corrupt: true or false is expected, at byte 0");
  EXPECT_EQ(error_of<Point>(encoded(Point{}) + "x"), "corrupt: bytes follow the value, at byte 15");
  EXPECT_EQ(error_of<std::int32_t>(""), "corrupt: the value is cut short, at byte 0");
  EXPECT_EQ(error_of<std::string>("\xc1"), "corrupt: a text is expected, at byte 0");
  EXPECT_EQ(error_of<Point>("\x82\xa1x\x01\xa1x\x01"),
            "corrupt: field 'x': a field is there twice, at byte 4");
  EXPECT_NE((error_of<std::variant<std::int32_t, bool>>("\x92\x02\x01")), "no error");
  EXPECT_NE((error_of<std::array<std::int32_t, 2>>("\x91\x02")), "no error");
  EXPECT_NE((error_of<std::pair<std::int32_t, bool>>("\x93\x02\xc2\xc2")), "no error");
}

TEST(Codec, AnEmptyStructAndAStructOf64FieldsWork) {
  struct Nothing {};
  EXPECT_EQ(hex(encoded(Nothing{})), "80");
  struct Wide {
    std::int32_t a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0, b1, b2, b3, b4, b5, b6, b7, b8, b9, c0,
        c1, c2, c3, c4, c5, c6, c7, c8, c9, d0, d1, d2, d3, d4, d5, d6, d7, d8, d9, e0, e1, e2, e3,
        e4, e5, e6, e7, e8, e9, f0, f1, f2, f3, f4, f5, f6, f7, f8, f9, g0, g1, g2, last;
  };
  Wide wide{};
  wide.a0 = 1;
  wide.last = 64;
  Wide read{};
  ASSERT_TRUE(decode(encoded(wide), read));
  EXPECT_EQ(read.a0, 1);
  EXPECT_EQ(read.last, 64);
}

}  // namespace
}  // namespace stet
