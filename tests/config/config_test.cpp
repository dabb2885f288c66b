// tests/config/config_test.cpp - file, environment and flags together, and all errors at once.
#include <stet/config/config.hpp>

#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <stet/persistence/store_options.hpp>

#include "support/temp_dir.hpp"

namespace stet {
namespace {

using namespace std::chrono_literals;

class ConfigTest : public ::testing::Test {
 protected:
  using Words = std::vector<const char*>;

  std::vector<ConfigFinding> read(std::string_view file, const Words& environment = {},
                                  const Words& flags = {}) {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << file;
    Words names = environment;
    names.push_back(nullptr);
    return read_config(options_, {path_, names.data(), flags});
  }

  test::TempDir directory_;
  std::filesystem::path path_ = directory_.path() / "app.toml";
  Options options_{runtime_options, store_options};
};

TEST_F(ConfigTest, NothingAskedForIsNothingRead) {
  EXPECT_TRUE(read_config(options_, {}).empty());
  EXPECT_EQ(options_.origin("runtime.workers").source, OptionSource::fallback);
}

TEST_F(ConfigTest, AFileGivesValuesWithTheirUnitsAndTheirPlaces) {
  const auto findings = read(
      "[runtime]\n"
      "workers = 3\n"
      "turn_time = \"5ms\"\n"
      "idle_strategy = 'park'\n"
      "seed = \"18446744073709551615\"\n"
      "idle_spin = 0\n"
      "[store]\n"
      "queue_bytes = \"2MiB\"\n");
  ASSERT_TRUE(findings.empty()) << findings[0].message();
  EXPECT_EQ(options_.integer("runtime.workers"), 3u);
  EXPECT_EQ(options_.duration("runtime.turn_time"), 5ms);
  EXPECT_EQ(options_.choice("runtime.idle_strategy"), "park");
  EXPECT_EQ(options_.integer("runtime.seed"), UINT64_MAX);
  EXPECT_EQ(options_.bytes("store.queue_bytes"), 2u << 20);
  EXPECT_EQ(options_.origin("runtime.turn_time").text(), path_.string() + ":3:13");
  EXPECT_EQ(options_.origin("store.queue_bytes").text(), path_.string() + ":8:15");
}

// Each subset of the sources: the strongest of them wins.
TEST_F(ConfigTest, FileEnvironmentAndFlagsStandInThisOrderAboveTheHostsCode) {
  for (unsigned given = 0; given < 32; ++given) {
    const bool code = (given & 1) != 0;
    const bool file = (given & 2) != 0;
    const bool environment = (given & 4) != 0;
    const bool flag = (given & 8) != 0;
    const bool profile = (given & 16) != 0;
    options_ = Options{runtime_options, store_options};
    if (code) {
      ASSERT_TRUE(options_.set("runtime.turn_messages", "101"));
    }
    Words names;
    if (environment) names.push_back("STET_RUNTIME_TURN_MESSAGES=103");
    if (profile) names.push_back("STET_RUNTIME_PROFILE=test");
    Words flags;
    if (flag) flags.push_back("--stet.runtime.turn_messages=104");
    const auto findings = read(file ? "runtime.turn_messages = 102\n" : "", names, flags);
    ASSERT_TRUE(findings.empty()) << findings[0].message();
    const std::uint64_t expected = flag          ? 104
                                   : environment ? 103
                                   : file        ? 102
                                   : code        ? 101
                                   : profile     ? 4
                                                 : 64;
    EXPECT_EQ(options_.integer("runtime.turn_messages"), expected) << given;
    const std::string origin = options_.origin("runtime.turn_messages").text();
    EXPECT_EQ(origin, flag          ? "--stet.runtime.turn_messages"
                      : environment ? "STET_RUNTIME_TURN_MESSAGES"
                      : file        ? path_.string() + ":1:25"
                      : code        ? "code"
                      : profile     ? "profile test"
                                    : "default");
  }
}

TEST_F(ConfigTest, ALockStandsAboveAllAndEverySourceIsTold) {
  ASSERT_TRUE(options_.lock("runtime.workers", 4));
  const auto findings = read("[runtime]\nworkers = 5\n", {"STET_RUNTIME_WORKERS=6"},
                             {"--stet.runtime.workers=7", "--stet.runtime.workers=4"});
  ASSERT_EQ(findings.size(), 3u);
  EXPECT_EQ(findings[0].message(), path_.string() +
                                       ":2:11: runtime.workers: \"5\" is refused: the host has "
                                       "locked it at 4");
  EXPECT_EQ(findings[1].origin.text(), "STET_RUNTIME_WORKERS");
  EXPECT_EQ(findings[2].origin.text(), "--stet.runtime.workers");
  EXPECT_EQ(options_.integer("runtime.workers"), 4u);
  EXPECT_TRUE(read("[runtime]\nworkers = 4\n").empty()) << "the same value is no change";
}

TEST_F(ConfigTest, AllErrorsAreToldAtOnceAndNothingIsChanged) {
  const auto findings = read(
      "[runtime]\n"
      "turn_messages = 7\n"            // Right, and still not taken.
      "wrokers = 4\n"                  // Unknown.
      "idle_spin = \"11ms\"\n"         // Above its range.
      "turn_time = 5\n"                // Without a unit.
      "shutdown_timeout = \"5KiB\"\n"  // With a wrong one.
      "idle_strategy = \"slepe\"\n"
      "seed = -1\n"
      "slot_runs = 1.5\n"
      "[stoer]\n"
      "map_bytes = \"1GiB\"\n",
      {"STET_RUNTIME_WORKER=2", "STET_STORE_DURABILITY=paper"},
      {"--stet.runtime.workers=5000", "--stet.nonsense"});
  ASSERT_EQ(findings.size(), 12u);
  struct Expected {
    Errc code;
    std::string_view key, value, range, nearest;
    std::uint32_t line, column;
  };
  const std::array<Expected, 12> expected{{
      {Errc::unknown_option, "runtime.wrokers", "4", "0..1024", "runtime.workers", 3, 1},
      {Errc::out_of_range, "runtime.idle_spin", "11ms", "0..10ms", "", 4, 13},
      {Errc::invalid_argument, "runtime.turn_time", "5", "0..1s", "", 5, 13},
      {Errc::invalid_argument, "runtime.shutdown_timeout", "5KiB", "0..60min", "", 6, 20},
      {Errc::invalid_argument, "runtime.idle_strategy", "slepe", "park, adaptive, spin", "", 7, 17},
      {Errc::invalid_argument, "runtime.seed", "-1", "0..18446744073709551615", "", 8, 8},
      {Errc::invalid_argument, "runtime.slot_runs", "a number with a fraction", "1..1000", "", 9,
       13},
      {Errc::unknown_option, "stoer.map_bytes", "1GiB", "1MiB..64TiB", "store.map_bytes", 11, 1},
      {Errc::unknown_option, "runtime.worker", "2", "0..1024", "runtime.workers", 0, 0},
      {Errc::invalid_argument, "store.durability", "paper", "async, visible, durable, urgent", "",
       0, 0},
      {Errc::out_of_range, "runtime.workers", "5000", "0..1024", "", 0, 0},
      {Errc::unknown_option, "nonsense", "", "", "", 0, 0},
  }};
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const ConfigFinding& finding = findings[i];
    EXPECT_EQ(finding.error.code, expected[i].code) << finding.message();
    EXPECT_EQ(finding.key, expected[i].key) << finding.message();
    EXPECT_EQ(finding.value, expected[i].value) << finding.message();
    EXPECT_EQ(finding.origin.line, expected[i].line) << finding.message();
    EXPECT_EQ(finding.origin.column, expected[i].column) << finding.message();
    if (i == 11) break;  // Anything may be the nearest to that.
    EXPECT_EQ(finding.range, expected[i].range) << finding.message();
    EXPECT_EQ(finding.nearest, expected[i].nearest) << finding.message();
    EXPECT_NE(finding.message().find(expected[i].range), std::string::npos) << finding.message();
  }
  EXPECT_EQ(options_.integer("runtime.turn_messages"), 64u);
  EXPECT_EQ(options_.origin("runtime.turn_messages").source, OptionSource::fallback);
}

TEST_F(ConfigTest, AfterASyntaxErrorTheOtherSourcesAreStillChecked) {
  const auto findings =
      read("[runtime]\nworkers = = 4\n", {"STET_RUNTIME_WORKERS=x"}, {"--stet.runtime.workers=y"});
  ASSERT_EQ(findings.size(), 3u);
  EXPECT_EQ(findings[0].origin.line, 2u);
  EXPECT_EQ(findings[0].origin.column, 11u);
}

TEST_F(ConfigTest, AMissingFileIsAFinding) {
  const auto findings = read_config(options_, {.file = directory_.path() / "missing.toml"});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].error, Errc::not_found);
}

