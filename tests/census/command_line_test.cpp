// tests/census/command_line_test.cpp - what arguments mean, and how wrong ones are refused.
#include "tools/examples/census/command_line.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

#include "support/temp_dir.hpp"

namespace census {
namespace {

Parsed parse(const std::vector<const char*>& arguments) {
  std::vector<const char*> argv{"stet-census"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return parse_command_line(static_cast<int>(argv.size()), argv.data(),
                            stet::Options{stet::runtime_options});
}

class CommandLineTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ::setenv("HOME", "/home/x", 1);
    ::unsetenv("XDG_DATA_HOME");
  }
  void TearDown() override {
    if (had_home_) ::setenv("HOME", home_.c_str(), 1);
    if (had_data_) ::setenv("XDG_DATA_HOME", data_.c_str(), 1);
  }

 private:
  static std::string value(const char* name) {
    const char* text = ::getenv(name);
    return text != nullptr ? text : "";
  }
  bool had_home_ = ::getenv("HOME") != nullptr;
  bool had_data_ = ::getenv("XDG_DATA_HOME") != nullptr;
  std::string home_ = value("HOME");
  std::string data_ = value("XDG_DATA_HOME");
};

TEST_F(CommandLineTest, NothingMeansTheDefaults) {
  const Parsed parsed = parse({});
  ASSERT_TRUE(parsed.run.has_value());
  EXPECT_EQ(parsed.run->input, "");
  EXPECT_EQ(parsed.run->top, 20u);
  EXPECT_EQ(parsed.run->store, "/home/x/.local/share/stet/census");
  EXPECT_FALSE(parsed.run->json || parsed.run->fresh || parsed.run->verify);
}

TEST_F(CommandLineTest, EverythingIsTakenInAnyOrder) {
  const Parsed parsed =
      parse({"--stet.runtime.workers=2", "--json", "file", "--top", "5", "--fresh", "--store", "/d",
             "--verify", "--stet.runtime.turn_messages=7"});
  ASSERT_TRUE(parsed.run.has_value()) << parsed.error;
  EXPECT_EQ(parsed.run->input, "file");
  EXPECT_EQ(parsed.run->top, 5u);
  EXPECT_EQ(parsed.run->store, "/d");
  EXPECT_TRUE(parsed.run->json && parsed.run->fresh && parsed.run->verify);
  EXPECT_EQ(parsed.run->options.integer("runtime.workers"), 2u);
  EXPECT_EQ(parsed.run->options.integer("runtime.turn_messages"), 7u);
}

TEST_F(CommandLineTest, EqualsSignsAndADashAreUnderstood) {
  const Parsed parsed = parse({"--top=0", "--store=/d e", "-"});
  ASSERT_TRUE(parsed.run.has_value()) << parsed.error;
  EXPECT_EQ(parsed.run->input, "-");
  EXPECT_EQ(parsed.run->top, 0u);
  EXPECT_EQ(parsed.run->store, "/d e");
}

TEST_F(CommandLineTest, AfterTwoDashesComesTheInput) {
  const Parsed parsed = parse({"--", "--stet.x=1"});
  ASSERT_TRUE(parsed.run.has_value()) << parsed.error;
  EXPECT_EQ(parsed.run->input, "--stet.x=1");
}

TEST_F(CommandLineTest, WrongUsageExitsWithTwoAndASentence) {
  for (const std::vector<const char*>& arguments :
       std::vector<std::vector<const char*>>{{"--nonsense"},
                                             {"--top"},
                                             {"--top", "x"},
                                             {"--top=-1"},
                                             {"--top", "1.5"},
                                             {"--store"},
                                             {"--store="},
                                             {"a", "b"},
                                             {"--stet.runtime.workers=x"},
                                             {"--stet.runtime.workers"},
                                             {"--stet.nonsense=1"},
                                             {"--stet."},
                                             {"--top=99999999999999999999"}}) {
    const Parsed parsed = parse(arguments);
    EXPECT_FALSE(parsed.run.has_value()) << arguments[0];
    EXPECT_EQ(parsed.exit_code, exit_usage) << arguments[0];
    EXPECT_TRUE(parsed.out.empty());
    EXPECT_EQ(parsed.error.find('\n'), parsed.error.size() - 1) << parsed.error;
  }
}

TEST_F(CommandLineTest, AWrongOptionNamesTheNearestKeyAndTheRange) {
  EXPECT_NE(parse({"--stet.runtime.worker=1"}).error.find("runtime.workers (integer: 0..1024)"),
            std::string::npos);
  EXPECT_NE(parse({"--stet.runtime.workers=5000"}).error.find("0..1024"), std::string::npos);
}

TEST_F(CommandLineTest, AllWrongOptionsAreToldAtOnce) {
  const Parsed parsed = parse({"--stet.runtime.worker=1", "--stet.runtime.workers=5000"});
  EXPECT_EQ(parsed.exit_code, exit_usage);
  EXPECT_NE(parsed.error.find("runtime.worker\""), std::string::npos) << parsed.error;
  EXPECT_NE(parsed.error.find("0..1024\n"), std::string::npos) << parsed.error;
  EXPECT_EQ(std::count(parsed.error.begin(), parsed.error.end(), '\n'), 2) << parsed.error;
}

TEST_F(CommandLineTest, EveryOptionIsPrintedWithWhereItCameFrom) {
  const Parsed parsed = parse({"--stet.runtime.workers=3", "--print-options"});
  EXPECT_FALSE(parsed.run.has_value());
  EXPECT_EQ(parsed.exit_code, exit_fine);
  EXPECT_NE(parsed.out.find("runtime.workers = 3  # --stet.runtime.workers\n"), std::string::npos)
      << parsed.out;
  EXPECT_NE(parsed.out.find("runtime.turn_messages = 64  # default\n"), std::string::npos);
}

#ifdef STET_CENSUS_CONFIG
TEST_F(CommandLineTest, AFileGivesOptionsTheEnvironmentAndFlagsAreStronger) {
  const stet::test::TempDir directory;
  const std::string path = (directory / "census.toml").string();
  std::ofstream(path) << "[runtime]\nworkers = 2\nturn_messages = 7\nslot_runs = 3\n";
  const char* const environment[] = {"STET_RUNTIME_TURN_MESSAGES=8", "STET_RUNTIME_SLOT_RUNS=4",
                                     nullptr};
  const std::vector<const char*> argv{"stet-census", "--config", path.c_str(),
                                      "--stet.runtime.slot_runs=5"};
  const Parsed parsed = parse_command_line(static_cast<int>(argv.size()), argv.data(),
                                           stet::Options{stet::runtime_options}, environment);
  ASSERT_TRUE(parsed.run.has_value()) << parsed.error;
  EXPECT_EQ(parsed.run->options.integer("runtime.workers"), 2u);
  EXPECT_EQ(parsed.run->options.integer("runtime.turn_messages"), 8u);
  EXPECT_EQ(parsed.run->options.integer("runtime.slot_runs"), 5u);
}

TEST_F(CommandLineTest, AWrongFileIsAnErrorWithItsPlace) {
  const stet::test::TempDir directory;
  const std::string path = (directory / "census.toml").string();
  EXPECT_EQ(parse({"--config", path.c_str()}).exit_code, exit_environment) << "not there";
  EXPECT_EQ(parse({"--config", ""}).exit_code, exit_usage);
  std::ofstream(path) << "[runtime]\nworkers = 5000\nturn_time = 5\n";
  const Parsed parsed = parse({"--config", path.c_str()});
  EXPECT_EQ(parsed.exit_code, exit_usage);
  EXPECT_EQ(parsed.error.find("stet-census: " + path + ":2:11: runtime.workers: \"5000\""), 0u)
      << parsed.error;
  EXPECT_NE(parsed.error.find("census.toml:3:13: runtime.turn_time"), std::string::npos)
      << parsed.error;
}
#else
TEST_F(CommandLineTest, WithoutTomlAFileIsRefused) {
  const Parsed parsed = parse({"--config", "x.toml"});
  EXPECT_EQ(parsed.exit_code, exit_environment);
  EXPECT_NE(parsed.error.find("toml++"), std::string::npos) << parsed.error;
}
#endif

TEST_F(CommandLineTest, TheStoreLiesWhereTheEnvironmentSays) {
  ::setenv("XDG_DATA_HOME", "/data", 1);
  EXPECT_EQ(parse({}).run->store, "/data/stet/census");
  ::setenv("XDG_DATA_HOME", "relative", 1);
  EXPECT_EQ(parse({}).run->store, "/home/x/.local/share/stet/census");
  ::setenv("XDG_DATA_HOME", "", 1);
  ::setenv("HOME", "", 1);
  const Parsed parsed = parse({});
  EXPECT_FALSE(parsed.run.has_value());
  EXPECT_EQ(parsed.exit_code, exit_environment);
  EXPECT_NE(parsed.error.find("--store"), std::string::npos);
  EXPECT_TRUE(parse({"--store", "/d"}).run.has_value()) << "then nobody asks the environment";
  ::unsetenv("XDG_DATA_HOME");
}

TEST_F(CommandLineTest, HelpComesFromTheTable) {
  for (const char* flag : {"--help", "-h"}) {
    const Parsed parsed = parse({flag});
    EXPECT_FALSE(parsed.run.has_value());
    EXPECT_EQ(parsed.exit_code, exit_fine);
    for (const char* part : {"--json", "--top", "--store", "--fresh", "--verify", "input",
                             "--stet.runtime.workers=", "0..1024"}) {
      EXPECT_NE(parsed.out.find(part), std::string::npos) << part;
    }
  }
  ::setenv("HOME", "", 1);
  EXPECT_EQ(parse({"--help-options-markdown"}).out,
            stet::Options{stet::runtime_options}.markdown_table());
}

}  // namespace
}  // namespace census
