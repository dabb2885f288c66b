// runtime/src/testing/explore.cpp - one seed after the other.
#include <stet/testing/explore.hpp>

#include <charconv>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <optional>
#include <string_view>
#include <system_error>

namespace stet::testing {
namespace {

struct Wanted {
  std::optional<std::uint64_t> seed;  // Nothing: all.
  std::string error;
};

Wanted wanted_seed(const char* variable) {
  const char* const text = variable == nullptr ? nullptr : std::getenv(variable);
  if (text == nullptr || *text == '\0') return {};
  const std::string_view digits(text);
  std::uint64_t seed = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), seed);
  if (error == std::errc{} && end == digits.data() + digits.size()) return {seed, {}};
  return {{}, std::string(variable) + "=" + text + ": a decimal number below 2^64 is expected"};
}

std::string run_one(std::uint64_t seed, const std::function<std::string(TestSystem&)>& body,
                    const SystemOptions& options) {
  try {
    TestSystem test(seed, options);
    std::string why = body(test);
    return why.empty() ? test.complaints() : why;
  } catch (const std::exception& error) {
    return std::string("it threw: ") + error.what();
  } catch (...) {
    return "it threw what is no std::exception";
  }
}

}  // namespace

std::string Exploration::message() const {
  if (!failed) return std::to_string(runs) + " seeds, none failed";
  return "seed " + std::to_string(seed) + " failed: " + why + "\nto run it again: " + variable +
         "=" + std::to_string(seed);
}

Exploration explore_seeds(std::size_t seeds, const std::function<std::string(TestSystem&)>& body,
                          const ExploreOptions& options) {
  Exploration result;
  if (options.seed_variable != nullptr) result.variable = options.seed_variable;
  Wanted wanted = wanted_seed(options.seed_variable);
  const auto fail = [&](std::uint64_t seed, std::string why) {
    result.failed = true;
    result.seed = seed;
    result.why = std::move(why);
    (options.out == nullptr ? std::cerr : *options.out) << result.message() << '\n';
  };
  if (!wanted.error.empty()) {
    fail(0, std::move(wanted.error));
    return result;
  }
  if (wanted.seed) seeds = 1;
  for (std::size_t i = 0; i < seeds && !result.failed; ++i) {
    const std::uint64_t seed = wanted.seed.value_or(options.first_seed + i);
    ++result.runs;
    std::string why = run_one(seed, body, options.system);
    if (!why.empty()) fail(seed, std::move(why));
  }
  return result;
}

}  // namespace stet::testing
