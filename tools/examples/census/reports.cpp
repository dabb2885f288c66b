// tools/examples/census/reports.cpp - writes the first reports and counts the rest.
#include "reports.hpp"

namespace census {

std::string harmless(std::string_view text, std::size_t bytes_max) {
  std::string out;
  for (const char c : text.substr(0, bytes_max)) out += c >= ' ' && c <= '~' ? c : '?';
  if (text.size() > bytes_max) out += "...";
  return out;
}

void Reports::add(std::uint64_t line_number, std::string_view what, std::string_view excerpt) {
  if (++count_ > lines_max || out_ == nullptr) return;
  std::string text = "line " + std::to_string(line_number);
  text.append(": ").append(what);
  if (!excerpt.empty()) text.append(": ").append(harmless(excerpt, 60));
  text += '\n';
  std::fputs(text.c_str(), out_);
}

void Reports::finish() {
  if (count_ <= lines_max || out_ == nullptr) return;
  std::fprintf(out_, "... and %llu more reports like these\n",
               static_cast<unsigned long long>(count_ - lines_max));
}

}  // namespace census