TEST_F(ConfigTest, OfTheEnvironmentOnlyNamesOfOurTablesAreOurs) {
  const auto findings =
      read("", {"STET_TEST_SEED=x", "STET_", "STET", "STET_RUNTIME", "RUNTIME_WORKERS=9",
                "PATH=/bin", "stet_runtime_workers=9", "STET_RUNTIMES_WORKERS=9",
                "STET_RUNTIME_TURN_TIME=2ms", "STET_STORE_BATCH_RECORDS=17"});
  ASSERT_TRUE(findings.empty()) << findings[0].message();
  EXPECT_EQ(options_.integer("runtime.workers"), 0u);
  EXPECT_EQ(options_.duration("runtime.turn_time"), 2ms);
  EXPECT_EQ(options_.integer("store.batch_records"), 17u);
  EXPECT_EQ(options_.origin("runtime.turn_time").text(), "STET_RUNTIME_TURN_TIME");
}

TEST_F(ConfigTest, AnEmptyNameInTheEnvironmentIsNotTheSameAsNone) {
  const auto findings = read("", {"STET_RUNTIME_WORKERS="});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_EQ(findings[0].error, Errc::invalid_argument);
}

TEST_F(ConfigTest, EveryKeyHasANameOfItsOwnInTheEnvironment) {
  std::set<std::string> names;
  for (const OptionInfo* row : options_.rows()) {
    EXPECT_TRUE(names.insert(environment_name(row->key)).second) << row->key;
  }
  EXPECT_EQ(environment_name("runtime.turn_messages"), "STET_RUNTIME_TURN_MESSAGES");
}

