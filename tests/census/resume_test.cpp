// tests/census/resume_test.cpp
// Goal    A stored position is taken up if the bytes are the same and a stanza ends there.
#include "tools/examples/census/resume.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "text_input.hpp"

namespace census {
namespace {

Position position_of(std::string_view text) {
  return {text.size(), XXH3_64bits(text.data(), text.size())};
}

bool goes_on(std::string_view consumed, std::string_view now) {
  Input input = test::text_input(now);
  LineReader reader(input);
  return skip_consumed(reader, position_of(consumed)).value();
}

TEST(Resume, GoesOnWhereTheSameBytesEndAStanza) {
  EXPECT_TRUE(goes_on("", "Package: a\n"));
  EXPECT_TRUE(goes_on("", ""));
  EXPECT_TRUE(goes_on("Package: a\n\n", "Package: a\n\nPackage: b\n"));
  EXPECT_TRUE(goes_on("Package: a\n \t\r\n", "Package: a\n \t\r\nPackage: b\n"));
  EXPECT_TRUE(goes_on("\n", "\nPackage: b\n"));
}

TEST(Resume, AFinishedInputIsEqualHoweverItEnds) {
  for (const std::string_view text :
       {"Package: a\n\n", "Package: a\n", "Package: a", "Package: a\r", "Package: a\n ", "x"}) {
    EXPECT_TRUE(goes_on(text, text)) << text;
  }
}

TEST(Resume, OtherBytesAreAnotherInput) {
  EXPECT_FALSE(goes_on("Package: a\n\n", "Package: b\n\nPackage: c\n"));
  EXPECT_FALSE(goes_on("Package: a\n\n", "Package: aa\n\n"));
  EXPECT_FALSE(goes_on("Package: a\n\n", "Package: a\n"));
  EXPECT_FALSE(goes_on("Package: a\n\n", ""));
  EXPECT_FALSE(goes_on("Package: a\n\n", "Package: a\r\n\n"));
}

TEST(Resume, AnEndInTheMiddleOfAStanzaIsNone) {
  EXPECT_FALSE(goes_on("Package: a\n", "Package: a\nDepends: x\n"));
  EXPECT_FALSE(goes_on("Package: a\n", "Package: a\n x\n"));
  EXPECT_FALSE(goes_on("Package: a", "Package: ab\n"));
  EXPECT_FALSE(goes_on("Package: a", "Package: a\n\nPackage: b\n"));
  EXPECT_FALSE(goes_on("Package: a\n ", "Package: a\n x\n"));
  EXPECT_FALSE(goes_on("Package: a\r", "Package: a\r\n\nPackage: b\n"));
}

TEST(Resume, AnEndIsAStanzasEndIfAnEmptyLineFollows) {
  EXPECT_TRUE(goes_on("Package: a\n", "Package: a\n\nPackage: b\n"));
  EXPECT_TRUE(goes_on("Package: a\n", "Package: a\n\t"));
}

TEST(Resume, SplitAnywhereAStanzaEndsTheCountsAreThoseOfOneRun) {
  const std::string text =
      "Package: a\nDepends: x, y\n\n\nbad\n\nPackage: b\nnonsense\n\nPackage: a\nDepends: ${z}\n";
  const Counts whole = test::parse(text).counts;
  std::size_t resumed = 0;
  for (std::size_t stop_after = 0; stop_after <= 3; ++stop_after) {
    Input first = test::text_input(text);
    LineReader reader(first);
    Reports reports(nullptr);
    StanzaParser parser(reader, reports);
    Stanza stanza;
    for (std::size_t i = 0; i < stop_after; ++i) ASSERT_TRUE(parser.next(stanza).value());

    Input second = test::text_input(text);
    LineReader again(second);
    ASSERT_TRUE(skip_consumed(again, reader.position()).value());
    StanzaParser rest(again, reports, parser.counts());
    while (rest.next(stanza).value()) ++resumed;
    EXPECT_EQ(rest.counts(), whole) << stop_after;
    EXPECT_EQ(again.position(), position_of(text));
  }
  EXPECT_EQ(resumed, 3u + 2u + 1u);
}

TEST(Resume, AnInputThatWasAnotherOneIsReadFromItsBeginningAgain) {
  const std::string text = "Package: a\n\nPackage: b\n";
  for (const bool pipe : {false, true}) {
    Input input = pipe ? test::pipe_input(text) : test::text_input(text);
    ASSERT_TRUE(input.keep());
    LineReader reader(input);
    ASSERT_FALSE(skip_consumed(reader, Position{12, 1}).value());
    ASSERT_TRUE(input.rewind());
    input.forget();
    EXPECT_EQ(test::parse(input).counts, test::parse(text).counts) << pipe;
  }
}

}  // namespace
}  // namespace census
