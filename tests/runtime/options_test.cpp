// tests/runtime/options_test.cpp - texts in and out of the option table.
#include <stet/runtime/options.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

using namespace std::chrono_literals;
using stet::Errc;
using stet::Error;
using stet::OptionInfo;
using stet::Options;
using stet::OptionSource;
using stet::OptionType;
using stet::runtime_options;

constexpr OptionInfo sample_options[] = {
    {"sample.bytes",
     OptionType::size,
     {},
     "4MiB",
     4096,
     134'217'728,
     {},
     "a size",
     "now and then",
     "test=8KiB|latency=1MiB",
     true},
    {"sample.on", OptionType::boolean, {}, "false", 0, 0, {}, "a boolean"},
    {"sample.name", OptionType::text, {}, "x", 1, 5, {}, "a text"},
    {"sample.huge", OptionType::size, {}, "0", 0, UINT64_MAX, {}, "a size without a bound"},
};

Options both() { return Options{runtime_options, sample_options}; }

Error error_of(std::string_view key, std::string_view text) {
  Options options = both();
  const stet::Result<void> done = options.set(key, text);
  EXPECT_FALSE(done.has_value()) << key << "=" << text;
  return done ? Error(Errc::closed) : done.error();
}

bool mentions(const Error& error, std::string_view part) {
  return error.text.find(part) != std::string::npos;
}

TEST(Options, StartAtTheirDefaults) {
  const Options options = both();
  EXPECT_EQ(options.integer("runtime.workers"), 0u);
  EXPECT_EQ(options.integer("runtime.turn_messages"), 64u);
  EXPECT_EQ(options.duration("runtime.turn_time"), 0ns);
  EXPECT_EQ(options.choice("runtime.idle_strategy"), "adaptive");
  EXPECT_EQ(options.choice_index("runtime.idle_strategy"), 1u);
  EXPECT_EQ(options.duration("runtime.shutdown_timeout"), 5s);
  EXPECT_EQ(options.bytes("sample.bytes"), 4u << 20);
  EXPECT_FALSE(options.flag("sample.on"));
  EXPECT_EQ(options.text("sample.name"), "x");
}

TEST(Options, EveryDefaultIsAValueThatSetAccepts) {
  for (const OptionInfo& info : runtime_options) {
    Options options{runtime_options};
    EXPECT_TRUE(options.set(info.key, info.default_text)) << info.key;
  }
}

TEST(Options, DurationsAreReadWithTheirSuffix) {
  struct Case {
    std::string_view text;
    std::chrono::nanoseconds value;
  };
  for (const Case& c : {Case{"7ns", 7ns}, Case{"7us", 7us}, Case{"7ms", 7ms}, Case{"7s", 7s},
                        Case{"7min", 7min}, Case{"0", 0ns}, Case{"0s", 0ns}, Case{"60min", 1h}}) {
    Options options = both();
    EXPECT_TRUE(options.set("runtime.shutdown_timeout", c.text)) << c.text;
    EXPECT_EQ(options.duration("runtime.shutdown_timeout"), c.value) << c.text;
    EXPECT_EQ(options.value_text("runtime.shutdown_timeout"), c.text);
  }
}

TEST(Options, SizesAreReadWithTheirSuffix) {
  struct Case {
    std::string_view text;
    std::uint64_t value;
  };
  for (const Case& c : {Case{"3B", 3}, Case{"3KiB", 3072}, Case{"3MiB", 3u << 20},
                        Case{"3GiB", std::uint64_t{3} << 30}, Case{"3TiB", std::uint64_t{3} << 40},
                        Case{"0", 0}, Case{"18446744073709551615B", UINT64_MAX}}) {
    Options options = both();
    EXPECT_TRUE(options.set("sample.huge", c.text)) << c.text;
    EXPECT_EQ(options.bytes("sample.huge"), c.value) << c.text;
  }
}

TEST(Options, BothEndsOfARangeBelongToIt) {
  Options options = both();
  EXPECT_TRUE(options.set("runtime.turn_messages", "1"));
  EXPECT_TRUE(options.set("runtime.turn_messages", "1000000"));
  EXPECT_EQ(error_of("runtime.turn_messages", "0").code, Errc::out_of_range);
  EXPECT_EQ(error_of("runtime.turn_messages", "1000001").code, Errc::out_of_range);
  EXPECT_TRUE(options.set("runtime.seed", "18446744073709551615"));
  EXPECT_EQ(options.integer("runtime.seed"), UINT64_MAX);
  EXPECT_EQ(error_of("runtime.seed", "18446744073709551616").code, Errc::out_of_range);
  EXPECT_TRUE(options.set("sample.name", "abcde"));
  EXPECT_EQ(error_of("sample.name", "abcdef").code, Errc::out_of_range);
  EXPECT_EQ(error_of("sample.name", "").code, Errc::out_of_range);
}

