// persistence/src/care/problem_message.hpp - problems and reports between child and parent.
//
// Both are the same program: plain structs go as they stand.
//
// Threads    Pure functions.
#pragma once

#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include <stet/persistence/store_care.hpp>

#include "contained.hpp"

namespace stet::detail {

inline constexpr char tag_problem = 'p';
inline constexpr char tag_report = 'r';

[[nodiscard]] std::string encode_problem(const StoreProblem& problem);
[[nodiscard]] StoreProblem decode_problem(std::string_view bytes);

template <class Report>
  requires std::is_trivially_copyable_v<Report>
[[nodiscard]] std::string encode_report(const Report& report) {
  return {reinterpret_cast<const char*>(&report), sizeof(report)};
}
template <class Report>
  requires std::is_trivially_copyable_v<Report>
void decode_report(std::string_view bytes, Report& report) {
  if (bytes.size() == sizeof(report)) std::memcpy(&report, bytes.data(), sizeof(report));
}

// What the child's end means for a call that was to bring a report.
[[nodiscard]] Error stopped_by_caller();

}  // namespace stet::detail
