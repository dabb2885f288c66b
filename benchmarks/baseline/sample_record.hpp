// benchmarks/baseline/sample_record.hpp - the struct that encode and decode are asked about.
//
// Threads    A plain value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace stet::bench {

// What the state of a small actor looks like: numbers, a name, a short list.
struct SampleRecord {
  std::uint64_t id = 0;
  std::int32_t kind = 0;
  double score = 0;
  std::string name{};
  std::vector<std::int32_t> values{};

  friend bool operator==(const SampleRecord&, const SampleRecord&) = default;
};

[[nodiscard]] inline SampleRecord sample_record() {
  return {123'456'789'012,
          42,
          3.25,
          "abcdefghijklmnopqrst",
          {1, -200, 30'000, 4'000'000, 5, 6, 70'000, -8}};
}

}  // namespace stet::bench