TEST(Options, AProductThatDoesNotFitIsOutOfRange) {
  EXPECT_EQ(error_of("sample.huge", "16777216TiB").code, Errc::out_of_range);
  EXPECT_EQ(error_of("runtime.turn_time", "400000000000000000min").code, Errc::out_of_range);
  EXPECT_EQ(error_of("runtime.turn_time", "99999999999999999999999s").code, Errc::out_of_range);
}

TEST(Options, MalformedTextsAreRefused) {
  struct Case {
    std::string_view key, text;
  };
  for (const Case& c : {
           Case{"runtime.workers", ""},
           Case{"runtime.workers", "-1"},
           Case{"runtime.workers", "+1"},
           Case{"runtime.workers", " 1"},
           Case{"runtime.workers", "1 "},
           Case{"runtime.workers", "1x"},
           Case{"runtime.workers", "two"},
           Case{"runtime.workers", "0x2"},
           Case{"runtime.workers", "1.5"},
           Case{"runtime.workers", "1ms"},
           Case{"runtime.workers", "0s"},
           Case{"runtime.turn_time", "10"},
           Case{"runtime.turn_time", "10m"},
           Case{"runtime.turn_time", "10 ms"},
           Case{"runtime.turn_time", "1KiB"},
           Case{"runtime.turn_time", "ms"},
           Case{"runtime.turn_time", "00000000000000000000000000001"},
           Case{"sample.bytes", "8192"},
           Case{"sample.bytes", "8KB"},
           Case{"sample.bytes", "8kib"},
           Case{"sample.on", "yes"},
           Case{"sample.on", ""},
           Case{"runtime.idle_strategy", "par"},
           Case{"runtime.idle_strategy", "park|adaptive"},
           Case{"runtime.idle_strategy", ""},
       }) {
    const Error error = error_of(c.key, c.text);
    EXPECT_EQ(error.code, Errc::invalid_argument) << c.key << "=" << c.text << ": " << error.text;
    EXPECT_TRUE(mentions(error, c.key)) << error.text;
  }
}

TEST(Options, AFailedSetChangesNothing) {
  Options options = both();
  ASSERT_TRUE(options.set("sample.bytes", "8KiB"));
  EXPECT_FALSE(options.set("sample.bytes", "1KiB"));
  EXPECT_EQ(options.bytes("sample.bytes"), 8192u);
  EXPECT_EQ(options.value_text("sample.bytes"), "8KiB");
}

TEST(Options, AnErrorNamesKeyValueAndRange) {
  const Error range = error_of("runtime.workers", "5000");
  EXPECT_EQ(range.text, "runtime.workers: \"5000\" is outside 0..1024");
  const Error bytes = error_of("sample.bytes", "1GiB");
  EXPECT_EQ(bytes.text, "sample.bytes: \"1GiB\" is outside 4KiB..128MiB");
  const Error choice = error_of("runtime.idle_strategy", "sleep");
  EXPECT_TRUE(mentions(choice, "\"sleep\"")) << choice.text;
  EXPECT_TRUE(mentions(choice, "park, adaptive, spin")) << choice.text;
}

TEST(Options, AnUnknownKeyNamesTheNearestOne) {
  const Error error = error_of("runtime.worker", "4");
  EXPECT_EQ(error.code, Errc::unknown_option);
  EXPECT_TRUE(mentions(error, "\"runtime.worker\"")) << error.text;
  EXPECT_TRUE(mentions(error, "\"4\"")) << error.text;
  EXPECT_TRUE(mentions(error, "runtime.workers (integer: 0..1024)")) << error.text;
  EXPECT_TRUE(mentions(error_of("runtime.idle_stratgey", "park"), "runtime.idle_strategy"));
  EXPECT_TRUE(mentions(error_of("byte", "1"), "sample.bytes"));
  EXPECT_EQ(error_of("", "1").code, Errc::unknown_option);
}

