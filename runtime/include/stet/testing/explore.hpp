// stet/testing/explore.hpp - the same test under many seeds: other orders, each repeatable.
//
//   auto result = stet::testing::explore(1000, [](stet::testing::TestSystem& test) {
//     auto account = test.spawn<Account>();
//     ...
//     test.run_until_idle();
//     return account.ask<Balance>().get(1s).value_or(-1) == 30;
//   });
//   EXPECT_TRUE(result) << result.message();
//
// Body       Says whether it went well: by bool, by Result<void>, by a std::string that is empty
//            then, or by not throwing. What its TestSystem then still complains of is a failure too.
// Errors     Ends at the first seed that fails, says so on `out`, and returns it.
// Environment  With STET_TEST_SEED=n only that seed is run.
// Threads    One. The environment must not be changed meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <type_traits>

#include <stet/testing/test_system.hpp>

namespace stet::testing {

struct ExploreOptions {
  std::uint64_t first_seed = 1;
  SystemOptions system = {};
  std::ostream* out = nullptr;                   // nullptr: stderr.
  const char* seed_variable = "STET_TEST_SEED";  // nullptr: no environment is read.
};

struct Exploration {
  std::size_t runs = 0;
  bool failed = false;
  std::uint64_t seed = 0;  // The one that failed, and why.
  std::string why = {};
  std::string variable = "STET_TEST_SEED";

  explicit operator bool() const noexcept { return !failed; }
  // "seed 7 failed: ...; to run it again: STET_TEST_SEED=7"
  [[nodiscard]] std::string message() const;
};

// `body` returns why it failed, or nothing; may throw.
[[nodiscard]] Exploration explore_seeds(std::size_t seeds,
                                        const std::function<std::string(TestSystem&)>& body,
                                        const ExploreOptions& options);

template <class Body>
[[nodiscard]] Exploration explore(std::size_t seeds, Body&& body,
                                  const ExploreOptions& options = {}) {
  using Answer = std::invoke_result_t<Body&, TestSystem&>;
  return explore_seeds(
      seeds,
      [&](TestSystem& test) -> std::string {
        if constexpr (std::is_void_v<Answer>) {
          body(test);
          return {};
        } else if constexpr (std::is_same_v<Answer, bool>) {
          return body(test) ? "" : "the body returned false";
        } else if constexpr (std::is_same_v<Answer, Result<void>>) {
          const Answer answer = body(test);
          return answer ? std::string() : answer.error().message();
        } else {
          return body(test);
        }
      },
      options);
}

}  // namespace stet::testing
