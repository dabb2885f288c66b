// tests/config/toml_file_test.cpp - what a TOML file says, and what is said about one that is none.
#include "runtime/src/config/toml_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>

#include "support/scale.hpp"
#include "support/seed.hpp"
#include "support/temp_dir.hpp"

namespace stet::detail {
namespace {

class TomlFileTest : public ::testing::Test {
 protected:
  std::filesystem::path write(std::string_view text) {
    const std::filesystem::path path = directory_.path() / "a.toml";
    std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
    return path;
  }
  TomlFile read(std::string_view text) { return read_toml_file(write(text)); }

  test::TempDir directory_;
};

TEST_F(TomlFileTest, SectionsAndDotsArePartsOfAKey) {
  const TomlFile file = read(
      "top = 1\n"
      "a.b = \"x\"\n"
      "[runtime]\n"
      "workers = 4\n"
      "deep = { er = true }\n");
  ASSERT_TRUE(file.findings.empty());
  ASSERT_EQ(file.entries.size(), 4u);
  EXPECT_EQ(file.entries[0].key, "top");
  EXPECT_EQ(file.entries[1].key, "a.b");
  EXPECT_EQ(file.entries[1].text, "x");
  EXPECT_EQ(file.entries[1].kind, TomlKind::string);
  EXPECT_EQ(file.entries[2].key, "runtime.workers");
  EXPECT_EQ(file.entries[2].text, "4");
  EXPECT_EQ(file.entries[2].kind, TomlKind::integer);
  EXPECT_EQ(file.entries[2].key_place.line, 4u);
  EXPECT_EQ(file.entries[2].key_place.column, 1u);
  EXPECT_EQ(file.entries[2].value_place.column, 11u);
  EXPECT_EQ(file.entries[3].key, "runtime.deep.er");
  EXPECT_EQ(file.entries[3].text, "true");
  EXPECT_EQ(file.entries[3].kind, TomlKind::boolean);
}

TEST_F(TomlFileTest, OtherKindsOfValuesAreNamed) {
  const TomlFile file = read("a = 1.5\nb = [1, 2]\nc = 1979-05-27\n[[d]]\ne = 1\n");
  ASSERT_EQ(file.entries.size(), 4u);
  for (const TomlEntry& entry : file.entries) EXPECT_EQ(entry.kind, TomlKind::other) << entry.key;
  EXPECT_EQ(file.entries[0].text, "a number with a fraction");
  EXPECT_EQ(file.entries[1].text, "an array");
  EXPECT_EQ(file.entries[2].text, "a date or time");
  EXPECT_EQ(file.entries[3].text, "an array");
}

TEST_F(TomlFileTest, ASyntaxErrorHasItsLineAndColumn) {
  const TomlFile file = read("[runtime]\nworkers = 4\nturn_time = 5 ms\n");
  EXPECT_TRUE(file.entries.empty());
  ASSERT_EQ(file.findings.size(), 1u);
  const ConfigFinding& finding = file.findings[0];
  EXPECT_EQ(finding.error.code, Errc::invalid_argument);
  EXPECT_EQ(finding.origin.line, 3u) << finding.message();
  EXPECT_GE(finding.origin.column, 14u) << finding.message();
  EXPECT_NE(finding.message().find("a.toml:3:"), std::string::npos) << finding.message();
}

TEST_F(TomlFileTest, AKeyGivenTwiceIsASyntaxError) {
  const TomlFile file = read("a = 1\na = 2\n");
  ASSERT_EQ(file.findings.size(), 1u);
  EXPECT_EQ(file.findings[0].origin.line, 2u) << file.findings[0].message();
}

TEST_F(TomlFileTest, WhatCannotBeReadIsAFinding) {
  const TomlFile missing = read_toml_file(directory_.path() / "missing.toml");
  ASSERT_EQ(missing.findings.size(), 1u);
  EXPECT_EQ(missing.findings[0].error.code, Errc::not_found);
  EXPECT_NE(missing.findings[0].message().find("missing.toml: cannot be read: No such file"),
            std::string::npos)
      << missing.findings[0].message();
  const TomlFile folder = read_toml_file(directory_.path());
  ASSERT_EQ(folder.findings.size(), 1u);
  EXPECT_EQ(folder.findings[0].error.code, Errc::io) << folder.findings[0].message();
}

TEST_F(TomlFileTest, AFileAtTheBoundIsReadAndOneAboveItIsNot) {
  const std::string text = "a = 1\n#" + std::string(file_bytes_max - 7, 'x');
  ASSERT_EQ(text.size(), file_bytes_max);
  EXPECT_EQ(read(text).entries.size(), 1u);
  const TomlFile large = read(text + "x");
  ASSERT_EQ(large.findings.size(), 1u);
  EXPECT_EQ(large.findings[0].error.code, Errc::too_large);
}

TEST_F(TomlFileTest, AnEmptyFileSaysNothing) {
  for (const std::string_view text :
       {"", "\n", "# only a comment", "[runtime]\n", "\xEF\xBB\xBF"}) {
    const TomlFile file = read(text);
    EXPECT_TRUE(file.entries.empty() && file.findings.empty()) << text;
  }
}

TEST_F(TomlFileTest, DeepNestingIsRefusedAndDoesNotOverflow) {
  const std::string arrays = "a = " + std::string(100'000, '[');
  EXPECT_EQ(read(arrays).findings.size(), 1u);
  std::string dots = "a";
  for (int i = 0; i < 100'000; ++i) dots += ".a";
  for (const std::string& text :
       {dots + " = 1\n", "[" + dots + "]\n", "x = { " + dots + " = 1 }\n", "[[" + dots + "]]\n"}) {
    const TomlFile file = read(text);
    ASSERT_EQ(file.findings.size(), 1u);
    EXPECT_EQ(file.findings[0].origin.line, 1u);
    EXPECT_NE(file.findings[0].message().find("too many parts"), std::string::npos);
  }
  std::string tables(50'000, '{');
  for (int i = 0; i < 10'000; ++i) tables += "x = { ";
  EXPECT_EQ(read("x = " + tables + "\n").findings.size(), 1u);
  tables.clear();
  for (int i = 0; i < 10'000; ++i) tables += "x = { ";
  EXPECT_EQ(read(tables + "\n").findings.size(), 1u);
}

TEST_F(TomlFileTest, ADateThatEndsTooSoonIsASyntaxErrorAndNoAssertion) {
  for (const std::string_view text : {"a = 1979-05-27Tx\n", "a = 1979-05-27T\n", "a = 07:3x\n",
                                      "a = 1979-05-27 x\n", "a = 1979-05-27T07:32:00.x\n"}) {
    EXPECT_EQ(read(text).findings.size(), 1u) << text;
  }
}

TEST_F(TomlFileTest, MutatedFilesGiveEntriesOrOneFindingWithALine) {
  const test::Seed seed = test::Seed::from_environment_or_random();
  std::mt19937_64 random(seed.value());
  const std::string good =
      "# comment\n[runtime]\nworkers = 4\nturn_time = \"5ms\"\n"
      "[store]\nbatch_bytes = '4MiB'\nx = [1, { y = 1979-05-27T07:32:00Z }]\n";
  for (std::size_t round = 0; round < test::scaled(2000); ++round) {
    std::string text = good;
    for (std::size_t change = random() % 4; change-- > 0;) {
      const std::size_t at = random() % text.size();
      switch (random() % 3) {
        case 0: text[at] = static_cast<char>(random()); break;
        case 1: text.erase(at, random() % 8); break;
        default: text.insert(at, text.substr(random() % text.size(), random() % 8)); break;
      }
      if (text.empty()) text = good;
    }
    const TomlFile file = read(text);
    EXPECT_LE(file.findings.size(), 1u) << seed;
    for (const ConfigFinding& finding : file.findings) {
      EXPECT_GE(finding.origin.line, 1u) << seed << ": " << finding.message();
    }
  }
}

}  // namespace
}  // namespace stet::detail