TEST(Options, AUsersTextIsCutAndMadeHarmlessInAMessage) {
  const Error error = error_of("runtime.workers", std::string(100'000, '\x1b'));
  EXPECT_LT(error.text.size(), 300u);
  EXPECT_FALSE(mentions(error, "\x1b"));
  EXPECT_LT(error_of(std::string(100'000, 'a'), "1").text.size(), 300u);
}

TEST(Options, AFlagIsAppliedWhenThePrefixIsOurs) {
  Options options = both();
  EXPECT_TRUE(options.parse_flag("--stet.runtime.workers=3").value());
  EXPECT_EQ(options.integer("runtime.workers"), 3u);
  EXPECT_FALSE(options.parse_flag("--top=3").value());
  EXPECT_FALSE(options.parse_flag("--stetx=3").value());
  EXPECT_EQ(options.parse_flag("--stet.runtime.workers").error().code, Errc::invalid_argument);
  EXPECT_EQ(options.parse_flag("--stet.runtime.wrokers").error().code, Errc::unknown_option);
  EXPECT_EQ(options.parse_flag("--stet.").error().code, Errc::unknown_option);
  EXPECT_EQ(options.parse_flag("--stet.=").error().code, Errc::unknown_option);
  EXPECT_EQ(options.parse_flag("--stet.runtime.workers=1=2").error().code, Errc::invalid_argument);
}

TEST(Options, TablesListEveryOptionOnce) {
  const Options options = both();
  const std::string markdown = options.markdown_table();
  const std::string help = options.help_text();
  for (const OptionInfo& info : runtime_options) {
    const std::string row = "| `" + std::string(info.key) + "` |";
    EXPECT_NE(markdown.find(row), std::string::npos) << info.key;
    EXPECT_EQ(markdown.find(row), markdown.rfind(row)) << info.key;
    EXPECT_NE(help.find("--stet." + std::string(info.key) + "="), std::string::npos) << info.key;
  }
  EXPECT_EQ(
      std::count(markdown.begin(), markdown.end(), '\n'),
      2 + static_cast<std::ptrdiff_t>(std::size(runtime_options) + std::size(sample_options)));
  EXPECT_NE(markdown.find("| `sample.bytes` | size | 4MiB (test 8KiB, latency 1MiB) | 4KiB..128MiB "
                          "| yes | a size | now and then |\n"),
            std::string::npos)
      << markdown;
  EXPECT_NE(help.find("when: now and then\n"), std::string::npos) << help;
}

TEST(Options, EveryOptionSaysWhenToTurnIt) {
  for (const OptionInfo& info : runtime_options) {
    EXPECT_FALSE(info.when.empty()) << info.key;
    EXPECT_FALSE(info.help.empty()) << info.key;
    EXPECT_EQ(info.when.find('|'), std::string_view::npos) << info.key << ": breaks the table";
    EXPECT_EQ(info.help.find('|'), std::string_view::npos) << info.key << ": breaks the table";
  }
}

constexpr std::array explicit_sources{OptionSource::code, OptionSource::file,
                                      OptionSource::environment, OptionSource::flag,
                                      OptionSource::lock};

TEST(Options, TheStrongerSourceWinsInWhateverOrderTheyCome) {
  for (const OptionSource first : explicit_sources) {
    for (const OptionSource second : explicit_sources) {
      Options options = both();
      ASSERT_TRUE(options.set("runtime.profile", "test"));
      ASSERT_EQ(options.integer("runtime.workers"), 2u) << "the profile's";
      const stet::Result<void> one = options.set("runtime.workers", "5", {first});
      const stet::Result<void> two = options.set("runtime.workers", "6", {second});
      const bool second_wins = second >= first;
      EXPECT_EQ(options.integer("runtime.workers"), second_wins ? 6u : 5u)
          << to_string(first) << ", then " << to_string(second);
      EXPECT_EQ(options.origin("runtime.workers").source, second_wins ? second : first);
      EXPECT_TRUE(one.has_value());
      // A lock is not overruled in silence, whether it came first or last.
      const bool first_told = first == OptionSource::lock && second != OptionSource::lock;
      const bool last_told =
          second == OptionSource::lock && first > OptionSource::code && first != OptionSource::lock;
      EXPECT_EQ(!two.has_value(), first_told || last_told)
          << to_string(first) << ", then " << to_string(second);
    }
  }
}

TEST(Options, AWeakerSourceIsCheckedAllTheSame) {
  Options options = both();
  ASSERT_TRUE(options.set("runtime.workers", "3", {OptionSource::flag}));
  EXPECT_EQ(options.set("runtime.workers", "5000", {OptionSource::file}).error().code,
            Errc::out_of_range);
  EXPECT_TRUE(options.set("runtime.workers", "4"));
  EXPECT_EQ(options.integer("runtime.workers"), 3u);
}

TEST(Options, ALockedValueSaysSoToWhoTriesToChangeIt) {
  Options options = both();
  ASSERT_TRUE(options.lock("runtime.workers", 4));
  const stet::Result<bool> changed = options.parse_flag("--stet.runtime.workers=8");
  ASSERT_FALSE(changed.has_value());
  EXPECT_EQ(changed.error().code, Errc::invalid_argument);
  EXPECT_EQ(changed.error().text, "runtime.workers: \"8\" is refused: the host has locked it at 4");
  EXPECT_TRUE(options.parse_flag("--stet.runtime.workers=4").value()) << "no change";
  EXPECT_EQ(options.integer("runtime.workers"), 4u);
  EXPECT_EQ(options.origin("runtime.workers").text(), "locked");
  ASSERT_TRUE(options.lock("runtime.shutdown_timeout", "1min"));
  EXPECT_TRUE(options.parse_flag("--stet.runtime.shutdown_timeout=60s").value()) << "the same time";
  EXPECT_EQ(options.lock("runtime.workers", 5000).error().code, Errc::out_of_range);
  EXPECT_EQ(options.lock("runtime.worker", 1).error().code, Errc::unknown_option);
  EXPECT_EQ(options.integer("runtime.workers"), 4u);
}

TEST(Options, ALockThatComesLateHoldsAndTellsTheHostWhatTheUserWanted) {
  Options options = both();
  ASSERT_TRUE(options.parse_flag("--stet.runtime.workers=8").value());
  const stet::Result<void> late = options.lock("runtime.workers", 4);
  ASSERT_FALSE(late.has_value());
  EXPECT_TRUE(mentions(late.error(), "--stet.runtime.workers: runtime.workers: \"8\" is refused"))
      << late.error().text;
  EXPECT_EQ(options.integer("runtime.workers"), 4u);
  EXPECT_FALSE(options.parse_flag("--stet.runtime.workers=8"));
}

TEST(Options, AProfileChangesDefaultsAndNothingThatWasGiven) {
  Options options = both();
  ASSERT_TRUE(options.set("runtime.turn_messages", "33"));
  ASSERT_TRUE(options.parse_flag("--stet.runtime.profile=latency").value());
  EXPECT_EQ(options.integer("runtime.turn_messages"), 33u);
  EXPECT_EQ(options.choice("runtime.idle_strategy"), "spin");
  EXPECT_EQ(options.bytes("sample.bytes"), 1u << 20) << "every table's defaults";
  EXPECT_EQ(options.origin("sample.bytes").text(), "profile latency");
  EXPECT_FALSE(options.set("runtime.profile", "fast")) << "no such profile";
  ASSERT_TRUE(options.set("runtime.profile", "test")) << "weaker than the flag: stays latency";
  EXPECT_EQ(options.choice("runtime.idle_strategy"), "spin");
  ASSERT_TRUE(options.parse_flag("--stet.runtime.profile=embedded").value());
  EXPECT_EQ(options.choice("runtime.idle_strategy"), "adaptive") << "back at the default";
  EXPECT_EQ(options.origin("sample.bytes").text(), "default");
  EXPECT_EQ(options.bytes("sample.bytes"), 4u << 20);
}

TEST(Options, EveryProfileNamesAProfileAndAValueThatSetAccepts) {
  const OptionInfo* profile = both().row(Options::profile_key);
  ASSERT_NE(profile, nullptr);
  const std::string known = "|" + std::string(profile->choices) + "|";
  for (const OptionInfo* info : both().rows()) {
    std::string_view rest = info->profiles;
    while (!rest.empty()) {
      const std::string_view part = rest.substr(0, rest.find('|'));
      rest.remove_prefix(std::min(part.size() + 1, rest.size()));
      const std::size_t equals = part.find('=');
      ASSERT_NE(equals, std::string_view::npos) << info->key << ": " << part;
      EXPECT_NE(known.find("|" + std::string(part.substr(0, equals)) + "|"), std::string::npos)
          << info->key << ": " << part;
      EXPECT_TRUE(both().set(info->key, part.substr(equals + 1))) << info->key << ": " << part;
    }
  }
}

TEST(Options, EveryValueTellsWhereItCameFrom) {
  Options options = both();
  EXPECT_EQ(options.origin("runtime.workers").text(), "default");
  ASSERT_TRUE(options.set("runtime.workers", "1"));
  EXPECT_EQ(options.origin("runtime.workers").text(), "code");
  ASSERT_TRUE(options.set("runtime.workers", "2", {OptionSource::file, "a.toml", 3, 11}));
  EXPECT_EQ(options.origin("runtime.workers").text(), "a.toml:3:11");
  ASSERT_TRUE(options.set("runtime.workers", "3", {OptionSource::environment, "X_WORKERS"}));
  EXPECT_EQ(options.origin("runtime.workers").text(), "X_WORKERS");
  ASSERT_TRUE(options.parse_flag("--stet.runtime.workers=4").value());
  EXPECT_EQ(options.origin("runtime.workers").text(), "--stet.runtime.workers");
  const std::string list = options.values_text();
  EXPECT_NE(list.find("runtime.workers = 4  # --stet.runtime.workers\n"), std::string::npos)
      << list;
  EXPECT_NE(list.find("sample.on = false  # default\n"), std::string::npos) << list;
}

}  // namespace
