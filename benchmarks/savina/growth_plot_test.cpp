// benchmarks/savina/growth_plot_test.cpp - the table and the drawing of growth_*, from made-up rows.
#include "growth_plot.hpp"

#include <gtest/gtest.h>

namespace {

using namespace stet::bench;

constexpr GrowthFamily actors = growth_families[0];
constexpr GrowthFamily workers = growth_families[1];

Answer answer(const std::string& key, std::vector<Row> rows) {
  return {Question{key, "?", "ns/message", Better::lower, {}}, std::move(rows)};
}

Row row(const std::string& subject, std::vector<double> values) {
  Row made{subject, ""};
  made.values = std::move(values);
  return made;
}

std::vector<Answer> two_sizes() {
  Row missing{"caf", "stet"};
  missing.missing = "not here";
  return {answer("ring", {row("stet", {99})}),
          answer("growth_10", {row("stet", {30, 10, 20}), row("raw", {5})}),
          answer("growth_1000", {row("stet", {200}), missing})};
}

TEST(GrowthPlot, TakesTheMediansOfWhatWasAskedAboutGrowthAndNothingElse) {
  EXPECT_EQ(growth_csv(growth_points(two_sizes(), actors), actors),
            "actors,subject,ns_median,ns_min,ns_max\n"
            "10,stet,20,10,30\n"
            "10,raw,5,5,5\n"
            "1000,stet,200,200,200\n");
}

TEST(GrowthPlot, DrawsOneLineASubjectInsideThePicture) {
  const std::string svg = growth_svg(growth_points(two_sizes(), actors), actors);
  const auto count = [&](const std::string& part) {
    int found = 0;
    for (std::size_t at = svg.find(part); at != std::string::npos; at = svg.find(part, at + 1)) {
      ++found;
    }
    return found;
  };
  EXPECT_EQ(count("<polyline"), 2);
  EXPECT_EQ(count("<circle"), 3);
  // Ten actors at the left end, 200 ns between 100 and 1000, 5 ns below 10.
  EXPECT_NE(svg.find("<circle cx=\"70.0\""), std::string::npos) << svg;
  EXPECT_NE(svg.find("<circle cx=\"600.0\""), std::string::npos) << svg;
  EXPECT_EQ(svg.find("nan"), std::string::npos);
  EXPECT_TRUE(svg.ends_with("</svg>\n"));
}

TEST(GrowthPlot, PutsTwiceTheWorkersAnEqualStepFurtherOn) {
  const auto answers = {answer("workers_1", {row("stet", {50})}),
                        answer("workers_2", {row("stet", {50})}),
                        answer("workers_4", {row("stet", {50})})};
  const std::string svg = growth_svg(growth_points(answers, workers), workers);
  for (const char* at : {"70.0", "335.0", "600.0"}) {
    EXPECT_NE(svg.find("<circle cx=\"" + std::string(at)), std::string::npos) << svg;
  }
  EXPECT_TRUE(growth_points(answers, actors).empty());
}

TEST(GrowthPlot, WritesNothingWhereThereIsNoGrowthToSee) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "growth_nothing";
  std::filesystem::create_directories(folder);
  ASSERT_TRUE(write_growth({answer("growth_10", {row("stet", {1})})}, folder));
  EXPECT_TRUE(std::filesystem::is_empty(folder));
  ASSERT_TRUE(write_growth(two_sizes(), folder));
  EXPECT_TRUE(std::filesystem::exists(folder / "growth.csv"));
  EXPECT_TRUE(std::filesystem::exists(folder / "growth.svg"));
  std::filesystem::remove_all(folder);
}

TEST(GrowthPlot, SaysWhichFileItCannotWrite) {
  const stet::Result<void> written = write_growth(two_sizes(), "/nonexistent/folder");
  ASSERT_FALSE(written);
  EXPECT_NE(written.error().message().find("/nonexistent/folder/growth.csv"), std::string::npos);
}

}  // namespace
