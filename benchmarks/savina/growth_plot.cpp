// benchmarks/savina/growth_plot.cpp - a table and a drawing from medians, without any tool.
#include "growth_plot.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <system_error>

#include "../support/clock.hpp"
#include "../support/write_whole.hpp"

namespace stet::bench {
namespace {

// Colours that tell five lines apart on white, also for most of the colour-blind (Okabe and Ito).
constexpr const char* colors[] = {"#0072b2", "#56b4e9", "#d55e00", "#e69f00", "#009e73"};

template <class... Values>
std::string text(const char* format, Values... values) {
  char buffer[512];
  const int length = std::snprintf(buffer, sizeof(buffer), format, values...);
  return {buffer, std::min(static_cast<std::size_t>(std::max(length, 0)), sizeof(buffer) - 1)};
}

// One logarithmic axis: whole powers of its base around the values, on so many pixels.
class Axis {
 public:
  Axis(int base, double least, double most, double first_pixel, double last_pixel)
      : base_(base),
        low_(std::floor(power_of(least) + 1e-9)),
        high_(std::max(std::ceil(power_of(most) - 1e-9), low_ + 1)),
        first_pixel_(first_pixel),
        last_pixel_(last_pixel) {}
  [[nodiscard]] double pixel(double value) const {
    const double share = (power_of(value) - low_) / (high_ - low_);
    return first_pixel_ + share * (last_pixel_ - first_pixel_);
  }
  [[nodiscard]] int low() const { return static_cast<int>(low_); }
  [[nodiscard]] int high() const { return static_cast<int>(high_); }
  [[nodiscard]] double value(int power) const { return std::pow(base_, power); }

 private:
  [[nodiscard]] double power_of(double value) const { return std::log(value) / std::log(base_); }

  double base_;
  double low_;
  double high_;
  double first_pixel_;
  double last_pixel_;
};

std::vector<std::string> subjects_of(const std::vector<GrowthPoint>& points) {
  std::vector<std::string> subjects;
  for (const GrowthPoint& point : points) {
    if (std::find(subjects.begin(), subjects.end(), point.subject) == subjects.end()) {
      subjects.push_back(point.subject);
    }
  }
  return subjects;
}

bool has_two_sizes(const std::vector<GrowthPoint>& points) {
  return std::any_of(points.begin(), points.end(),
                     [&](const GrowthPoint& point) { return point.size != points.front().size; });
}

}  // namespace

std::vector<GrowthPoint> growth_points(const std::vector<Answer>& answers,
                                       const GrowthFamily& family) {
  const std::string prefix = std::string(family.name) + '_';
  std::vector<GrowthPoint> points;
  for (const Answer& answer : answers) {
    const std::string& key = answer.question.key;
    if (!key.starts_with(prefix)) continue;
    std::uint64_t size = 0;
    const char* const end = key.data() + key.size();
    const auto [stop, error] = std::from_chars(key.data() + prefix.size(), end, size);
    if (error != std::errc() || stop != end || size == 0) continue;
    for (const Row& row : answer.rows) {
      if (!row.has_value()) continue;
      const auto [min, max] = std::minmax_element(row.values.begin(), row.values.end());
      points.push_back({row.subject, static_cast<double>(size), median(row.values), *min, *max});
    }
  }
  return points;
}

std::string growth_csv(const std::vector<GrowthPoint>& points, const GrowthFamily& family) {
  std::string out = std::string(family.size) + ",subject,ns_median,ns_min,ns_max\n";
  for (const GrowthPoint& point : points) {
    out += text("%.0f,%s,%.6g,%.6g,%.6g\n", point.size, point.subject.c_str(), point.median,
                point.min, point.max);
  }
  return out;
}

std::string growth_svg(const std::vector<GrowthPoint>& points, const GrowthFamily& family) {
  constexpr double left = 70;
  constexpr double right = 600;
  constexpr double top = 40;
  constexpr double bottom = 360;
  const auto [fewest, most] = std::minmax_element(
      points.begin(), points.end(), [](const auto& a, const auto& b) { return a.size < b.size; });
  const auto [least, greatest] =
      std::minmax_element(points.begin(), points.end(),
                          [](const auto& a, const auto& b) { return a.median < b.median; });
  const Axis across(family.base, fewest->size, most->size, left, right);
  const Axis up(10, least->median, greatest->median, bottom, top);

  std::string out =
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 720 420\" "
      "font-family=\"sans-serif\" "
      "font-size=\"13\">\n<rect width=\"720\" height=\"420\" fill=\"white\"/>\n"
      "<text x=\"70\" y=\"22\" font-size=\"15\">" +
      std::string(family.title) + "</text>\n";
  for (int power = across.low(); power <= across.high(); ++power) {
    const double x = across.pixel(across.value(power));
    out += text("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>\n", x, top,
                x, bottom);
    out += text("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">%.0f</text>\n", x, bottom + 20,
                across.value(power));
  }
  for (int decade = up.low(); decade <= up.high(); ++decade) {
    const double y = up.pixel(up.value(decade));
    out += text("<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>\n", left,
                y, right, y);
    out += text("<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n", left - 8, y + 4,
                up.value(decade));
  }
  std::size_t index = 0;
  for (const std::string& subject : subjects_of(points)) {
    const char* const color = colors[index % std::size(colors)];
    std::string line;
    std::string dots;
    for (const GrowthPoint& point : points) {
      if (point.subject != subject) continue;
      const double x = across.pixel(point.size);
      const double y = up.pixel(point.median);
      line += text("%.1f,%.1f ", x, y);
      dots += text("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n", x, y, color);
    }
    out += "<polyline fill=\"none\" stroke-width=\"2\" stroke=\"" + std::string(color) +
           "\" points=\"" + line + "\"/>\n" + dots;
    out += text("<text x=\"%.1f\" y=\"%.1f\" fill=\"%s\">%s</text>\n", right + 16,
                top + 20 * static_cast<double>(index), color, subject.c_str());
    ++index;
  }
  return out + "</svg>\n";
}

Result<void> write_growth(const std::vector<Answer>& answers, const std::filesystem::path& folder) {
  for (const GrowthFamily& family : growth_families) {
    const std::vector<GrowthPoint> points = growth_points(answers, family);
    if (!has_two_sizes(points)) continue;
    const std::string name = family.name;
    Result<void> done = write_whole(folder / (name + ".csv"), growth_csv(points, family));
    if (done) done = write_whole(folder / (name + ".svg"), growth_svg(points, family));
    if (!done) return done;
  }
  return {};
}

}  // namespace stet::bench
