// tests/persistence/record_format_test.cpp
// Goal    Records keep their bytes, and each way to be wrong is told apart.
// Method  Literal bytes; single changes to a valid record.
#include <stet/persistence/record_format.hpp>

#include <gtest/gtest.h>

#include <stet/persistence/codec.hpp>

#include "persistence/sample.hpp"

namespace stet {
namespace {

using test::hex;

constexpr std::string_view record_key = "//bank/alice";

std::string record(const RecordHeader& header, std::string_view under = record_key) {
  Buffer out;
  encode_record(
      under, header,
      [](Buffer& to) {
        encode(test::Point{1, -2}, to);
      },
      out);
  return std::string(out.view());
}

// With a checksum that fits, as a newer program would have written it.
std::string resealed(std::string bytes) {
  Buffer out;
  out.append(bytes);
  detail::finish_record(record_key, 0, out);
  return std::string(out.view());
}

TEST(RecordFormat, GoldenBytes) {
  EXPECT_EQ(hex(record({0x0102030405060708, 3})),
            "01 00 "                    // Format, flags.
            "d8 5e 90 bc be ac 82 09 "  // XXH3-64.
            "00 03 "                    // Codec version.
            "01 02 03 04 05 06 07 08 "  // Revision.
            "82 a1 78 d2 00 00 00 01 a1 79 d2 ff ff ff fe");
  EXPECT_EQ(hex(record({1, 1, RootHeader{Layout::split, 1, "bank 2"}})),
            "01 01 "
            "bd 64 e3 fe fe 75 49 07 "
            "00 01 "
            "00 00 00 00 00 00 00 01 "
            "01 01 06 62 61 6e 6b 20 32 "  // Layout, its version, the program.
            "82 a1 78 d2 00 00 00 01 a1 79 d2 ff ff ff fe");
}

TEST(RecordFormat, HeaderAndPayloadComeBack) {
  const RecordHeader header{42, 7, RootHeader{Layout::packed, 2, "census 0.1.0"}};
  const std::string bytes = record(header);
  const Result<RecordView> parsed = parse_record(record_key, bytes);
  ASSERT_TRUE(parsed) << parsed.error().message();
  EXPECT_EQ(parsed->header, header);
  test::Point point;
  ASSERT_TRUE(decode(parsed->payload, point));
  EXPECT_EQ(point, (test::Point{1, -2}));
}

TEST(RecordFormat, RecordsFollowEachOtherInOneBuffer) {
  Buffer out;
  encode_record(
      "//a", {1}, [](Buffer& to) { encode(1, to); }, out);
  const std::size_t first = out.size();
  encode_record(
      "//b", {2}, [](Buffer& to) { encode(2, to); }, out);
  EXPECT_TRUE(parse_record("//a", out.view().substr(0, first)));
  EXPECT_TRUE(parse_record("//b", out.view().substr(first)));
}

TEST(RecordFormat, EveryChangedBitIsNoticed) {
  const std::string valid = record({42, 7, RootHeader{Layout::packed, 1, "p"}});
  for (std::size_t at = 0; at < valid.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bytes = valid;
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
      const Result<RecordView> parsed = parse_record(record_key, bytes);
      ASSERT_FALSE(parsed) << at;
      // Only the format byte is believed as it stands.
      const bool newer = at == 0 && static_cast<unsigned char>(bytes[0]) > record_format;
      EXPECT_EQ(parsed.error().code, newer ? Errc::newer_format : Errc::corrupt) << at;
    }
  }
}

TEST(RecordFormat, ARecordUnderAnotherKeyIsDamaged) {
  const Result<RecordView> parsed = parse_record("//bank/bob", record({1}));
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, Errc::corrupt);
  EXPECT_NE(parsed.error().text.find("under another key"), std::string::npos);
}

TEST(RecordFormat, EveryCutIsNoticedAndCalledSo) {
  const std::string valid = record({42, 7, RootHeader{Layout::packed, 1, "program"}});
  for (std::size_t size = 0; size < valid.size(); ++size) {
    const Result<RecordView> parsed =
        parse_record(record_key, std::string_view(valid).substr(0, size));
    ASSERT_FALSE(parsed) << size;
    EXPECT_EQ(parsed.error().code, Errc::corrupt);
    EXPECT_NE(parsed.error().text.find("cut short"), std::string::npos) << size;
  }
}

TEST(RecordFormat, WhatANewerProgramWroteIsNewerAndNotDamaged) {
  std::string flags = record({1});
  flags[1] = '\x40';
  EXPECT_EQ(parse_record(record_key, flags).error().code, Errc::corrupt)
      << "the checksum covers flags";
  EXPECT_EQ(parse_record(record_key, resealed(flags)).error().code, Errc::newer_format);
  std::string layout = record({1, 1, RootHeader{}});
  layout[20] = '\x09';
  EXPECT_EQ(parse_record(record_key, resealed(layout)).error().code, Errc::newer_format);
  std::string format = record({1});
  format[0] = '\x02';
  EXPECT_EQ(parse_record(record_key, format).error().code, Errc::newer_format);
}

TEST(RecordFormat, ALongProgramNameIsCut) {
  const std::string name(300, 'n');
  const std::string bytes = record({1, 1, RootHeader{Layout::packed, 1, name}});
  const Result<RecordView> parsed = parse_record(record_key, bytes);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->header.root->program, name.substr(0, 255));
  EXPECT_EQ(parsed->payload.size(), 15u);
}

TEST(RecordFormat, LargePayloadsAreCheckedToTheEnd) {
  Buffer out;
  encode_record(
      record_key, {1}, [](Buffer& to) { encode(std::string(100'000, 'x'), to); }, out);
  std::string bytes(out.view());
  EXPECT_TRUE(parse_record(record_key, bytes));
  bytes.back() = 'y';
  EXPECT_FALSE(parse_record(record_key, bytes));
}

}  // namespace
}  // namespace stet
