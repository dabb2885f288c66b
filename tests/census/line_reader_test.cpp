// tests/census/line_reader_test.cpp
// Goal    Lines, their numbers, and length and hash of what was consumed, at every size.
#include "tools/examples/census/line_reader.hpp"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "text_input.hpp"

namespace census {
namespace {

using test::text_input;

struct Seen {
  std::vector<std::string> texts;
  std::vector<std::uint64_t> too_long;  // Line numbers.
  Position end;
};

Seen read_lines(Input& input) {
  LineReader reader(input);
  Seen seen;
  Line line;
  std::uint64_t number = 0;
  while (reader.next(line).value()) {
    EXPECT_EQ(line.number, ++number);
    if (line.too_long) {
      EXPECT_TRUE(line.text.empty());
      seen.too_long.push_back(line.number);
    }
    seen.texts.emplace_back(line.text);
  }
  EXPECT_FALSE(reader.next(line).value()) << "the end lasts";
  EXPECT_EQ(reader.lines(), number);
  seen.end = reader.position();
  return seen;
}

Seen read_lines(std::string_view text) {
  Input input = text_input(text);
  Seen seen = read_lines(input);
  EXPECT_EQ(seen.end, (Position{text.size(), XXH3_64bits(text.data(), text.size())}));
  return seen;
}

using Texts = std::vector<std::string>;
constexpr std::size_t limit = LineReader::line_bytes_max;

TEST(LineReader, SplitsAtLineFeeds) {
  EXPECT_EQ(read_lines("").texts, Texts{});
  EXPECT_EQ(read_lines("\n").texts, Texts{""});
  EXPECT_EQ(read_lines("a").texts, Texts{"a"});
  EXPECT_EQ(read_lines("a\n").texts, Texts{"a"});
  EXPECT_EQ(read_lines("a\nb").texts, (Texts{"a", "b"}));
  EXPECT_EQ(read_lines("\n\na\n\n").texts, (Texts{"", "", "a", ""}));
}

TEST(LineReader, DropsOneCarriageReturnBeforeALineFeed) {
  EXPECT_EQ(read_lines("a\r\nb\r\r\n\r\n").texts, (Texts{"a", "b\r", ""}));
  EXPECT_EQ(read_lines("a\rb\n").texts, Texts{"a\rb"});
  EXPECT_EQ(read_lines("a\r").texts, Texts{"a\r"}) << "no line feed, so it stays";
}

TEST(LineReader, AnyByteMayOccurInALine) {
  const std::string text("a\0b\xff\xc3\x28\x1b\n\0", 9);
  EXPECT_EQ(read_lines(text).texts,
            (Texts{std::string("a\0b\xff\xc3\x28\x1b", 7), std::string(1, '\0')}));
}

TEST(LineReader, OneMebibyteIsTheLongestLine) {
  const std::string longest(limit, 'x');
  for (const std::string end : {"\n", "\r\n", ""}) {
    const Seen seen = read_lines(longest + end);
    EXPECT_EQ(seen.texts, Texts{longest});
    EXPECT_TRUE(seen.too_long.empty());
  }
  for (const std::string end : {"\n", "\r\n", ""}) {
    const Seen seen = read_lines("a\n" + longest + "y" + end);
    EXPECT_EQ(seen.texts, (Texts{"a", ""}));
    EXPECT_EQ(seen.too_long, std::vector<std::uint64_t>{2});
  }
  // Without a line feed nothing is dropped, so the carriage return is the byte too many.
  EXPECT_EQ(read_lines(longest + "\r").too_long, std::vector<std::uint64_t>{1});
}

TEST(LineReader, TheLongestLineIsReadWhereverTheBufferEnds) {
  // The buffer has 256 KiB beyond the longest line with its CR and LF: one of these lengths in
  // front of it makes a read end just behind the CR.
  for (std::size_t front = 256 * 1024 - 4; front < 256 * 1024 + 4; ++front) {
    const Seen seen =
        read_lines(std::string(front, 'f') + "\n" + std::string(limit, 'x') + "\r\nz");
    EXPECT_EQ(seen.texts.size(), 3u) << front;
    EXPECT_TRUE(seen.too_long.empty()) << front;
  }
}

TEST(LineReader, ALongLineIsSkippedWholeAndTheNextOneIsRead) {
  for (const std::size_t size :
       {limit + 1, limit + 2, limit + 3, limit + 256 * 1024 + 2, 2 * limit, 5 * limit + 7}) {
    const Seen seen = read_lines("a\n" + std::string(size, 'x') + "\nb\n" + std::string(size, ' '));
    EXPECT_EQ(seen.texts, (Texts{"a", "", "b", ""})) << size;
    EXPECT_EQ(seen.too_long, (std::vector<std::uint64_t>{2, 4})) << size;
  }
}

TEST(LineReader, LinesMayCrossEveryReadBoundary) {
  std::string text;
  Texts expected;
  for (std::size_t size = 0; size < 3000; ++size) {
    expected.push_back(std::string(size, static_cast<char>('a' + size % 26)));
    text += expected.back() + "\n";
  }
  EXPECT_EQ(read_lines(text).texts, expected);
}

TEST(LineReader, APipeThatGivesAByteAtATimeGivesTheSameLines) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const std::string text = "ab\r\n\nc: d\n e\r";
  std::thread writer([&] {
    for (const char c : text) test::write_all(ends[1], std::string_view(&c, 1));
    ::close(ends[1]);
  });
  Input input = Input::from_descriptor(ends[0], "a pipe");
  const Seen seen = read_lines(input);
  writer.join();
  EXPECT_EQ(seen.texts, (Texts{"ab", "", "c: d", " e\r"}));
}

TEST(LineReader, ThePositionIsThatOfTheConsumedLines) {
  const std::string text = "first\nsecond\r\n\nlast";
  Input input = text_input(text);
  LineReader reader(input);
  EXPECT_EQ(reader.position(), (Position{0, XXH3_64bits("", 0)}));
  for (const std::size_t end : {std::size_t{6}, std::size_t{14}, std::size_t{15}, text.size()}) {
    Line line;
    ASSERT_TRUE(reader.next(line).value());
    EXPECT_EQ(reader.bytes(), end);
    EXPECT_EQ(reader.position(), (Position{end, XXH3_64bits(text.data(), end)}));
  }
}

TEST(LineReader, OnlyBlanksAndTabsSeparateStanzas) {
  const auto separates = [](std::string_view text) { return is_separator(Line{text, 1, false}); };
  EXPECT_TRUE(separates(""));
  EXPECT_TRUE(separates(" "));
  EXPECT_TRUE(separates("\t \t"));
  EXPECT_FALSE(separates(" x"));
  EXPECT_FALSE(separates("\r"));
  EXPECT_FALSE(separates("\f"));
  EXPECT_FALSE(separates(std::string_view("\0", 1)));
  EXPECT_FALSE(is_separator(Line{"", 1, true})) << "a line over the limit is a bad line";
}

}  // namespace
}  // namespace census
