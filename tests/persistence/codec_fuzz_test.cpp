// tests/persistence/codec_fuzz_test.cpp
// Goal    Whatever bytes a store file holds: no crash, no read past them, no memory beyond what
//         they account for. (The sanitizers look on in their builds.)
// Method  Valid bytes with a few seeded mutations, cuts and swaps; each copy has a heap block of
//         exactly its size.
#include <stet/persistence/codec.hpp>
#include <stet/persistence/record_format.hpp>
#include <stet/persistence/value_json.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <random>

#include "persistence/sample.hpp"
#include "support/scale.hpp"
#include "support/seed.hpp"

namespace stet {
namespace {

struct Heavy {
  std::array<std::int64_t, 64> numbers{};
};

std::string mutated(std::string bytes, std::mt19937_64& random) {
  for (auto n = 1 + random() % 3; n > 0 && !bytes.empty(); --n) {
    const std::size_t at = random() % bytes.size();
    switch (random() % 6) {
      case 0: bytes[at] = static_cast<char>(random()); break;
      case 1: bytes[at] = static_cast<char>(bytes[at] ^ (1 << (random() % 8))); break;
      case 2: bytes.resize(at); break;
      case 3: bytes.erase(at, 1 + random() % 9); break;
      case 4: bytes.insert(at, 1 + random() % 5, static_cast<char>(0xc0 + random() % 64)); break;
      default:  // A head with a huge count.
        bytes[at] = static_cast<char>(0xdb + random() % 5);
        for (std::size_t i = at + 1; i < bytes.size() && i < at + 5; ++i) bytes[i] = '\xff';
    }
  }
  return bytes;
}

TEST(CodecFuzz, DamagedBytesNeverDoHarm) {
  const auto seed = test::Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  const std::size_t rounds = test::scaled(20'000);
  std::size_t refused = 0;
  Buffer buffer;
  test::Everything value;
  for (std::size_t round = 0; round < rounds; ++round) {
    if (round % 50 == 0) {
      buffer.clear();
      encode(test::random_everything(random), buffer);
    }
    const std::string bytes = mutated(std::string(buffer.view()), random);
    const std::unique_ptr<char[]> exact(new char[bytes.size()]);
    std::copy(bytes.begin(), bytes.end(), exact.get());
    const std::string_view view(exact.get(), bytes.size());
    UnknownFields kept;
    if (decode(view, value, &kept)) {
      // What could be read can be written and read again.
      Buffer again;
      encode(value, again, kept);
      test::Everything same;
      EXPECT_TRUE(decode(again.view(), same)) << seed;
    } else {
      ++refused;
    }
    std::vector<test::Point> other;
    static_cast<void>(decode(view, other));
    static_cast<void>(to_json(view));
  }
  EXPECT_GT(refused, rounds / 4) << seed;
}

TEST(CodecFuzz, DamagedRecordsAreRefused) {
  const auto seed = test::Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  Buffer buffer;
  encode_record(
      "//k", {7, 1, RootHeader{Layout::packed, 1, "fuzz"}},
      [](Buffer& out) {
        encode(test::Point{1, 2}, out);
      },
      buffer);
  const std::string valid(buffer.view());
  for (std::size_t round = test::scaled(20'000); round > 0; --round) {
    const std::string bytes = mutated(valid, random);
    const std::unique_ptr<char[]> exact(new char[bytes.size()]);
    std::copy(bytes.begin(), bytes.end(), exact.get());
    const Result<RecordView> parsed = parse_record("//k", {exact.get(), bytes.size()});
    EXPECT_EQ(parsed.has_value(), bytes == valid) << seed;
  }
}

TEST(CodecFuzz, AClaimedCountReservesLittle) {
  // 4 billion elements claimed, 5 bytes there; then as many as bytes, each of half a kilobyte.
  std::vector<Heavy> heavy;
  EXPECT_FALSE(decode(std::string_view("\xdd\xff\xff\xff\xff"), heavy));
  EXPECT_LE(heavy.capacity() * sizeof(Heavy), 128 * 1024u);
  std::string claimed("\xdd\x00\x10\x00\x00", 5);
  claimed.append(std::size_t{1} << 20, '\xc1');
  EXPECT_FALSE(decode(claimed, heavy));
  EXPECT_LE(heavy.capacity() * sizeof(Heavy), 128 * 1024u);
  std::vector<std::int64_t> numbers;
  EXPECT_FALSE(decode(claimed, numbers));
  EXPECT_LE(numbers.capacity() * 8, claimed.size() * 8 + 64);
  std::vector<std::int64_t> none;
  EXPECT_FALSE(decode(std::string_view("\xdd\x04\x00\x00\x00", 5), none));
  EXPECT_EQ(none.capacity(), 0u);
  std::string text;
  EXPECT_FALSE(decode(std::string_view("\xdb\xff\xff\xff\xff"
                                       "abc"),
                      text));
  EXPECT_LT(text.capacity(), 64u);
}

}  // namespace
}  // namespace stet
