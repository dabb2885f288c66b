// tests/census/stanza_parser_test.cpp
// Goal    Every clause of the grammar in tools/examples/census/README.md.
// Method  A table: a text, and everything that is to be seen in it, written as one line of text.
#include "tools/examples/census/stanza_parser.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "text_input.hpp"

namespace census {
namespace {

using namespace std::string_literals;
using test::OwnedStanza;
using test::parse;
using test::ParsedText;

// "a 12 [x y]; b 0 [] | lines 1 stanzas 0 alternatives 2": names, sizes, dependencies, bad counts.
std::string summary(const ParsedText& parsed) {
  std::string out;
  for (const OwnedStanza& stanza : parsed.stanzas) {
    if (!out.empty()) out += "; ";
    out += stanza.name + " " + std::to_string(stanza.installed_size_kib) + " [";
    for (std::size_t i = 0; i < stanza.dependencies.size(); ++i) {
      out += (i > 0 ? " " : "") + stanza.dependencies[i];
    }
    out += "]";
  }
  const auto bad = [&](const char* what, std::uint64_t count) {
    if (count > 0) out += std::string(" ") + what + "=" + std::to_string(count);
  };
  bad("lines", parsed.counts.bad_lines);
  bad("stanzas", parsed.counts.bad_stanzas);
  bad("alternatives", parsed.counts.bad_alternatives);
  bad("repeated", parsed.counts.repeated_fields);
  bad("sizes", parsed.counts.bad_sizes);
  return out;
}

struct Case {
  const char* clause;
  std::string text;
  std::string expected;
};

class StanzaParserClause : public ::testing::TestWithParam<Case> {};

TEST_P(StanzaParserClause, Holds) {
  const ParsedText parsed = parse(GetParam().text);
  EXPECT_EQ(summary(parsed), GetParam().expected) << GetParam().clause;
  EXPECT_EQ(parsed.counts.stanzas, parsed.stanzas.size());
  std::uint64_t edges = 0;
  for (std::size_t i = 0; i < parsed.stanzas.size(); ++i) {
    EXPECT_EQ(parsed.stanzas[i].number, i + 1);
    edges += parsed.stanzas[i].dependencies.size();
  }
  EXPECT_EQ(parsed.counts.edges, edges);
  const Counts& counts = parsed.counts;
  EXPECT_EQ(parsed.reports, counts.bad_lines + counts.bad_stanzas + counts.bad_alternatives +
                                counts.repeated_fields + counts.bad_sizes)
      << "whatever is wrong is reported, once";
}

const std::string longest(LineReader::line_bytes_max, 'x');

const std::vector<Case> stanzas{
    {"empty input", "", ""},
    {"only separators", "\n \n\t\n\r\n", ""},
    {"an empty line ends a stanza", "Package: a\n\nPackage: b\n", "a 0 []; b 0 []"},
    {"a line of blanks and tabs ends one", "Package: a\n \t\nPackage: b\n", "a 0 []; b 0 []"},
    {"the end of input ends one", "Package: a", "a 0 []"},
    {"CR LF is a line's end", "Package: a\r\nDepends: x,\r\n y\r\n\r\nPackage: b\r\n",
     "a 0 [x y]; b 0 []"},
    {"one CR is dropped, not two", "Package: a\r\r\n", " stanzas=1"},
    {"a CR without a LF is a byte of the value", "Package: a\r", " stanzas=1"},
    {"a line of CR alone is no separator", "Package: a\n\r\r\nDepends: x\n", "a 0 [x] lines=1"},
    {"two stanzas with one name are two", "Package: a\n\nPackage: a\n", "a 0 []; a 0 []"},
    {"many separators are one", "\n\nPackage: a\n\n\n\nPackage: b\n\n\n", "a 0 []; b 0 []"},
    {"a stanza without a name is bad", "Depends: x, ${y}\n\nPackage: b\n", "b 0 [] stanzas=1"},
    {"a bad name makes a bad stanza", "Package: a_b\nDepends: x, ${y}\nInstalled-Size: z\n",
     " stanzas=1"},
    {"an empty name makes a bad stanza", "Package:\n\nPackage: \t\n", " stanzas=2"},
    {"names begin with a letter or digit", "Package: +a\n\nPackage: 0ad\n", "0ad 0 [] stanzas=1"},
    {"two words are no name", "Package: a b\n", " stanzas=1"},
    {"bad lines alone are a bad stanza", "nonsense\n\nPackage: a\n", "a 0 [] lines=1 stanzas=1"},
    {"blanks around a value do not count", "Package:a\n\nPackage: \t b \t\n", "a 0 []; b 0 []"},
};

const std::vector<Case> fields{
    {"a blank continues a field", "Package: a\nDepends: x,\n y\n", "a 0 [x y]"},
    {"a tab continues a field", "Package: a\nDepends: x,\n\ty\n", "a 0 [x y]"},
    {"continuing does not join names", "Package: a\nDepends: x\n y\n", "a 0 [x]"},
    {"a value may begin in the next line", "Package:\n a\nInstalled-Size:\n 5\n", "a 5 []"},
    {"a name of two lines is bad", "Package: a\n b\n", " stanzas=1"},
    {"a continuation may hold a colon", "Package: a\nDescription: d\n Depends: x\n", "a 0 []"},
    {"field names ignore case", "PACKAGE: a\npre-DEPENDS: x\ndepends: Y\ninstalled-size: 3\n",
     "a 3 [Y x]"},
    {"of two the last wins", "Package: a\nDepends: x\n y\nDEPENDS: z\n", "a 0 [z] repeated=1"},
    {"the last wins also if it is empty", "Package: a\nDepends: x\nDepends:\n",
     "a 0 [] repeated=1"},
    {"the last name wins", "Package: ?\nPackage: a\n\nPackage: b\nPackage: ?\n",
     "a 0 [] stanzas=1 repeated=2"},
    {"also unread fields are reported", "Package: a\nTag: x\ntag: y\nTAG: z\n",
     "a 0 [] repeated=2"},
    {"a name is new in the next stanza", "Package: a\n\nPackage: b\n", "a 0 []; b 0 []"},
    {"Provides is not read", "Package: a\nProvides: p\nRecommends: r\nDepends: x\n", "a 0 [x]"},
    {"no colon is a bad line", "Package: a\nnonsense\nDepends: x\n", "a 0 [x] lines=1"},
    {"a comment is a bad line", "# Package: b\nPackage: a\n#\n", "a 0 [] lines=2"},
    {"a name with '-' in front is bad", "-Depends: x\nPackage: a\n", "a 0 [] lines=1"},
    {"an empty field name is bad", ": x\nPackage: a\n:\n", "a 0 [] lines=2"},
    {"a blank in a field name is bad", "Package : b\nPackage: a\n", "a 0 [] lines=1"},
    {"non-ASCII field names are bad",
     "P\xc3\xa4"
     "ckage: b\nPackage: a\n\x7f: x\n",
     "a 0 [] lines=2"},
    {"NUL in a field name is bad", "Pack\0age: b\nPackage: a\n"s, "a 0 [] lines=1"},
    {"a continuation of nothing is bad", " x\nPackage: a\n", "a 0 [] lines=1"},
    {"its continuations are skipped with it", " x\n y\n\tz\nPackage: a\n", "a 0 [] lines=1"},
    {"a bad line's continuations are skipped", "Package: a\nDepends: x,\n???\n y\n z\n",
     "a 0 [x] lines=1"},
    {"a bad line does not repeat a field", "Package: a\nDepends : y\nDepends: x\n",
     "a 0 [x] lines=1"},
    {"other bytes are harmless", "Package: a\nDescription: \xff\xfe\0\x1b\n \0\nDepends: x\n"s,
     "a 0 [x]"},
    {"a line over 1 MiB is bad", "Package: a\nDepends: " + longest + "\n x\nPre-Depends: y\n",
     "a 0 [y] lines=1"},
    {"it is skipped as a continuation too", "Package: a\nDepends: x,\n " + longest + "\n y\n",
     "a 0 [x] lines=1"},
    {"it ends no stanza, whatever it holds",
     "Package: a\n" + std::string(LineReader::line_bytes_max + 1, ' ') + "\nDepends: x\n",
     "a 0 [x] lines=1"},
    {"a bad stanza may hold nothing else", longest + "x", " lines=1 stanzas=1"},
    {"1 MiB is not over it", "Package: a\nX: " + longest.substr(3) + "\nDepends: x\n", "a 0 [x]"},
};

const std::vector<Case> dependencies{
    {"commas and bars split", "Package: a\nDepends: x, y | z,v|w\n", "a 0 [v w x y z]"},
    {"each name once a stanza", "Package: a\nDepends: x, y, x (>= 1) | x:any\nPre-Depends: x\n",
     "a 0 [x y]"},
    {"both fields count", "Package: a\nPre-Depends: x\nDepends: y\n", "a 0 [x y]"},
    {"names are case-sensitive", "Package: a\nDepends: x, X\n", "a 0 [X x]"},
    {"what follows a name is ignored",
     "Package: a\nDepends: v:any, w (>= 1), x(<< 2~), y [!amd64], z <!nocheck>, u:i386(= "
     "1)[x]<y>\n",
     "a 0 [u v w x y z]"},
    {"empty alternatives are ignored", "Package: a\nDepends: , x,, | y | , \t,\n", "a 0 [x y]"},
    {"others are bad alternatives", "Package: a\nDepends: ${x}, foo_bar, x, (>= 1), b=1 | -c\n",
     "a 0 [x] alternatives=5"},
    {"a version does not protect a comma", "Package: a\nDepends: x (>= 1, << 2)\n",
     "a 0 [x] alternatives=1"},
    {"bad ones are counted each time", "Package: a\nDepends: ${x}\nPre-Depends: ${x}, ${x}\n",
     "a 0 [] alternatives=3"},
    {"NUL and non-ASCII are bad alternatives", "Package: a\nDepends: x\0, \xc3\xa4, y\n"s,
     "a 0 [y] alternatives=2"},
    {"a package may depend on itself", "Package: a\nDepends: a\n", "a 0 [a]"},
    {"a dependency may span lines", "Package: a\nDepends: x\n (>= 1),\n y\n  | z\n", "a 0 [x y z]"},
    {"an empty field is no dependency", "Package: a\nDepends:\nPre-Depends: \n", "a 0 []"},
};

const std::vector<Case> sizes{
    {"digits", "Package: a\nInstalled-Size: 12\n", "a 12 []"},
    {"missing is 0", "Package: a\n", "a 0 []"},
    {"empty is 0 and reported", "Package: a\nInstalled-Size:\n", "a 0 [] sizes=1"},
    {"fifteen digits", "Package: a\nInstalled-Size: 999999999999999\n", "a 999999999999999 []"},
    {"sixteen are 0", "Package: a\nInstalled-Size: 1000000000000000\n", "a 0 [] sizes=1"},
    {"a sign is 0", "Package: a\nInstalled-Size: -1\n", "a 0 [] sizes=1"},
    {"a unit is 0", "Package: a\nInstalled-Size: 1 kB\n", "a 0 [] sizes=1"},
    {"two lines are 0", "Package: a\nInstalled-Size: 1\n 2\n", "a 0 [] sizes=1"},
    {"the last of two", "Package: a\nInstalled-Size: x\nInstalled-Size: 2\n", "a 2 [] repeated=1"},
};

INSTANTIATE_TEST_SUITE_P(Stanzas, StanzaParserClause, ::testing::ValuesIn(stanzas));
INSTANTIATE_TEST_SUITE_P(Fields, StanzaParserClause, ::testing::ValuesIn(fields));
INSTANTIATE_TEST_SUITE_P(Dependencies, StanzaParserClause, ::testing::ValuesIn(dependencies));
INSTANTIATE_TEST_SUITE_P(Sizes, StanzaParserClause, ::testing::ValuesIn(sizes));

TEST(StanzaParser, GivesTheSectionAndSaysWhetherThereIsOne) {
  const ParsedText parsed = parse(
      "Package: a\nSection: games\n\nPackage: b\nSection:\n\nPackage: c\n\nPackage: d\nSection: " +
      std::string(300, 's') + "\n");
  ASSERT_EQ(parsed.stanzas.size(), 4u);
  EXPECT_EQ(parsed.stanzas[0].section, "games");
  EXPECT_TRUE(parsed.stanzas[1].has_section);
  EXPECT_EQ(parsed.stanzas[1].section, "");
  EXPECT_FALSE(parsed.stanzas[2].has_section);
  EXPECT_EQ(parsed.stanzas[3].section, std::string(StanzaParser::section_bytes_max, 's'));
}

TEST(StanzaParser, GoesOnCountingFromStoredCounts) {
  Input input = test::text_input("Package: b\nDepends: x\nnonsense\n");
  LineReader reader(input);
  Reports reports(nullptr);
  StanzaParser parser(reader, reports, Counts{7, 20, 1, 2, 3, 4, 5});
  Stanza stanza;
  ASSERT_TRUE(parser.next(stanza).value());
  EXPECT_EQ(stanza.number, 8u);
  EXPECT_FALSE(parser.next(stanza).value());
  EXPECT_EQ(parser.counts(), (Counts{8, 21, 2, 2, 3, 4, 5}));
}

TEST(StanzaParser, StandsBehindTheSeparatorAfterEachStanza) {
  const std::string text = "Package: a\nDepends: x\n\n\nPackage: b\n \t\nbad\n\nPackage: c\n";
  Input input = test::text_input(text);
  LineReader reader(input);
  Reports reports(nullptr);
  StanzaParser parser(reader, reports);
  Stanza stanza;
  ASSERT_TRUE(parser.next(stanza).value());
  EXPECT_EQ(reader.bytes(), text.find("\nPackage: b"));
  ASSERT_TRUE(parser.next(stanza).value());
  EXPECT_EQ(reader.bytes(), text.find("bad"));
  ASSERT_TRUE(parser.next(stanza).value());
  EXPECT_EQ(reader.bytes(), text.size());
}

TEST(Reports, AreBoundedInNumberAndHarmless) {
  char* written = nullptr;
  std::size_t size = 0;
  std::FILE* out = ::open_memstream(&written, &size);
  Reports reports(out);
  for (std::uint64_t line = 1; line <= 1000; ++line) {
    reports.add(line, "no colon", std::string(10'000, '\x1b'));
  }
  reports.finish();
  std::fclose(out);
  const std::string text(written, size);
  std::free(written);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_LT(text.size(), 21 * 200u);
  EXPECT_EQ(text.substr(0, 20), "line 1: no colon: ??");
  EXPECT_NE(text.find("and 980 more"), std::string::npos) << text;
}

}  // namespace
}  // namespace census
