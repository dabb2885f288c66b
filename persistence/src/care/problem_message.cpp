// persistence/src/care/problem_message.cpp - a page, then three texts with their lengths.
#include "problem_message.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace stet::detail {
namespace {

constexpr std::size_t text_bytes_max = 4096;

void append_text(std::string& out, std::string_view text) {
  text = text.substr(0, text_bytes_max);
  const auto size = static_cast<std::uint32_t>(text.size());
  out.append(reinterpret_cast<const char*>(&size), sizeof(size)).append(text);
}

std::string take_text(std::string_view& bytes) {
  std::uint32_t size = 0;
  if (bytes.size() < sizeof(size)) return {};
  std::memcpy(&size, bytes.data(), sizeof(size));
  bytes.remove_prefix(sizeof(size));
  std::string text(bytes.substr(0, size));
  bytes.remove_prefix(text.size());
  return text;
}

}  // namespace

std::string encode_problem(const StoreProblem& problem) {
  const std::array<std::uint64_t, 2> page{problem.page ? 1u : 0u, problem.page.value_or(0)};
  std::string out(reinterpret_cast<const char*>(page.data()), sizeof(page));
  append_text(out, problem.file);
  append_text(out, problem.key);
  append_text(out, problem.text);
  return out;
}

StoreProblem decode_problem(std::string_view bytes) {
  std::array<std::uint64_t, 2> page{};
  StoreProblem problem;
  if (bytes.size() < sizeof(page)) return problem;
  std::memcpy(page.data(), bytes.data(), sizeof(page));
  bytes.remove_prefix(sizeof(page));
  if (page[0] != 0) problem.page = page[1];
  problem.file = take_text(bytes);
  problem.key = take_text(bytes);
  problem.text = take_text(bytes);
  return problem;
}

Error stopped_by_caller() { return Error(Errc::closed, "the caller ended it"); }

}  // namespace stet::detail
