// benchmarks/harness_test.cpp
// Goal    The harness judges rightly: a ratio above 1 means that stet is better, whichever way the
//         unit points; a run that fails, crashes or cannot be had is never a figure.
// Method  Questions with made-up answers, and runs that do what runs should not.
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

#include "support/fan_in_protocol.hpp"
#include "support/isolated.hpp"
#include "support/json_writer.hpp"
#include "support/report.hpp"
#include "support/round_robin.hpp"

namespace stet::bench {
namespace {

Row row_of(std::string subject, std::string against, std::vector<double> values) {
  Row row{std::move(subject), std::move(against)};
  row.values = std::move(values);
  return row;
}

Report report_of(Better better) {
  Report report;
  Answer answer{{"speed", "How fast?", "x", better, {}}, {}};
  answer.rows.push_back(row_of("stet", "", {1, 100, 10}));  // The median is 10.
  answer.rows.push_back(row_of("rival", "stet", {40, 40, 40}));
  Row missing = row_of("absent", "stet", {});
  missing.missing = "not installed";
  answer.rows.push_back(missing);
  report.answers.push_back(answer);
  return report;
}

Setting quick_setting() { return {true, "."}; }

TEST(Judge, CallsStetBetterWhenItNeedsLessOfWhatShouldBeLow) {
  Report report = report_of(Better::lower);
  judge(report, {{"speed", "stet", "rival", Target::Bound::at_least, 4.0},
                 {"speed", "stet", "", Target::Bound::at_most, 9.0},
                 {"unasked", "stet", "rival", Target::Bound::at_least, 1.0}});
  ASSERT_EQ(report.ratios.size(), 1U) << "a row without a figure has no ratio";
  EXPECT_EQ(report.ratios[0].name, "speed/rival");
  EXPECT_DOUBLE_EQ(report.ratios[0].value, 4.0);
  ASSERT_EQ(report.targets.size(), 2U);
  EXPECT_TRUE(report.targets[0].holds);
  EXPECT_FALSE(report.targets[1].holds);
}

TEST(Judge, CallsStetWorseWhenItGivesLessOfWhatShouldBeHigh) {
  Report report = report_of(Better::higher);
  judge(report, {{"speed", "stet", "rival", Target::Bound::at_least, 0.25},
                 {"speed", "stet", "absent", Target::Bound::at_least, 0.0}});
  EXPECT_DOUBLE_EQ(report.ratios.at(0).value, 0.25);
  EXPECT_TRUE(report.targets.at(0).holds);
  EXPECT_FALSE(report.targets.at(1).holds) << "a target without a figure does not hold";
}

TEST(Judge, ComparesHowTwoSubjectsGrewFromOneQuestionToAnother) {
  Report report;
  report.answers.push_back({{"few", "?", "ns", Better::lower, {}},
                            {row_of("stet", "", {10}), row_of("raw", "stet", {5})}});
  report.answers.push_back({{"many", "?", "ns", Better::lower, {}},
                            {row_of("stet", "", {60}), row_of("raw", "stet", {20})}});
  const auto grew = [](const char* question, const char* since) {
    return Target{question, "stet", "raw", Target::Bound::at_most, 1.5, true, since};
  };
  judge(report, {grew("many", "few"), grew("many", "unasked")});
  ASSERT_EQ(report.targets.size(), 1U);
  EXPECT_DOUBLE_EQ(report.targets[0].value.value_or(0), 1.5) << "6 times against 4 times";
  EXPECT_TRUE(report.targets[0].holds);
  EXPECT_EQ(report.targets[0].name, "stet since few, against raw");
}

TEST(Report, SaysWhichTargetsAreOnlyReported) {
  Report report = report_of(Better::lower);
  judge(report, {{"speed", "stet", "", Target::Bound::at_most, 9.0, false}});
  EXPECT_NE(to_json(report).find(R"("holds":false,"gated":false)"), std::string::npos);
  EXPECT_NE(to_markdown(report).find("**no** (report only)"), std::string::npos);
}

TEST(Report, WritesNullForARivalThatCannotBeHad) {
  Report report = report_of(Better::lower);
  judge(report, {});
  const std::string json = to_json(report);
  EXPECT_NE(json.find(R"("subject":"absent","value":null,"min":null,"max":null)"),
            std::string::npos)
      << json;
  EXPECT_NE(json.find(R"("subject":"stet","value":10,"min":1,"max":100)"), std::string::npos);
}

TEST(Report, OfFewerThanFiveRoundsSaysThatItIsNoResult) {
  Report report = report_of(Better::lower);
  report.rounds = rounds_min;
  EXPECT_EQ(why_no_result(report), "");
  EXPECT_NE(to_json(report).find(R"("no_result":null)"), std::string::npos) << to_json(report);
  EXPECT_EQ(to_markdown(report).find("are no result"), std::string::npos);
  report.rounds = rounds_min - 1;
  EXPECT_NE(to_json(report).find(R"("rounds":4)"), std::string::npos) << to_json(report);
  EXPECT_NE(to_json(report).find(R"("no_result":"4 rounds)"), std::string::npos) << to_json(report);
  EXPECT_NE(to_markdown(report).find("are no result: 4 rounds"), std::string::npos);
  report.quick = true;
  EXPECT_NE(why_no_result(report).find("next to no work"), std::string::npos);
}

TEST(JsonWriter, EscapesTextAndTurnsWhatIsNotFiniteIntoNull) {
  std::string out;
  JsonWriter json(out);
  json.begin_array();
  json.string("a\"b\\\n");
  json.number(std::numeric_limits<double>::infinity());
  json.begin_object();
  json.end_object();
  json.end_array();
  EXPECT_EQ(out, "[\"a\\\"b\\\\\\u000a\",null,{}]");
}

TEST(IsolatedRun, BringsBackFigureAndDetails) {
  const IsolatedRun run = run_isolated(
      [](const Setting& setting) -> Result<Measurement> {
        return Measurement{static_cast<double>(setting.count(1'000'000)), {{"p99_us", 0.125}}};
      },
      quick_setting());
  ASSERT_TRUE(run.result) << run.result.error().message();
  EXPECT_DOUBLE_EQ(run.result->value, 1000.0);
  ASSERT_EQ(run.result->details.size(), 1U);
  EXPECT_EQ(run.result->details[0], std::make_pair(std::string("p99_us"), 0.125));
}

TEST(IsolatedRun, SurvivesWhateverTheRunDoes) {
  const auto outcome = [](const bench::Run& run) {
    return run_isolated(run, quick_setting()).result;
  };
  const auto failed = outcome([](const Setting&) -> Result<Measurement> {
    return Error(Errc::corrupt, "sent 2, received 1");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error(), Errc::corrupt);
  EXPECT_EQ(failed.error().text, "sent 2, received 1");

  const auto threw =
      outcome([](const Setting&) -> Result<Measurement> { throw std::runtime_error("no luck"); });
  ASSERT_FALSE(threw);
  EXPECT_NE(threw.error().text.find("no luck"), std::string::npos);

  const auto crashed = outcome([](const Setting&) -> Result<Measurement> {
    ::kill(::getpid(), SIGKILL);
    return Measurement{1.0};
  });
  ASSERT_FALSE(crashed);

  const auto left = outcome([](const Setting&) -> Result<Measurement> { ::_exit(0); });
  ASSERT_FALSE(left) << "an end without an answer is no figure";
}

TEST(RoundRobin, AsksInTurnAndNeverAgainAfterAFailure) {
  Question question{"q", "?", "x", Better::lower, {}};
  question.subjects.push_back({"good", "", [](const Setting&) -> Result<Measurement> {
                                 return Measurement{1.0, {{"detail", 2.0}}};
                               }});
  question.subjects.push_back(
      {"bad", "good", [](const Setting&) -> Result<Measurement> { return Errc::corrupt; }});
  question.subjects.push_back({"absent", "good", {}, "not installed"});
  RoundOptions options;
  options.rounds = 3;
  options.scratch =
      std::filesystem::temp_directory_path() / ("stet-harness-" + std::to_string(::getpid()));
  std::vector<std::string> asked;
  const Answer answer = ask_in_turn(
      question, options, [&](int, const std::string& subject) { asked.push_back(subject); });
  std::filesystem::remove_all(options.scratch);

  // The second round begins with "bad", which is not asked again.
  EXPECT_EQ(asked, (std::vector<std::string>{"good", "bad", "good", "good"}));
  EXPECT_EQ(answer.row("good")->values.size(), 3U);
  EXPECT_EQ(answer.row("good")->details.size(), 1U);
  EXPECT_FALSE(answer.row("bad")->has_value());
  EXPECT_FALSE(answer.row("absent")->has_value());
}

TEST(RoundRobin, CallsARunThatCannotBeHadHereMissingAndNoFailure) {
  Question question{"q", "?", "x", Better::lower, {}};
  question.subjects.push_back({"rival", "", [](const Setting&) -> Result<Measurement> {
                                 return Error(Errc::unsupported, "it does not start");
                               }});
  RoundOptions options;
  options.rounds = 2;
  options.scratch =
      std::filesystem::temp_directory_path() / ("stet-harness-" + std::to_string(::getpid()));
  const Answer answer = ask_in_turn(question, options, [](int, const std::string&) {});
  std::filesystem::remove_all(options.scratch);
  EXPECT_EQ(answer.row("rival")->missing, "it does not start");
  EXPECT_EQ(answer.row("rival")->error, "");
  EXPECT_FALSE(answer.row("rival")->has_value());
}

TEST(FanInProtocol, SendsEveryMessageOnceAndAddsUp) {
  for (const std::uint64_t messages : {1U, 2U, 999U, 1000U, 1001U, 25'500U}) {
    FanInWindow window(messages);
    std::uint64_t sent = 0;
    std::uint64_t sum = 0;
    for (bool goes_on = true; goes_on;) {
      const std::uint64_t count = window.begin_burst();
      for (std::uint64_t i = 0; i + 1 < count; ++i) sum += i;
      sent += count;
      if (window.finished()) break;
      // Without an answer it stops after its ten bursts; one answer starts it again.
      if (!window.may_go_on()) goes_on = window.acknowledged();
    }
    EXPECT_EQ(sent, messages);
    EXPECT_EQ(sum, fan_in_sum(messages)) << messages;
  }
}

}  // namespace
}  // namespace stet::bench
