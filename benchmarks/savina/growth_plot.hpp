// benchmarks/savina/growth_plot.hpp - the answers about growth as pictures, one a family of questions.
//
// growth_10 ... growth_1000000 become growth.csv and growth.svg, workers_1 ... become workers.*. A
// table has size,subject,ns_median,ns_min,ns_max, one line a row that has a figure; a picture has the
// medians over the size, both axes logarithmic, one line a subject.
//
// Threads    One.
// Errors     write_growth(): io.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <stet/runtime/result.hpp>

#include "../support/round_robin.hpp"

namespace stet::bench {

// A family of questions: what a key has before its number, and what the number counts.
struct GrowthFamily {
  const char* name;   // "growth": the files' name, and before the number "growth_".
  const char* size;   // "actors"
  const char* title;  // Of the picture.
  int base;           // Of the axis of sizes.
};
inline constexpr GrowthFamily growth_families[] = {
    {"growth", "actors", "ns a message, over the number of actors", 10},
    {"workers", "workers", "ns of a worker a message, over the number of workers", 2}};

struct GrowthPoint {
  std::string subject;
  double size;
  double median;  // ns, as are the next two.
  double min;
  double max;
};

// What the answers say about a family, in their order; other questions are passed over.
[[nodiscard]] std::vector<GrowthPoint> growth_points(const std::vector<Answer>& answers,
                                                     const GrowthFamily& family);

[[nodiscard]] std::string growth_csv(const std::vector<GrowthPoint>& points,
                                     const GrowthFamily& family);
// Requires: at least two points that differ in their size; all figures above 0.
[[nodiscard]] std::string growth_svg(const std::vector<GrowthPoint>& points,
                                     const GrowthFamily& family);

// Writes both files of each family; where fewer than two sizes have figures it writes none.
[[nodiscard]] Result<void> write_growth(const std::vector<Answer>& answers,
                                        const std::filesystem::path& folder);

}  // namespace stet::bench
