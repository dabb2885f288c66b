// tests/census/recount_test.cpp
// Goal    Counting and recounting agree on every input, and a difference is seen.
// Method  Nasty texts by hand, seeded mutations of them, and this machine's package index.
#include "tools/examples/census/recount.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "support/scale.hpp"
#include "support/seed.hpp"
#include "text_input.hpp"

namespace census {
namespace {

using namespace std::string_literals;
using stet::test::Seed;

// What the actors do, without actors: each package adds up what it is told.
struct Tally {
  Packages packages;
  Counts counts;
};

Tally tally(Input& input) {
  LineReader reader(input);
  Reports reports(nullptr);
  StanzaParser parser(reader, reports);
  Tally out;
  Stanza stanza;
  while (parser.next(stanza).value()) {
    PackageTotals& own = out.packages[std::string(stanza.name)];
    ++own.stanzas;
    if (stanza.has_section) own.section = stanza.section;
    for (const std::string_view name : stanza.dependencies) {
      PackageTotals& totals = out.packages[std::string(name)];
      ++totals.dependants;
      totals.dependants_kib += stanza.installed_size_kib;
    }
  }
  out.counts = parser.counts();
  return out;
}

void expect_agreement(Input& first, Input& second) {
  const Tally counted = tally(first);
  const stet::Result<Recount> again = recount(second);
  ASSERT_TRUE(again.has_value());
  EXPECT_EQ(count_differences(counted.packages, again->packages, stderr), 0u);
  EXPECT_EQ(counted.counts.stanzas, again->stanzas);
  EXPECT_EQ(counted.counts.edges, again->edges);
  EXPECT_EQ(counted.counts.bad_lines, again->bad_lines);
  EXPECT_EQ(counted.counts.bad_stanzas, again->bad_stanzas);
  EXPECT_EQ(counted.counts.bad_alternatives, again->bad_alternatives);
}

void expect_agreement(std::string_view text) {
  Input first = test::text_input(text);
  Input second = test::text_input(text);
  expect_agreement(first, second);
}

std::vector<std::string> nasty_texts() {
  return {
      "",
      "\n",
      " ",
      "\r",
      "x",
      ":",
      " \n\t\n",
      "Package: a",
      "Package: a\r\n\r\nPackage: b\r\n",
      "Package: a\nDepends: b, c | d (>= 1, << 2), ${x}, e_f, g:any [x] <y>,,|\n x\n",
      " x\n y\nPackage: a\nnonsense\n z\nDepends: b\n\n\nDepends: c\n",
      "package: A\nPRE-DEPENDS: b\ndepends: b, B\nsection: s\nSection: t\nInstalled-Size: 9\n",
      "Package: a\nInstalled-Size: 99999999999999999\nDepends: a\n\nPackage: a\nInstalled-Size: 7\n"
      "Depends: a\n",
      "#c\n-x: y\n: z\nP : q\nPackage: a\n\tb\n \tc\n",
      "Package: a\0b\n\nPackage: c\nDepends: \0, d\0, e\n\0\n"s,
      "Package: \xc3\xa4\n\nPackage: b\nDepends: \xff, c\n",
      "Package:\n a\nDepends:\n b,\n c\n  d\n\r\r\nInstalled-Size:\n 5\n",
      "Package: a\nDepends: " + std::string(LineReader::line_bytes_max, 'x') + "\n y\nSection: z\n",
  };
}

TEST(Recount, AgreesOnNastyTexts) {
  for (const std::string& text : nasty_texts()) {
    SCOPED_TRACE(text.substr(0, 100));
    expect_agreement(text);
  }
}

TEST(Recount, AgreesOnRandomMutations) {
  const Seed seed = Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  const auto below = [&](std::size_t bound) { return static_cast<std::size_t>(random() % bound); };
  std::vector<std::string> corpus = nasty_texts();
  corpus.pop_back();  // The long line: too slow to mutate.
  const std::vector<std::string> pieces{"\n",
                                        "\r\n",
                                        "\n\n",
                                        " ",
                                        "\t",
                                        ",",
                                        "|",
                                        ":",
                                        "(",
                                        "[",
                                        "<",
                                        "a",
                                        "b",
                                        "Z",
                                        "0",
                                        "+",
                                        "_",
                                        "\r",
                                        "\0"s,
                                        "\xff",
                                        "#",
                                        "-",
                                        "Package: ",
                                        "\nDepends: ",
                                        "\nPre-Depends: ",
                                        "\nSection: ",
                                        "\nInstalled-Size: ",
                                        "\n ",
                                        "\n\t",
                                        "\n \n",
                                        "${x}",
                                        "12"};
  for (std::size_t round = 0; round < stet::test::scaled(2000); ++round) {
    std::string text = corpus[below(corpus.size())] + corpus[below(corpus.size())];
    for (std::size_t changes = 1 + below(12); changes > 0; --changes) {
      const std::size_t at = below(text.size() + 1);
      switch (below(3)) {
        case 0: text.insert(at, pieces[below(pieces.size())]); break;
        case 1: text.erase(at, 1 + below(4)); break;
        default: text.replace(at, 1 + below(4), pieces[below(pieces.size())]); break;
      }
    }
    expect_agreement(text);
    if (HasFailure()) FAIL() << seed << ", round " << round << ":\n" << text;
  }
}

TEST(Recount, AgreesOnThisMachinesPackageIndex) {
  stet::Result<Input> first = Input::open("");
  if (!first) GTEST_SKIP() << "no package index here: " << first.error().text;
  const bool apt_cache = first->is_apt_cache();
  stet::Result<Input> second = Input::open(apt_cache ? "" : "/var/lib/dpkg/status");
  ASSERT_TRUE(second.has_value());
  expect_agreement(*first, *second);
}

TEST(Recount, AnInputReadTwiceIsRecountedFromItsBeginning) {
  const std::string text = "Package: a\nDepends: b\n\nPackage: b\n";
  for (const bool pipe : {false, true}) {
    Input input = pipe ? test::pipe_input(text) : test::text_input(text);
    ASSERT_TRUE(input.keep());
    const Tally counted = tally(input);
    ASSERT_TRUE(input.rewind());
    const stet::Result<Recount> again = recount(input);
    ASSERT_TRUE(again.has_value());
    EXPECT_EQ(again->packages, counted.packages);
    EXPECT_EQ(again->stanzas, 2u);
  }
}

TEST(Recount, EveryDifferenceIsSeen) {
  const PackageTotals one{1, 2, 3, "s"};
  const Packages packages{{"a", one}, {"b", one}};
  EXPECT_EQ(count_differences(packages, packages, nullptr), 0u);
  EXPECT_EQ(count_differences(packages, {{"a", one}}, nullptr), 1u);
  EXPECT_EQ(count_differences({{"a", one}}, packages, nullptr), 1u);
  EXPECT_EQ(count_differences(packages, {{"c", one}, {"d", one}}, nullptr), 4u);
  for (const PackageTotals& other : {PackageTotals{2, 2, 3, "s"}, PackageTotals{1, 3, 3, "s"},
                                     PackageTotals{1, 2, 4, "s"}, PackageTotals{1, 2, 3, "t"}}) {
    EXPECT_EQ(count_differences(packages, {{"a", one}, {"b", other}}, nullptr), 1u);
  }
}

TEST(Recount, ASumThatDoesNotFitStaysAtTheLargestNumber) {
  std::string text;
  for (int i = 0; i < 18'500; ++i)
    text += "Package: a\nInstalled-Size: 999999999999999\nDepends: b\n\n";
  Input input = test::text_input(text);
  const stet::Result<Recount> counted = recount(input);
  ASSERT_TRUE(counted.has_value());
  EXPECT_EQ(counted->packages.at("b").dependants_kib, std::numeric_limits<std::uint64_t>::max());
}

}  // namespace
}  // namespace census