TEST_F(ConfigTest, EveryRowSaysWhenToTurnItAndItsProfilesHoldItsRange) {
  for (const OptionInfo* row : options_.rows()) {
    EXPECT_FALSE(row->when.empty()) << row->key;
    EXPECT_EQ(row->when.find('|'), std::string_view::npos) << row->key << ": breaks the table";
  }
  for (const std::string_view profile : {"embedded", "latency", "throughput", "test"}) {
    ASSERT_TRUE(options_.set("runtime.profile", profile));
    for (const OptionInfo* row : options_.rows()) {
      Options other{runtime_options, store_options};
      EXPECT_TRUE(other.set(row->key, options_.value_text(row->key))) << profile << row->key;
    }
    EXPECT_EQ(options_.choice("store.durability"), "durable") << "no profile weakens a promise";
  }
}

TEST_F(ConfigTest, FlagsThatAreNotOursAreLeftAlone) {
  EXPECT_TRUE(read("", {}, {"program", "--top", "5", "-", "--stetx=1"}).empty());
}

TEST_F(ConfigTest, AProfileInAFileLosesAgainstEveryValueThatIsGiven) {
  ASSERT_TRUE(options_.set("runtime.turn_messages", "33"));
  ASSERT_TRUE(read("runtime.profile = \"test\"\n").empty());
  EXPECT_EQ(options_.integer("runtime.turn_messages"), 33u);
  EXPECT_EQ(options_.integer("runtime.slot_runs"), 1u);
  const auto findings = read("runtime.profile = \"fats\"\n");
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_NE(findings[0].message().find("embedded, latency, throughput, test"), std::string::npos);
}

TEST_F(ConfigTest, ATextWantsATextAndNotANumber) {
  constexpr OptionInfo table[] = {
      {"app.name", OptionType::text, {}, "x", 1, 5, {}, "a name", "never"},
      {"app.on", OptionType::boolean, {}, "false", 0, 0, {}, "a switch", "never"}};
  Options options{table};
  std::ofstream(path_) << "app.name = 5\napp.on = true\n";
  const auto findings = read_config(options, {.file = path_});
  ASSERT_EQ(findings.size(), 1u);
  EXPECT_NE(findings[0].message().find(":1:12: app.name: 5 is no value for a text"),
            std::string::npos)
      << findings[0].message();
  std::ofstream(path_) << "app.name = \"5\"\napp.on = true\n";
  ASSERT_TRUE(read_config(options, {.file = path_}).empty());
  EXPECT_EQ(options.text("app.name"), "5");
  EXPECT_TRUE(options.flag("app.on"));
}

}  // namespace
}  // namespace stet
